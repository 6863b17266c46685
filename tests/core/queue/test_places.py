"""The place that comes next, and its value."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from review_steps import learned_place

from tiebreak.core.queue.places import LATER, Next, TextPlaces, WaitingPlace, WaitingPlaces, place_value
from tiebreak.core.records import Span

A, B = (Span(0, 4, "A"),), (Span(0, 4, "B"),)


def waiting(*values: float, all: int = 0) -> TextPlaces:
    places = [WaitingPlace((number, number + 1, None), value) for number, value in enumerate(values)]
    return TextPlaces(places, all or len(places))


def in_order(places: WaitingPlaces, count: int) -> list[tuple[int, int | None]]:
    """Settle `count` places, and return the text and the start of each."""
    found = []
    for _ in range(count):
        best = places.best(())
        assert best is not None
        found.append((best.example_id, best.key and best.key[0]))
        text = places._texts[best.example_id]
        left = [each for each in text.waiting if each.key != best.key]
        if left:
            places.put(best.example_id, text._replace(waiting=left))
        else:
            places.drop(best.example_id)
        places.settled()
    return found


def test_the_most_valuable_place_comes_first_whatever_its_text() -> None:
    places = WaitingPlaces()
    places.put(7, waiting(0.05, 0.3))
    places.put(3, waiting(0.2, 0.05))
    assert in_order(places, 2) == [(7, 1), (3, 0)]


def test_the_less_is_left_of_a_text_the_sooner_the_rest_comes() -> None:
    places = WaitingPlaces()
    places.put(7, waiting(0.3, 0.3, 0.3, 0.3))
    places.put(3, waiting(0.1, 0.1, all=10))
    assert in_order(places, 6) == [(3, 0), (3, 1), (7, 0), (7, 1), (7, 2), (7, 3)]
    assert places.best(()) is None


def test_of_the_same_value_places_come_text_by_text() -> None:
    places = WaitingPlaces()
    places.put(7, waiting(0.1, 0.1))
    places.put(3, waiting(0.1, 0.1))
    assert in_order(places, 4) == [(7, 0), (7, 1), (3, 0), (3, 1)]


def test_what_somebody_has_is_passed_over() -> None:
    places = WaitingPlaces()
    places.put(7, waiting(0.3))
    places.put(3, waiting(0.1))
    assert places.best({7}) == Next(3, (0, 1, None))
    assert places.best({3, 7}) is None


def test_a_text_without_places_comes_as_a_whole_and_last() -> None:
    places = WaitingPlaces()
    places.put(7, waiting())
    places.put(3, waiting(0.1))
    assert in_order(places, 2) == [(3, 0), (7, None)]


def test_a_skipped_place_comes_later_or_once_nothing_else_is_left() -> None:
    places = WaitingPlaces()
    places.put(7, waiting(0.9))
    places.put(3, waiting(*[0.1] * (LATER + 5)))
    places.skip(7, (0, 1, None))
    assert (7, 0) not in in_order(places, LATER)
    assert in_order(places, 1) == [(7, 0)]
    places.drop(3)
    places.put(7, waiting(0.9))
    places.skip(7, (0, 1, None))
    assert places.best(()) == Next(7, (0, 1, None))


def test_where_all_is_skipped_it_comes_in_turn() -> None:
    places = WaitingPlaces()
    for example_id in (7, 3, 5):
        places.put(example_id, waiting())
    seen = []
    for _ in range(6):
        following = places.best(())
        assert following is not None
        seen.append(following.example_id)
        places.skip(*following)
    assert seen == [7, 3, 5] * 2


@given(st.floats(0.0, 1.0), st.floats(0.0, 1.0))
def test_the_less_sure_the_first_reading_is_the_more_a_place_is_worth(one: float, other: float) -> None:
    low, high = sorted((one, other))
    sure = place_value(A, learned_place((A, high), (B, 1 - high)))
    unsure = place_value(A, learned_place((A, low), (B, 1 - low)))
    assert unsure >= sure >= 0


def test_a_larger_error_is_worth_more() -> None:
    two = (Span(0, 2, "A"), Span(2, 4, "A"))
    assert place_value(A, learned_place((A, 0.5), (two, 0.5))) > place_value(A, learned_place((A, 0.5), ((), 0.5)))
    assert place_value(A, None) == place_value(B, None) > 0
