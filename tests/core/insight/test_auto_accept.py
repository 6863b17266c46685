"""Agreed texts are accepted only if enough random texts show that few of them are wrong."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Mapping

import pytest
from teaching_steps import hold

from tiebreak.core.estimates.shares import needed, upper_bound
from tiebreak.core.insight.auto_accept import LOOKS, look
from tiebreak.core.records import Span
from tiebreak.core.store.connection import Store
from tiebreak.core.store.slices import begin_slice, draw, mark_reached, set_slice_share, slice_texts

Predict = Callable[[Store, str, Mapping[str, Iterable[Span] | str]], dict[str, int]]
A = Span(0, 4, "A")


@pytest.fixture
def agreed(store: Store, predict: Predict) -> Store:
    """Three hundred texts on which two models agree, all of them in the slice."""
    texts = [f"text {number}" for number in range(300)]
    for name in ("left", "right"):
        predict(store, name, {text: [A] for text in texts})
    set_slice_share(store, 1.0)
    begin_slice(store)
    return store


def answer(store: Store, count: int, *, wrong: int = 0) -> list[int]:
    """Answer `count` unmarked slice texts, the first `wrong` of them wrongly, and marked texts as the models do."""
    done: list[int] = []
    for text in slice_texts(store):
        if text.is_drawn:
            done += [text.example_id] * text.is_unmarked
            continue
        if len(done) >= count:
            break
        is_wrong = text.is_unmarked and len(done) < wrong
        draw(store, text.example_id)
        hold(store, text.example_id, () if is_wrong else (A,), view="slice")
        done += [text.example_id] * text.is_unmarked
    return done


def test_too_few_texts_are_refused_and_cost_no_look(agreed: Store) -> None:
    answer(agreed, 21)
    seen = look(agreed, 0.05)
    assert seen is not None
    assert (seen.n, seen.wrong, seen.needed, seen.left, seen.allows) == (21, 0, 72, LOOKS, False)


def test_enough_texts_without_an_error_allow_it_and_the_same_look_costs_one(agreed: Store) -> None:
    answer(agreed, 72)
    for _ in range(3):
        seen = look(agreed, 0.05)
        assert seen is not None
        assert (seen.n, seen.left, seen.allows) == (72, LOOKS - 1, True)


def test_after_all_looks_nothing_is_allowed(agreed: Store) -> None:
    for count in (72, 75):
        answer(agreed, count, wrong=20)
        seen = look(agreed, 0.05)
        assert seen is not None
        assert not seen.allows
    answer(agreed, 80)
    assert look(agreed, 0.05) is None


def test_a_reached_text_does_not_count(agreed: Store) -> None:
    mark_reached(agreed, answer(agreed, 30)[:10])
    seen = look(agreed, 0.05)
    assert seen is not None
    assert seen.n == 20


@pytest.mark.parametrize(("share", "least", "most"), [(0.01, 0.8, 1.0), (0.05, 0.0, 0.05)])
def test_over_many_slices_it_is_right_as_often_as_it_says(share: float, least: float, most: float) -> None:
    """Simulated: 300 agreed slice texts in all, two looks, a bound of 5%."""
    luck, accepted, runs = random.Random(19), 0, 2000
    level = 1 - 0.05 / LOOKS
    for _ in range(runs):
        errors = [luck.random() < share for _ in range(300)]
        accepted += any(upper_bound(sum(errors[:n]), n, level) <= 0.05 for n in (150, 300))
    assert least <= accepted / runs <= most
    assert needed(0.05, level) == 72
