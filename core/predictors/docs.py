"""From a spaCy Doc to spans, tokens and categories."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tiebreak.core.records import Span, Spans, Task, Token

if TYPE_CHECKING:
    from spacy.tokens import Doc


def doc_spans(doc: Doc, task: Task, spans_key: str | None) -> Spans:
    """The spans of `doc`: its entities for `ner`; for `spancat` those under `spans_key`.

    Without a key it is `sc`, spaCy's default; a Doc with no spans at all gives its entities.
    """
    spans = doc.ents
    if task is Task.SPANCAT or spans_key is not None:
        key = spans_key or "sc"
        if key in doc.spans:
            spans = tuple(doc.spans[key])
        elif doc.spans or spans_key is not None:
            spans = tuple(span for group in doc.spans.values() for span in group) if spans_key is None else ()
    return tuple(sorted({Span(span.start_char, span.end_char, span.label_) for span in spans if span.label_}))


def doc_tokens(doc: Doc) -> tuple[Token, ...]:
    """The tokens of `doc` as (start, end) in code points; white space is no token to label."""
    return tuple([(token.idx, token.idx + len(token)) for token in doc if not token.is_space])
