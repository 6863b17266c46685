"""Differences and scores: laws for arbitrary readings, and each kind by example."""

from __future__ import annotations

import json
from collections.abc import Mapping
from itertools import combinations, pairwise, permutations
from pathlib import Path
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from spacy.scorer import PRFScore

from tiebreak.core.compare.agreed import agreed_marks
from tiebreak.core.compare.scorers import span_f1
from tiebreak.core.compare.spans import find_differences, first_overlap
from tiebreak.core.records import Span, Spans

Readings = dict[str, Spans]

A_SPAN = st.builds(
    lambda start, length, label: Span(start, start + length, label),
    st.integers(0, 14),
    st.integers(1, 6),
    st.sampled_from(["ORG", "PERSON", "GPE"]),
)


def without_overlap(spans: Spans) -> Spans:
    kept: list[Span] = []
    for span in spans:
        if not any(span.overlaps(other) for other in kept):
            kept.append(span)
    return tuple(kept)


NESTED = st.frozensets(A_SPAN, max_size=6).map(lambda spans: tuple(sorted(spans)))
FLAT = NESTED.map(without_overlap)
READINGS = (st.lists(FLAT, min_size=2, max_size=4) | st.lists(NESTED, min_size=2, max_size=4)).map(
    lambda said: dict(zip("abcd", said, strict=False))
)


@given(READINGS)
def test_the_order_of_predictors_changes_neither_score_nor_places(readings: Readings) -> None:
    places = {(each.start, each.end, each.kind) for each in find_differences(readings)}
    for names in permutations(readings):
        again = {name: readings[name] for name in names}
        assert span_f1(again) == pytest.approx(span_f1(readings), abs=1e-12)
        assert {(each.start, each.end, each.kind) for each in find_differences(again)} == places


@given(st.one_of(FLAT, NESTED), st.integers(1, 4))
def test_predictors_that_agree_score_0_and_have_no_differences(spans: Spans, count: int) -> None:
    readings = dict.fromkeys("abcd"[:count], spans)
    assert span_f1(readings) == 0.0
    assert find_differences(readings) == ()
    assert agreed_marks(readings) == spans


@given(READINGS)
def test_the_score_lies_between_0_and_1_and_is_above_0_where_there_is_a_difference(readings: Readings) -> None:
    assert 0.0 <= span_f1(readings) <= 1.0
    assert (span_f1(readings) > 0.0) == bool(find_differences(readings))


@given(READINGS)
def test_the_score_is_1_where_no_two_predictors_share_a_span(readings: Readings) -> None:
    apart = {name: tuple(span._replace(label=name + span.label) for span in said) for name, said in readings.items()}
    if all(apart.values()):
        assert span_f1(apart) == 1.0


@given(FLAT, FLAT)
def test_the_score_of_two_predictors_is_what_spacys_scorer_leaves_of_1(left: Spans, right: Spans) -> None:
    score = PRFScore()
    score.score_set(set(left), set(right))
    f1 = score.fscore if left or right else 1.0
    assert span_f1({"left": left, "right": right}) == pytest.approx(1.0 - f1)


@given(READINGS)
def test_the_score_of_several_predictors_is_the_mean_over_their_pairs(readings: Readings) -> None:
    pairs = [span_f1({one: readings[one], other: readings[other]}) for one, other in combinations(readings, 2)]
    assert span_f1(readings) == pytest.approx(sum(pairs) / len(pairs))


@given(READINGS)
def test_every_span_that_is_not_agreed_is_in_exactly_one_difference(readings: Readings) -> None:
    contested = {span for said in readings.values() for span in said} - set(agreed_marks(readings))
    places = [{span for reading in each.readings.values() for span in reading} for each in find_differences(readings)]
    assert set().union(*places) == contested
    assert sum(len(place) for place in places) == len(contested)


@given(READINGS)
def test_the_readings_of_all_differences_and_the_agreed_spans_are_what_each_predictor_said(readings: Readings) -> None:
    differences = find_differences(readings)
    agreed = agreed_marks(readings)
    for name, said in readings.items():
        assert all(list(each.readings) == list(readings) for each in differences)
        in_places = [span for each in differences for span in each.readings[name]]
        assert sorted([*in_places, *agreed]) == sorted(said)


@given(READINGS)
def test_differences_stand_in_text_order_and_never_overlap(readings: Readings) -> None:
    differences = find_differences(readings)
    assert all(one.end <= other.start for one, other in pairwise(differences))
    for each in differences:
        spans = [cast(Span, span) for reading in each.readings.values() for span in reading]
        assert (each.start, each.end) == (min(span.start for span in spans), max(span.end for span in spans))


