"""Pairs of spans by different annotators: by place, by token, confused, and overlapping in part."""

from __future__ import annotations

from collections import Counter
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tiebreak.core.compare.chance import cohen_kappa, krippendorff_alpha, label_alphas, label_kappas
from tiebreak.core.compare.pairing import find_confusions, labels_by_place, labels_by_token, partial_matches
from tiebreak.core.records import Span, Spans

TOKENS = [(0, 2), (3, 5), (6, 8)]


def flat(bounds: list[tuple[int, int]]) -> Spans:
    """Return spans of one label that do not overlap, from (gap after the span before, length)."""
    spans, at = [], 0
    for gap, size in bounds:
        spans.append(Span(at + gap, at + gap + size, "A"))
        at += gap + size
    return tuple(spans)


FLAT = st.lists(st.tuples(st.integers(0, 3), st.integers(1, 4)), max_size=6).map(flat)
VALUE = st.sets(st.sampled_from("AB")).map(lambda labels: tuple(sorted(labels)))


def paired_in_text_order(ours: Spans, theirs: Spans) -> int:
    """Return how many of `ours` find a span of `theirs` behind the span found before, in the order of the text."""
    both = {*ours} & {*theirs}
    waiting = [span for span in theirs if span not in both]
    found = 0
    for span in (span for span in ours if span not in both):
        at = next((at for at, other in enumerate(waiting) if span.overlaps(other)), None)
        if at is not None:
            found, waiting = found + 1, waiting[at + 1 :]
    return found


@given(st.lists(FLAT, min_size=2, max_size=3))
def test_spans_that_overlap_under_one_label_are_paired_in_text_order_each_once(said: list[Spans]) -> None:
    found: Counter[tuple[int, int]] = Counter()
    for one, other, label, times in partial_matches(said):
        assert label == "A"
        found[one, other] += times
    assert found == Counter(
        {(one, other): paired_in_text_order(said[one], said[other]) for one, other in combinations(range(len(said)), 2)}
    )


def test_a_span_that_ends_where_the_next_one_begins_keeps_it_for_another() -> None:
    said = [(Span(0, 3, "A"), Span(4, 8, "A")), (Span(3, 6, "A"),), (Span(2, 4, "A"),)]
    assert (0, 1, "A", 1) in list(partial_matches(said))


def test_labels_by_place_and_by_token() -> None:
    said = [(Span(0, 2, "A"), Span(0, 5, "B")), (Span(0, 2, "B"),)]
    assert Counter(labels_by_place(said)) == Counter({(("A",), ("B",)): 1, (("B",), ()): 1})
    assert dict(labels_by_token(TOKENS, said)) == {(("A", "B"), ("B",)): 1, (("B",), ()): 1, ((), ()): 1}
    everywhere = [(Span(0, 8, "A"),), (Span(0, 8, "A"),)]
    assert dict(labels_by_token(TOKENS, everywhere)) == {(("A",), ("A",)): 3}


def test_a_label_that_stands_twice_on_a_token_counts_once() -> None:
    assert dict(labels_by_token([(0, 9)], [(Span(0, 2, "A"), Span(1, 4, "A"))])) == {(("A",),): 1}


def test_confusions_of_all_places_add_up() -> None:
    places = {
        (("A",), ("A",)): 2,
        (("A", "B"), ("A",)): 3,
        (("A",), ("B",)): 5,
        (("A", "C"), ("B", "C")): 7,
        ((), ("B",)): 11,
        ((), ("D",)): 17,
        (("A", "B"), ("C", "D")): 13,
    }
    assert find_confusions(places) == Counter(
        {
            ("A", "A"): 5,
            ("C", "C"): 7,
            ("A", "B"): 12,
            ("B", None): 16,
            ("A", None): 13,
            (None, "B"): 11,
            (None, "C"): 13,
            (None, "D"): 30,
        }
    )


@given(st.lists(st.lists(VALUE, min_size=2, max_size=4).map(tuple), max_size=8).map(Counter))
def test_alpha_of_a_label_is_that_of_whether_it_is_there(units: Counter[tuple[tuple[str, ...], ...]]) -> None:
    for label, alpha in label_alphas(units, "AB").items():
        there: Counter[tuple[bool, ...]] = Counter()
        for values, count in units.items():
            there[tuple(label in value for value in values)] += count
        expected = krippendorff_alpha(there)
        assert alpha == (None if expected is None else pytest.approx(expected))


@given(st.lists(st.tuples(VALUE, VALUE), max_size=8).map(Counter))
def test_kappa_of_a_label_is_that_of_whether_it_is_there(
    table: Counter[tuple[tuple[str, ...], tuple[str, ...]]],
) -> None:
    for label, kappa in label_kappas(table, "AB").items():
        there: Counter[tuple[bool, bool]] = Counter()
        for (ours, theirs), count in table.items():
            there[label in ours, label in theirs] += count
        assert kappa == cohen_kappa(there)


def places(*bounds: tuple[int, int]) -> Spans:
    return tuple(Span(*each, "A") for each in bounds)


def test_a_chain_of_overlaps_has_as_many_pairs_as_it_has_links_of_either() -> None:
    said = [places((0, 4), (5, 9), (10, 14)), places((3, 6), (8, 11), (13, 16))]
    assert list(partial_matches(said)) == [(0, 1, "A", 3)]


def test_what_stands_before_the_first_pair_or_between_two_is_passed_over() -> None:
    around = places((0, 30))
    ours, theirs = places((10, 12), (14, 16)), places((0, 1), (2, 3), (4, 5), (15, 17))
    for said in ([ours, theirs, around], [theirs, ours, around]):
        assert (0, 1, "A", 1) in list(partial_matches(said))
    more = places((0, 1), (2, 3), (4, 5), (11, 13), (15, 17))
    assert (0, 1, "A", 2) in list(partial_matches([ours, more, around]))


def test_one_span_is_in_one_pair_also_if_it_begins_first() -> None:
    assert list(partial_matches([places((0, 9)), places((1, 3), (4, 8))])) == [(0, 1, "A", 1)]


def test_what_stands_between_two_spans_of_the_other_is_passed_over() -> None:
    said = [places((0, 1), (20, 22)), places((2, 3), (4, 5), (21, 23), (25, 26)), places((0, 30))]
    assert (0, 1, "A", 1) in list(partial_matches(said))
