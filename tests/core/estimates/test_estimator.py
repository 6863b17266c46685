"""Laws of every estimate: its ends, its width, and its values for odd systems."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tiebreak.core.estimates.estimator import COUNTED, Interval, Scores, TooFew, estimate
from tiebreak.core.estimates.strata import NOTHING, Counted, SampledText, Stratum, total


@st.composite
def texts(draw: st.DrawFn, least: int = 10) -> list[Counted]:
    """Draw counts of texts; no more marks are right than there are marks, or gold marks."""
    counts = st.tuples(st.integers(0, 6), st.integers(0, 6), st.integers(0, 6))
    return [
        Counted(right, right + wrong, right + missed)
        for right, wrong, missed in draw(st.lists(counts, min_size=least, max_size=30))
    ]


def of_sample(counted: list[Counted], rest: int, expected: float = 1.0, known: Counted = NOTHING) -> Stratum:
    """Return a stratum; the sampled texts were expected to have a part of their counts, and the rest their mean."""
    thought = [Counted(*[expected * count for count in each]) for each in counted]
    mean = [count / max(len(counted), 1) for count in total(thought)]
    sample = [SampledText(one, other) for one, other in zip(counted, thought, strict=True)]
    return Stratum(total((known, *counted)), rest, Counted(*[rest * count for count in mean]), sample)


def scores(*strata: Stratum, level: float = 0.95) -> Scores:
    found = estimate(strata, level)
    assert isinstance(found, Scores)
    return found


def measures(found: Scores) -> list[Interval]:
    return [each for each in (found.precision, found.recall, found.f1) if each is not None]


@given(texts(), st.integers(1, 500), st.floats(0, 2))
def test_no_interval_is_without_width_or_leaves_what_is_possible(
    counted: list[Counted], rest: int, part: float
) -> None:
    found = scores(of_sample(counted, rest, part))
    for each in measures(found):
        assert 0 <= each.low <= each.value <= each.high <= 1
        assert each.low < each.high
    assert 0 <= found.errors.low <= found.errors.value < found.errors.high
    assert (found.n, found.unknown, found.missing) == (len(counted), rest, 0)


@given(texts(), st.integers(1, 500))
def test_more_certainty_takes_a_wider_interval(counted: list[Counted], rest: int) -> None:
    stratum = of_sample(counted, rest)
    for narrow, wide in zip(measures(scores(stratum, level=0.8)), measures(scores(stratum)), strict=True):
        assert wide.low <= narrow.low
        assert narrow.high <= wide.high


@given(texts(), st.integers(1, 500), st.lists(st.integers(0, 5), min_size=1, max_size=5), st.booleans())
def test_missing_answers_widen_the_interval_and_leave_the_value_where_it_may_be(
    counted: list[Counted], rest: int, marks: list[int], sampled: bool
) -> None:
    whole = of_sample(counted, rest)
    lacking = [Counted(each / 2, each, each) for each in marks]
    more = replace(whole, missing_sample=lacking) if sampled else replace(whole, missing=lacking)
    found = scores(replace(more, most_gold=6.0))
    assert found.missing == len(marks)
    assert found.unknown == rest + len(marks)
    for each in measures(found):
        assert 0 <= each.low <= each.value <= each.high <= 1
    if any(marks):
        for before, after in zip(measures(scores(whole)), measures(found), strict=False):
            assert after.high - after.low > 0.9 * (before.high - before.low)


@given(texts(), texts(), st.integers(1, 300), st.randoms())
def test_the_order_of_the_sample_says_nothing(
    counted: list[Counted], others: list[Counted], rest: int, chance: random.Random
) -> None:
    strata = [of_sample(counted, rest), of_sample(others, rest)]
    found = scores(*strata)
    mixed = [replace(each, sample=chance.sample(each.sample, len(each.sample))) for each in strata]
    for one, other in zip(
        [*measures(found), found.errors], [*measures(scores(*mixed)), scores(*mixed).errors], strict=True
    ):
        assert one == pytest.approx(other)


def test_what_was_expected_as_it_is_leaves_much_less_doubt() -> None:
    counted = [Counted(each % 4, 4, 5) for each in range(40)]
    alike = of_sample(counted, 400)
    blind = replace(alike, expected=NOTHING, sample=[each._replace(expected=NOTHING) for each in alike.sample])
    for sharp, vague in zip(measures(scores(alike)), measures(scores(blind)), strict=True):
        assert sharp.value == pytest.approx(vague.value)
        assert sharp.high - sharp.low < (vague.high - vague.low) / 2


def test_a_perfect_system_is_perfect_as_far_as_the_sample_reaches() -> None:
    found = [scores(of_sample([Counted(2, 2, 2)] * n, 1000)) for n in (10, 100)]
    assert all(each.value == each.high == 1 for one in found for each in measures(one))
    assert found[0].f1 is not None
    assert found[1].f1 is not None
    assert 0.5 < found[0].f1.low < 0.9 < found[1].f1.low < 0.99
    assert found[0].errors.value == 0 < found[1].errors.high < found[0].errors.high


def test_an_empty_system_has_no_precision_and_finds_nothing() -> None:
    found = scores(of_sample([Counted(0, 0, 3)] * 20, 100))
    assert found.precision is None
    assert found.recall is not None
    assert found.f1 is not None
    assert found.recall.value == found.recall.low == found.f1.value == 0
    assert 0 < found.recall.high < 0.2
    assert found.errors.value == 300


def test_a_label_that_never_occurs_has_no_recall() -> None:
    found = scores(of_sample([Counted(0, 1, 0)] * 20, 100))
    assert found.recall is None
    assert found.precision is not None
    assert found.precision.value == 0 < found.precision.high < 0.4
    nowhere = scores(of_sample([NOTHING] * 20, 100))
    assert measures(nowhere) == []
    assert nowhere.errors.value == 0 < nowhere.errors.high


def test_a_model_that_is_right_in_the_rest_alone_was_expected_to_be() -> None:
    """The sum over the rest moves the value as much as the sample supports the expectation."""
    sample = [SampledText(Counted(each % 3, 2, 2), Counted(each % 3, 2, 2)) for each in range(30)]
    stratum = Stratum(total(each.counted for each in sample), 100, Counted(200, 200, 200), sample)
    found = scores(stratum)
    assert found.precision is not None
    assert found.precision.value == pytest.approx((30 + 200) / (60 + 200))


def test_too_few_sampled_texts_say_how_many_are_lacking() -> None:
    assert estimate([of_sample([Counted(1, 1, 1)] * 3, 50), of_sample([Counted(1, 1, 1)] * 4, 50)]) == TooFew(7, 3)
    assert estimate([Stratum(NOTHING, 5, NOTHING, ())]) == TooFew(0, 10)


def test_where_every_text_has_an_answer_nothing_is_estimated() -> None:
    found = scores(Stratum(Counted(6, 8, 10), 0, NOTHING, ()))
    assert found.is_counted
    assert found.method == COUNTED
    assert found.precision == Interval(0.75, 0.75, 0.75)
    assert found.recall == Interval(0.6, 0.6, 0.6)
    assert found.errors == Interval(0, 0, 0)


@given(st.lists(texts(0), min_size=1, max_size=6))
@settings(max_examples=50)
def test_parts_with_few_sampled_texts_are_joined_and_nothing_is_lost(parts: list[list[Counted]]) -> None:
    strata = [of_sample(each, 20) for each in parts]
    found = estimate(strata)
    n = sum(len(each) for each in parts)
    if n < 10:
        assert found == TooFew(n, 10 - n)
    else:
        assert isinstance(found, Scores)
        assert (found.n, found.unknown) == (n, 20 * len(parts))
