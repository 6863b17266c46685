"""What is said of a reading, and of the difference that it is one of."""

from __future__ import annotations

from tiebreak.core.records import Category, CurrentPrediction, Difference, Example, QueueItem, Span
from tiebreak.tui.cli.queue import queue_text
from tiebreak.tui.text.readings import describe_reading, difference_name

TEXT = "Ada met Bob"
BOB = Difference(8, 11, "missing", {"left": (Span(8, 11, "PERSON"),), "right": ()})
SPORT = Difference(0, 0, "missing", {"left": (Category("SPORT"),), "right": ()})


def test_a_reading_of_spans_is_its_spans_with_their_text() -> None:
    assert describe_reading(TEXT, BOB, "left") == "PERSON Bob"
    assert describe_reading(TEXT, BOB, "right") == "–"
    assert difference_name(BOB) == "missing"


def test_a_reading_of_a_category_is_yes_or_no_with_its_score_unless_that_says_the_same() -> None:
    assert describe_reading(TEXT, SPORT, "left", 0.75) == "yes 0.75"
    assert describe_reading(TEXT, SPORT, "right", 0.0) == describe_reading(TEXT, SPORT, "right") == "no"
    assert difference_name(SPORT) == "SPORT"


def test_a_queue_shows_readings_of_a_predictor_that_a_store_does_not_know() -> None:
    item = QueueItem(Example(1, TEXT, 0), 1.0, (BOB, SPORT), {"left": CurrentPrediction("left", ())})
    assert "left: PERSON Bob  |  right: –" in queue_text(item)
