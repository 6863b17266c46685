"""The tasks `tiebreak.NER.v1` and `tiebreak.SpanCat.v1` for spacy-llm: mentions as JSON, each placed or dropped."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence, Set
from functools import partial
from typing import Any

from spacy.tokens import Doc
from spacy.tokens import Span as TokenSpan
from spacy.util import filter_spans

from tiebreak.core.errors import ConfigError
from tiebreak.core.predictors.placing import OVERLAPS, Placed, dropped, place
from tiebreak.core.predictors.tasks.answers import is_entities, json_in, read_mentions
from tiebreak.core.predictors.tasks.base import JSONTask
from tiebreak.core.predictors.tasks.few_shot import read_examples, with_spans
from tiebreak.core.predictors.tasks.prompt import RESULTS, closed_object, json_schema
from tiebreak.core.records import Span


class SpansTask(JSONTask):
    """Asks for mentions in text order: `{"entities": [{"text", "label"}]}`. With a `spans_key` they may overlap."""

    shipped = "spans.jinja"

    def __init__(self, name: str, *, examples: Any, spans_key: str | None, **options: Any) -> None:
        super().__init__(name, **options)
        self.spans_key = spans_key
        self.examples = with_spans(read_examples(name, examples, self.labels), self.labels, overlap=self.overlap)
        self.prepare()

    @property
    def overlap(self) -> bool:
        return self.spans_key is not None

    def variables(self) -> dict[str, Any]:
        return {**super().variables(), "overlap": self.overlap}

    def response_format(self) -> dict[str, Any]:
        mention = {"text": {"type": "string"}, "label": {"type": "string", "enum": list(self.labels)}}
        return json_schema("entities", {"entities": {"type": "array", "items": closed_object(mention)}})

    def read(self, text: str, response: str) -> Placed:
        """Place the mentions of `response` in `text`. Raises AnswerError if it cannot be read."""
        mentions, lost = read_mentions(json_in(response, is_entities), self._known)
        spans, missed, counts = place(text, mentions, overlap=self.overlap)
        for each in lost:
            counts[each["reason"]] = counts.get(each["reason"], 0) + 1
        return Placed(spans, [*lost, *missed], counts)

    def write(self, doc: Doc, response: str) -> None:
        placed = self.read(doc.text, response)
        if self.spans_key is None:
            placed = _apart_from_earlier(doc, placed)
        key = self.spans_key or "ents"
        on_tokens = [doc.char_span(*span[:2], label=span.label, alignment_mode="expand") for span in placed.spans]
        earlier = {written for _, written in _written(doc, key)}
        set_spans = _set_entities if self.spans_key is None else partial(_set_group, key=key)
        standing = set_spans(doc, [span for span in on_tokens if span is not None], earlier)
        bounds = [None if span is None else _as_span(span) for span in on_tokens]
        written = [
            (exact, each if each in standing else None) for exact, each in zip(placed.spans, bounds, strict=True)
        ]
        self.keep(doc, placed.counts, placed.dropped, placed.spans, (key, written))


class NERTask(SpansTask):
    assigns = "ents"


class SpanCatTask(SpansTask):
    assigns = "spans"


def _apart_from_earlier(doc: Doc, placed: Placed) -> Placed:
    """Return `placed` without the spans that overlap entities of another component's answer."""
    earlier = sorted(exact for exact, _ in _written(doc, "ents"))  # apart from each other, too
    starts = [exact.start for exact in earlier]
    lost = [span for span in placed.spans if (at := bisect_left(starts, span.end)) and earlier[at - 1].end > span.start]
    if not lost:
        return placed
    records = [dropped(doc.text[span.start : span.end], span.label, OVERLAPS) for span in lost]
    counts = dict(placed.counts)
    for _ in lost:
        taken = next(name for name in ("placed", "repeated", "folded") if counts.get(name))
        counts[taken] -= 1
        counts[OVERLAPS] = counts.get(OVERLAPS, 0) + 1
    overlapping = set(lost)
    left = tuple(span for span in placed.spans if span not in overlapping)
    return Placed(left, [*placed.dropped, *records], {name: count for name, count in counts.items() if count})


def _written(doc: Doc, key: str) -> Sequence[tuple[Span, Span | None]]:
    """Return the pairs that Tiebreak's components wrote before: the exact span, and the span in `doc`."""
    pairs: Sequence[tuple[Span, Span | None]] = doc.user_data.get(RESULTS, {}).get("written", {}).get(key, ())
    return pairs


def _set_entities(doc: Doc, spans: list[TokenSpan], earlier: Set[Span | None]) -> set[Span]:
    """Set the entities of `doc` to those in `earlier` and to `spans`; return which of `spans` it now has.

    Some may be missing: entities share no token.
    """
    others = [entity for entity in doc.ents if _as_span(entity) in earlier]
    taken = {token.i for entity in others for token in entity}
    new = filter_spans([span for span in spans if taken.isdisjoint(range(span.start, span.end))])
    doc.set_ents([*others, *new])
    return {_as_span(span) for span in new}


def _set_group(doc: Doc, spans: list[TokenSpan], earlier: Set[Span | None], *, key: str) -> set[Span]:
    """Set the spans of `doc` under `key` to those in `earlier` and to all of `spans`; return `spans`."""
    others = [span for span in doc.spans.get(key, ()) if _as_span(span) in earlier]
    doc.spans[key] = sorted({*others, *spans})
    return {_as_span(span) for span in spans}


def _as_span(span: TokenSpan) -> Span:
    return Span(span.start_char, span.end_char, span.label_)


def ner_task(
    labels: list[str] | str = "",
    label_definitions: dict[str, str] | None = None,
    description: str | None = None,
    examples: Any = None,
    template: str | None = None,
    max_examples: int | None = None,
) -> NERTask:
    """Make the task that spacy-llm finds as `tiebreak.NER.v1`. Raises ConfigError if an option is wrong."""
    return NERTask(
        "tiebreak.NER.v1",
        labels=labels,
        label_definitions=label_definitions,
        description=description,
        examples=examples,
        template=template,
        max_examples=max_examples,
        spans_key=None,
    )


def spancat_task(
    labels: list[str] | str = "",
    label_definitions: dict[str, str] | None = None,
    description: str | None = None,
    examples: Any = None,
    template: str | None = None,
    spans_key: str = "sc",
    max_examples: int | None = None,
) -> SpanCatTask:
    """Make the task that spacy-llm finds as `tiebreak.SpanCat.v1`. Raises ConfigError if an option is wrong."""
    if not spans_key:
        raise ConfigError("tiebreak.SpanCat.v1: spans_key is empty")
    return SpanCatTask(
        "tiebreak.SpanCat.v1",
        labels=labels,
        label_definitions=label_definitions,
        description=description,
        examples=examples,
        template=template,
        max_examples=max_examples,
        spans_key=spans_key,
    )
