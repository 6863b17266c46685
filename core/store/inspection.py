"""Everything that the store knows about one example, for the person who inspects it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tiebreak.core.records import Answer, Example, LLMCall, Remark, Spans, Value
from tiebreak.core.store.answers import answers_to
from tiebreak.core.store.calls import calls_of
from tiebreak.core.store.connection import Store
from tiebreak.core.store.encoding import decode_json, decode_spans
from tiebreak.core.store.queue import read_example
from tiebreak.core.store.remarks import remarks_on
from tiebreak.core.store.valued import answers_behind_values, value_of

_CALLS = 5  # calls; only so many of one prediction are read, the newest


@dataclass(frozen=True, slots=True)
class InspectedPrediction:
    """The prediction of a predictor's current run, and how it came about. `calls` has the newest first."""

    predictor: str
    kind: str
    model: str
    label_map: str | None
    started_at: str
    spans: Spans
    cats: Mapping[str, float] | None
    dropped: tuple[Any, ...]
    error: str | None
    calls: tuple[LLMCall, ...]
    mentions: Mapping[str, int] | None = None
    scores: tuple[float | None, ...] | None = None


@dataclass(frozen=True, slots=True)
class Inspection:
    """An example with its predictions, the left predictor's first, and its answers and remarks, the oldest first.

    `answers` has each answer with whether it was taken back; `remarks` are those in force. `value` is the example's
    learned value, as in the queue, from so many `taught` answers.
    """

    example: Example
    source: str | None
    digest: str
    predictions: tuple[InspectedPrediction, ...]
    answers: tuple[tuple[Answer, bool], ...]
    remarks: tuple[Remark, ...]
    value: Value | None = None
    taught: int = 0


def inspect_example(store: Store, example_id: int) -> Inspection:
    """Read everything that the store knows about one example."""
    with store.snapshot():
        source, digest = store.execute(
            "SELECT source, lower(hex(text_digest)) FROM examples WHERE id = ?", (example_id,)
        ).fetchone()
        return Inspection(
            read_example(store, example_id),
            source,
            digest,
            _predictions(store, example_id),
            tuple(answers_to(store, example_id)),
            tuple(remarks_on(store, example_id)),
            value_of(store, example_id),
            answers_behind_values(store),
        )


def _predictions(store: Store, example_id: int) -> tuple[InspectedPrediction, ...]:
    rows = store.execute(
        """
        SELECT now.run_id, predictor, kind, model, label_map, started_at, now.spans, now.cats, now.dropped, now.error,
            mentions, scores
        FROM current_predictions AS now
        JOIN runs ON runs.id = now.run_id
        JOIN predictions ON predictions.example_id = now.example_id AND predictions.run_id = now.run_id
        WHERE now.example_id = ? ORDER BY now.predictor_id
        """,
        (example_id,),
    ).fetchall()
    return tuple(
        InspectedPrediction(
            *(predictor, kind, model, label_map, started_at),
            decode_spans(spans),
            decode_json(cats, dict),
            tuple(decode_json(dropped, list) or ()),
            error,
            calls_of(store, example_id, run_id, _CALLS),
            decode_json(mentions, dict),
            decode_json(scores, list),
        )
        for run_id, predictor, kind, model, label_map, started_at, spans, cats, dropped, error, mentions, scores in rows
    )
