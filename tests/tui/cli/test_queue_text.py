"""What `queue` prints of an example."""

from __future__ import annotations

from dataclasses import replace

from tiebreak.core.records import CurrentPrediction, Difference, Example, QueueItem, Span, Value
from tiebreak.tui.cli.queue import queue_text

ADA = (Span(0, 3, "PERSON"),)
ITEM = QueueItem(
    Example(7, "Ada", -12),
    0.5,
    (Difference(0, 3, "missing", {"spacy": ADA, "llm": ()}),),
    {"spacy": CurrentPrediction("spacy", ADA), "llm": CurrentPrediction("llm", ())},
)


def test_what_an_example_is_worth_stands_behind_its_score() -> None:
    [first, *_] = queue_text(replace(ITEM, value=Value(1.83, 24.4))).splitlines()
    assert first == "0.50  1.8 errors in 24 s  Ada"


def test_where_nothing_was_learned_nothing_stands_there() -> None:
    [first, *_] = queue_text(ITEM).splitlines()
    assert first == "0.50  Ada"
