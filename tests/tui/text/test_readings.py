"""The words for a reading, and for its difference."""

from __future__ import annotations

import pytest
from review_steps import review_of

from tiebreak.core.records import Category, CurrentPrediction, Difference, Example, QueueItem, Span
from tiebreak.core.review.spans import SpanReview
from tiebreak.tui.cli.queue import queue_text
from tiebreak.tui.text.readings import describe_reading, difference_name
from tiebreak.tui.text.render import describe_spans, words_of
from tiebreak.tui.widgets.span_drawing import difference_rows

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


@pytest.mark.parametrize(
    ("start", "end", "shown"),
    [(0, 3, "Ada"), (0, 4, "Ada␣"), (3, 8, "␣met␣"), (3, 4, "␣"), (0, 11, "Ada met Bob")],
)
def test_blanks_at_the_edges_of_a_span_are_shown(start: int, end: int, shown: str) -> None:
    assert words_of(TEXT, start, end, 40) == shown
    assert describe_spans(TEXT, (Span(start, end, "X"),)) == f"X {shown}"


def test_readings_of_the_same_words_in_other_places_have_their_bounds_behind_them() -> None:
    text = "Bob Bob"
    review = review_of(text, {"a": (Span(0, 3, "P"),), "b": (Span(4, 7, "P"),), "c": (Span(0, 7, "P"),)})
    assert isinstance(review, SpanReview)
    (row,) = difference_rows(review, {"P": "P"})
    assert [reading.text for reading in row.readings] == ["P Bob 0:3", "P Bob 4:7", "P Bob Bob 0:7"]
