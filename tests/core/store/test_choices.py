"""The choice at each difference, as a store keeps it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tiebreak.core.errors import StoreError
from tiebreak.core.records import Category, Difference, SettledDifference, Span, Task
from tiebreak.core.store.choices import choice_objects, decode_choices
from tiebreak.core.store.encoding import encode_json
from tiebreak.core.tasks.registry import rules_of

SPANS, CATEGORIES = rules_of(Task.SPANCAT), rules_of(Task.TEXTCAT_MULTILABEL)
ROME, ROME_ITALY = Span(15, 19, "GPE"), Span(15, 26, "GPE")

spans = st.builds(lambda start, size, label: Span(start, start + size, label), *[st.integers(0, 99)] * 2, st.text())
settled = st.builds(
    lambda kind, readings, *others: SettledDifference(Difference(3, 9, kind, readings), *others),
    st.sampled_from(["missing", "label", "boundary", "mixed"]),
    st.dictionaries(st.text(), st.lists(spans, max_size=3).map(tuple), max_size=3),
    st.sampled_from(["left", "right", "reading", "neither", "both", "edited"]),
    st.lists(spans, max_size=3).map(tuple),
    st.booleans(),
    st.lists(st.text(), max_size=2).map(tuple),
    st.none() | st.lists(spans, max_size=3).map(tuple),
    st.none() | st.floats(0.0, 1.0),
)


def test_a_choice_between_spans_is_kept_with_every_reading() -> None:
    difference = Difference(15, 26, "boundary", {"left": (ROME,), "right": (ROME_ITALY,)})
    rome = {"start": 15, "end": 19, "label": "GPE"}
    assert choice_objects([SettledDifference(difference, "left", (ROME,), True, ("left",))], SPANS) == [
        {
            "start": 15,
            "end": 26,
            "kind": "boundary",
            "choice": "left",
            "confirmed": True,
            "predictors": ["left"],
            "spans": [rome],
            "readings": {"left": [rome], "right": [{"start": 15, "end": 26, "label": "GPE"}]},
        }
    ]


def test_a_choice_of_a_category_names_its_label_and_keeps_empty_spans() -> None:
    difference = Difference(0, 0, "missing", {"left": (Category("SPORT"),), "right": ()})
    [kept] = choice_objects([SettledDifference(difference, "right", (), True, ("right",))], CATEGORIES)
    assert kept["label"] == "SPORT"
    assert kept["spans"] == []
    assert kept["readings"] == {"left": [{"start": 0, "end": 0, "label": "SPORT"}], "right": []}
    [read] = decode_choices(json.dumps([kept]), CATEGORIES)
    assert read.difference == difference


def test_what_was_shown_first_is_kept_with_its_probability() -> None:
    difference = Difference(15, 26, "boundary", {"left": (ROME,), "right": (ROME_ITALY,)})
    [learned, left] = choice_objects(
        [
            SettledDifference(difference, "left", (ROME,), True, ("left",), (ROME_ITALY,), 0.75),
            SettledDifference(difference, "left", (ROME,), True, ("left",), ()),
        ],
        SPANS,
    )
    assert (learned["first"], learned["probability"]) == ([{"start": 15, "end": 26, "label": "GPE"}], 0.75)
    assert left["first"] == []
    assert "probability" not in left


@given(st.lists(settled, max_size=3).map(tuple))
def test_choices_come_back_as_they_were(choices: tuple[SettledDifference, ...]) -> None:
    assert decode_choices(encode_json(choice_objects(choices, SPANS)), SPANS) == choices


def test_a_choice_of_an_older_version_knows_no_readings() -> None:
    older = {"start": 3, "end": 9, "kind": "label", "choice": "left", "confirmed": False, "spans": []}
    [read] = decode_choices(json.dumps([older]), SPANS)
    assert read == SettledDifference(Difference(3, 9, "label", {}), "left", ())
    assert decode_choices(None, SPANS) == ()


@pytest.mark.parametrize(
    "wrong",
    [
        7,
        "left",
        {"choice": "left"},
        {"start": "3", "end": 9, "kind": "label", "choice": "left", "confirmed": False, "spans": []},
        {"start": 3, "end": 9, "kind": "label", "choice": "left", "confirmed": False, "spans": [{}]},
        {"start": 3, "end": 9, "kind": "label", "choice": "left", "confirmed": False, "spans": [], "readings": [1]},
        {"start": 3, "end": 9, "kind": "label", "choice": "left", "confirmed": False, "spans": [], "predictors": 3},
        {"start": 3, "end": 9, "kind": "label", "choice": "left", "confirmed": False, "spans": [], "first": 3},
        {"start": 3, "end": 9, "kind": "label", "choice": "left", "confirmed": False, "spans": [], "probability": "p"},
    ],
)
def test_what_tiebreak_did_not_write_is_said_to_be_that(wrong: Any) -> None:
    with pytest.raises(StoreError, match="Tiebreak did not write"):
        decode_choices(json.dumps([wrong]), SPANS)
    with pytest.raises(StoreError, match="Tiebreak did not write"):
        decode_choices(json.dumps({"choices": wrong}), SPANS)
