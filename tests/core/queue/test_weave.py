"""When a sitting gives out a slice text."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from tiebreak.core.queue.weave import Weave


def woven(seconds: Sequence[float]) -> list[bool]:
    """Return for each text of a sitting whether it is woven in, given the seconds of each answer."""
    weave, found = Weave(), []
    for each in seconds:
        is_woven = weave.is_due
        weave = weave.after(each, is_slice=is_woven, is_woven=is_woven)
        found.append(is_woven)
    return found


def test_one_text_in_twelve() -> None:
    found = woven([10.0] * 120)
    assert found.index(True) == 11
    assert sum(found) == 10
    assert sum(woven(([10.0] * 11 + [30.0]) * 10)) < 10  # weaving more would take too long


@given(st.lists(st.floats(0, 300), max_size=120))
def test_never_first_never_two_in_a_row_and_never_too_many(seconds: list[float]) -> None:
    found = woven(seconds)
    assert not found[:1] or not found[0]
    assert not any(one and two for one, two in pairwise(found))
    for end in range(1, len(found) + 1):
        assert 12 * sum(found[:end]) <= end


@given(st.floats(1, 30), st.floats(1, 30))
def test_they_take_their_share_of_the_seconds_at_most(ordinary: float, of_slice: float) -> None:
    weave = Weave()
    for _ in range(200):
        is_woven = weave.is_due
        weave = weave.after(of_slice if is_woven else ordinary, is_slice=is_woven, is_woven=is_woven)
    assert weave.woven <= 1 or weave.woven_seconds <= 0.15 * (weave.seconds + of_slice)


def test_a_text_over_which_somebody_went_away_does_not_hold_up_the_next_for_long() -> None:
    found = woven([10.0] * 11 + [3000.0] + [10.0] * 70)
    assert sum(found) > 1


def test_none_after_one_that_the_order_has_reached() -> None:
    weave = Weave()
    for _ in range(11):
        weave = weave.after(1.0, is_slice=False, is_woven=False)
    assert weave.is_due
    assert not weave.after(1.0, is_slice=True, is_woven=False).is_due
