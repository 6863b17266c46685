"""The F1 of an export against the gold of all texts."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from benchmarks.replay.data import GoldData
from tiebreak.core.export.records import Selection, exported_records
from tiebreak.core.learning.learner import Learner
from tiebreak.core.records import Marks, Prediction, Span
from tiebreak.core.store.connection import Store

LEARNED = "learned"
TODAY = "today"


def export_f1(store: Store, data: GoldData, rest: str, learner: Learner | None) -> float:
    """Return the F1 of the whole export: answers, and for the `rest` the learned marks or today's."""
    selection = Selection(include=("human", "unanswered"))
    if rest == LEARNED:
        assert learner is not None
        selection = Selection(include=("human", "best"), learner=lambda _: learner)
    exported = {record["text"]: _marks(store, record) for record in exported_records(store, selection)}
    return f1((text.gold, exported.get(text.text, ())) for text in data.texts)


def f1(pairs: Iterable[tuple[Collection[Any], Collection[Any]]]) -> float:
    """Return the micro-averaged F1 of pairs (gold marks, exported marks), one for each text."""
    held = right = 0
    for gold, marks in pairs:
        held += len(gold) + len(marks)
        right += len({*gold}.intersection(marks))
    return 2 * right / max(held, 1)


def _marks(store: Store, record: Mapping[str, Any]) -> Marks:
    """Return the marks of an exported record."""
    spans = tuple([Span(each["start"], each["end"], each["label"]) for each in record.get("spans", ())])
    return store.rules.marks_of(Prediction(0, spans, dict.fromkeys(record.get("accept", ()), 1.0)))