@given(READINGS)
def test_differences_are_the_connected_components_by_overlap(readings: Readings) -> None:
    left = {span for said in readings.values() for span in said} - set(agreed_marks(readings))
    components = set()
    while left:
        component = {left.pop()}
        while reached := {span for span in left if any(span.overlaps(other) for other in component)}:
            component |= reached
            left -= reached
        components.add(frozenset(component))
    found = {
        frozenset(span for reading in each.readings.values() for span in reading) for each in find_differences(readings)
    }
    assert found == components


@pytest.mark.parametrize(
    ("kind", "readings"),
    [
        ("missing", {"a": (Span(0, 4, "ORG"),), "b": ()}),
        ("missing", {"a": (), "b": (Span(0, 4, "ORG"),)}),
        ("missing", {"a": (Span(0, 4, "ORG"),), "b": (Span(0, 4, "GPE"),), "c": ()}),
        ("label", {"a": (Span(0, 4, "ORG"),), "b": (Span(0, 4, "GPE"),)}),
        ("label", {"a": (Span(0, 4, "ORG"),), "b": (Span(0, 4, "ORG"),), "c": (Span(0, 4, "GPE"),)}),
        ("boundary", {"a": (Span(0, 4, "ORG"),), "b": (Span(0, 9, "ORG"),)}),
        ("boundary", {"a": (Span(0, 4, "ORG"),), "b": (Span(2, 9, "ORG"),), "c": (Span(1, 3, "ORG"),)}),
        ("mixed", {"a": (Span(0, 4, "ORG"),), "b": (Span(0, 9, "GPE"),)}),
        ("mixed", {"a": (Span(0, 9, "ORG"),), "b": (Span(0, 4, "ORG"), Span(5, 9, "ORG"))}),
        ("mixed", {"a": (Span(0, 4, "ORG"),), "b": (Span(0, 4, "GPE"),), "c": (Span(0, 9, "ORG"),)}),
    ],
)
def test_the_kind_says_how_readings_differ(kind: str, readings: Mapping[str, Spans]) -> None:
    [difference] = find_differences(readings)
    assert difference.kind == kind
    assert difference.readings == readings


def test_spans_that_only_touch_are_two_differences() -> None:
    differences = find_differences({"a": (Span(0, 4, "ORG"), Span(4, 8, "ORG")), "b": ()})
    assert [(each.start, each.end) for each in differences] == [(0, 4), (4, 8)]


def test_a_span_nested_in_an_agreed_one_is_a_difference_of_its_own() -> None:
    outer, inner = Span(0, 12, "ORG"), Span(6, 12, "GPE")
    readings = {"a": (outer, inner), "b": (outer,)}
    [difference] = find_differences(readings)
    assert agreed_marks(readings) == (outer,)
    assert (difference.start, difference.end, difference.kind) == (6, 12, "missing")
    assert difference.readings == {"a": (inner,), "b": ()}


def test_a_place_that_one_of_three_predictors_lacks_groups_what_the_others_say() -> None:
    left, right = Span(0, 5, "ORG"), Span(0, 5, "GPE")
    [difference] = find_differences({"a": (left,), "b": (right,), "c": (left,)})
    assert difference.readings == {"a": (left,), "b": (right,), "c": (left,)}
    assert span_f1({"a": (left,), "b": (right,), "c": (left,)}) == pytest.approx(2 / 3)


def test_nobody_and_a_single_predictor_disagree_with_no_one() -> None:
    assert span_f1({}) == span_f1({"a": (Span(0, 1, "X"),)}) == 0.0
    assert find_differences({}) == find_differences({"a": (Span(0, 1, "X"),)}) == ()
    assert agreed_marks({}) == ()


@given(NESTED)
def test_the_first_overlap_is_found_where_any_two_spans_overlap(spans: Spans) -> None:
    found = first_overlap(spans)
    assert (found is not None) == any(one.overlaps(other) for one, other in combinations(spans, 2))
    assert found is None or found[0].overlaps(found[1])


def test_five_published_models_differ_where_they_were_seen_to(data: Path) -> None:
    lines = (data / "neurotrial.jsonl").read_text("utf-8").splitlines()
    scores = []
    for line in lines:
        predictions = json.loads(line)["preds"]
        readings = {name: [Span(**span) for span in spans] for name, spans in predictions.items()}
        said = {span for spans in readings.values() for span in spans}
        differences = find_differences(readings)
        assert len(readings) == 5
        assert sum(len({s for r in each.readings.values() for s in r}) for each in differences) == len(
            said - set(agreed_marks(readings))
        )
        scores.append(span_f1(readings))
    assert len(scores) == 10
    assert all(0.0 <= score <= 1.0 for score in scores)
    assert len(set(scores)) > 5
