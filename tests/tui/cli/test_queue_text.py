"""The output of `queue` about an example."""

from __future__ import annotations

from dataclasses import replace

import pytest
import typer

from tiebreak.core.records import Category, CurrentPrediction, Difference, Example, QueueItem, Span, Value
from tiebreak.core.selection.filter import FieldOrder, Order
from tiebreak.tui.cli.queue import named_order, queue_text

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


def test_an_open_example_says_so_and_what_the_only_model_says() -> None:
    one = replace(ITEM, score=0.0, differences=(), predictions={"spacy": CurrentPrediction("spacy", ADA)})
    assert queue_text(one).splitlines() == ["open  Ada", "      spacy: PERSON Ada"]
    assert queue_text(replace(one, predictions={})).splitlines() == ["open  Ada"]
    failed = {"spacy": CurrentPrediction("spacy", (), "HTTP 500")}
    assert queue_text(replace(one, predictions=failed)).splitlines()[1] == "      spacy: failed: HTTP 500"
    category = {"m": CurrentPrediction("m", (Category("good"),), cats={"good": 0.7, "bad": 0.3})}
    assert queue_text(replace(one, predictions=category)).splitlines()[1] == "      m: good"


def test_where_nothing_was_learned_nothing_stands_there() -> None:
    [first, *_] = queue_text(ITEM).splitlines()
    assert first == "0.50  Ada"


def test_an_order_is_named_or_a_field_of_meta() -> None:
    assert named_order(None) is None
    assert named_order("recent") is Order.RECENT
    assert named_order("meta.date:desc") == FieldOrder("meta.date", descending=True)
    with pytest.raises(typer.BadParameter, match=r"value, disagreement, .* or a field of meta"):
        named_order("date")


def test_what_failed_is_no_silent_agreement() -> None:
    failed = {**ITEM.predictions, "claude": CurrentPrediction("claude", (), "HTTP 500")}
    agreed = replace(ITEM, score=0.0, differences=(), predictions=failed)
    assert queue_text(agreed).splitlines() == ["0.00  Ada", "      claude: failed: HTTP 500"]


def test_an_exclusive_category_is_one_decision_in_one_line() -> None:
    readings = {
        "a": ({"good": 0.75, "bad": 0.25}, "good"),
        "b": ({"good": 0.0, "bad": 1.0}, "bad"),
        "c": ({"good": 0.1, "bad": 0.2}, ""),
    }
    predictions = {
        name: CurrentPrediction(name, (Category(label),) if label else (), cats=cats)
        for name, (cats, label) in readings.items()
    }
    differences = tuple(
        Difference(
            0, 0, "missing", {name: (Category(of),) if of == label else () for name, (_, of) in readings.items()}
        )
        for label in ("good", "bad")
    )
    item = replace(ITEM, differences=differences, predictions=predictions)
    assert queue_text(item, is_exclusive=True).splitlines() == [
        "0.50  Ada",
        "      a: good 0.75  |  b: bad  |  c: none",
    ]
