"""Writing a reviewed example, with its answer and all versions, in Prodigy's form."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from tiebreak.core.formats.categories import choice_fields
from tiebreak.core.formats.prodigy import BOUNDS, export_token
from tiebreak.core.records import Answer, Example, Remark, Span, Spans, Task, TaskKind, Token
from tiebreak.core.text.hashes import task_hash
from tiebreak.core.text.tokens import tokenize

_VIEW_IDS = {
    Task.NER: "ner_manual",
    Task.SPANCAT: "spans_manual",
    Task.TEXTCAT: "choice",
    Task.TEXTCAT_MULTILABEL: "choice",
}


def export_record(
    example: Example, answer: Answer, sources: Mapping[Span, str], task: Task, remark: Remark | None = None
) -> dict[str, Any]:
    """Return one reviewed example in Prodigy's form, with the annotator's flag and note if there are any.

    `sources` says for each span which predictors proposed it. A span that no predictor proposed came from `human`.
    """
    decided, spans, options = _DECIDED[task.kind](example, answer, sources, task)
    return {
        **example.other_fields,
        "text": example.text,
        "meta": example.meta or {},
        "_input_hash": example.input_hash,
        "_task_hash": task_hash(example.input_hash, spans, options) if example.task_hash is None else example.task_hash,
        **decided,
        "answer": answer.answer,
        "_timestamp": int(answer.answered_at),
        "_annotator_id": answer.annotator,
        "_session_id": answer.session,
        "_view_id": _VIEW_IDS[task],
        **_export_remark(remark),
    }


_Objects = Sequence[dict[str, Any]] | None
Decided = tuple[dict[str, Any], _Objects, _Objects]  # fields of a record; the spans and options of its `_task_hash`


def _decided_spans(example: Example, answer: Answer, sources: Mapping[Span, str], task: Task) -> Decided:
    tokens = example.tokens or tokenize(example.text)
    spans = _export_spans(answer.spans, tokens, sources, example.span_fields)
    return {"tokens": _export_tokens(example, tokens), "spans": spans}, spans, None


def _decided_categories(example: Example, answer: Answer, sources: Mapping[Span, str], task: Task) -> Decided:
    tokens = {"tokens": _export_tokens(example, example.tokens)} if example.tokens else {}
    choice = choice_fields(example, answer, task)
    return {**tokens, **choice}, example.other_fields.get("spans"), choice["options"]


def _version_of_spans(example: Example, version: Answer, task: Task) -> dict[str, Any]:
    return {"spans": [span._asdict() for span in version.spans]}


def _version_of_categories(example: Example, version: Answer, task: Task) -> dict[str, Any]:
    return {name: field for name, field in choice_fields(example, version, task).items() if name != "config"}


_DECIDED = {TaskKind.SPANS: _decided_spans, TaskKind.CATEGORIES: _decided_categories}
_VERSIONS = {TaskKind.SPANS: _version_of_spans, TaskKind.CATEGORIES: _version_of_categories}


def version_record(example: Example, version: Answer, task: Task, kind: str) -> dict[str, Any]:
    """Return a version of the example by one predictor or annotator (`kind`), as Prodigy's `review` writes it.

    `sessions` names the predictor or annotator.
    """
    return {
        "text": example.text,
        **_VERSIONS[task.kind](example, version, task),
        "answer": version.answer,
        "sessions": [version.annotator],
        "default": False,
        "kind": kind,
        "_annotator_id": version.annotator,
        "_view_id": _VIEW_IDS[task],
    }


def _export_remark(remark: Remark | None) -> dict[str, Any]:
    """Return `flag` and `note`, each only if set: a record otherwise keeps those that it came with."""
    if remark is None:
        return {}
    return {**({"flag": True} if remark.flagged else {}), **({"note": remark.note} if remark.note else {})}


def _export_tokens(example: Example, tokens: Sequence[Token]) -> list[dict[str, Any]]:
    return [
        {**export_token(example.text, number, start, end), **example.token_fields.get(number, {})}
        for number, (start, end) in enumerate(tokens)
    ]


def _export_spans(
    spans: Spans, tokens: Sequence[Token], sources: Mapping[Span, str], fields: Iterable[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """Return the spans with their tokens, and the other fields of the record's own span if it is the same.

    A span that does not fall on token bounds has no `token_start` and `token_end`.
    """
    kept = {Span(*(each[name] for name in BOUNDS)): each for each in fields}
    by_start = {start: number for number, (start, _) in enumerate(tokens)}
    by_end = {end: number for number, (_, end) in enumerate(tokens)}
    exported: list[dict[str, Any]] = []
    for span in spans:
        record: dict[str, Any] = {"start": span.start, "end": span.end}
        if span.start in by_start and span.end in by_end:
            record |= {"token_start": by_start[span.start], "token_end": by_end[span.end]}
        record |= {"label": span.label, "source": sources.get(span, "human")}
        exported.append(record | {name: field for name, field in kept.get(span, {}).items() if name not in record})
    return exported
