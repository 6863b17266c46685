"""The words for the certainty of a first reading, and for its evidence."""

from __future__ import annotations

from itertools import pairwise

import pytest
from review_steps import learned_place, review_of

from tiebreak.core.records import Category, Difference, Learned, Marks, Span
from tiebreak.core.review.choices import distinct_readings
from tiebreak.tui.screens.help import SIGNS
from tiebreak.tui.text.likely import STRENGTHS, held_words, percent, row_reason, row_strength, strength

TEXT = "Ada met Bob in Rome, Italy"
BOB, BOB_ORG = (Span(8, 11, "PERSON"),), (Span(8, 11, "ORG"),)
ROME, ROME_ITALY = Span(15, 19, "GPE"), Span(15, 26, "GPE")
SPORT: Marks = (Category("SPORT"),)


def words(kind: str, first: Marks, **readings: Marks) -> str:
    difference = Difference(8, 26, kind, readings)  # type: ignore[arg-type]
    place = learned_place((first, 0.9), held=14, seen=16)
    return ": ".join(held_words(difference, distinct_readings(difference), place))


@pytest.mark.parametrize(
    ("told", "said"),
    [
        (words("missing", BOB, spacy=BOB, llm=()), "PERSON, only spacy: right 14 of 16"),
        (words("missing", (), spacy=BOB, llm=()), "PERSON, only spacy: wrong 14 of 16"),
        (words("missing", BOB_ORG, spacy=BOB, llm=()), "PERSON, only spacy: ORG instead 14 of 16"),
        (words("missing", BOB, a=BOB, b=BOB, c=()), "PERSON by a, b, not c: right 14 of 16"),
        (words("label", BOB, spacy=BOB, llm=BOB_ORG), "PERSON by spacy, not ORG by llm: right 14 of 16"),
        (words("label", BOB_ORG, spacy=BOB, llm=BOB_ORG), "ORG by llm, not PERSON by spacy: right 14 of 16"),
        (words("label", (), spacy=BOB, llm=BOB_ORG), "PERSON by spacy, ORG by llm: both wrong 14 of 16"),
        (words("label", (), a=BOB, b=BOB_ORG, c=(ROME,)), "PERSON by a, ORG by b, GPE by c: all wrong 14 of 16"),
        (words("boundary", (ROME,), spacy=(ROME,), llm=(ROME_ITALY,)), "GPE, bounds of spacy: right 14 of 16"),
        (
            words("boundary", (ROME, ROME_ITALY), spacy=(ROME,), llm=(ROME_ITALY,)),
            "GPE by spacy, GPE by llm: both right 14 of 16",
        ),
        (
            words("mixed", (Span(15, 26, "PERSON"),), spacy=(*BOB, ROME), llm=(ROME_ITALY,)),
            "PERSON+GPE by spacy, GPE by llm: a mix 14 of 16",
        ),
        (words("missing", SPORT, spacy=SPORT, llm=()), "SPORT, only spacy: right 14 of 16"),
        (words("missing", (), spacy=SPORT, llm=()), "SPORT, only spacy: wrong 14 of 16"),
    ],
)
def test_what_held_is_told_beside_who_said_what(told: str, said: str) -> None:
    assert told == said


def test_names_and_labels_from_outside_are_shown_harmlessly_and_cut() -> None:
    told = words("missing", (Span(8, 11, "\x1b[31m"),), **{"a" * 40: (Span(8, 11, "\x1b[31m"),), "b": ()})
    assert told == f"␛[31m, only {'a' * 8}…{'a' * 7}: right 14 of 16"


def test_the_reason_gets_shorter_where_there_is_little_room() -> None:
    review = review_of(
        TEXT, {"spacy": (), "llm": BOB}, learned=Learned(9, (learned_place((BOB, 0.94), held=14, seen=16),))
    )
    assert row_reason(review, 0) == (
        "94% sure (PERSON, only llm: right 14 of 16)",
        "94% (PERSON, only llm: right 14 of 16)",
        "94% (right 14 of 16)",
        "94%",
    )
    review.choose_neither()
    assert row_reason(review, 0) == ("",)
    assert row_reason(review_of(TEXT, {"spacy": (), "llm": BOB}), 0) == ()


def test_where_nothing_alike_was_settled_no_counts_are_told() -> None:
    review = review_of(TEXT, {"spacy": (), "llm": BOB}, learned=Learned(9, (learned_place((BOB, 0.6)),)))
    assert row_reason(review, 0) == ("60% sure", "60%")


def test_a_tie_that_the_left_reading_won_has_no_counts_of_the_other() -> None:
    place = learned_place((BOB, 0.4), ((), 0.4), held=3, seen=9)
    review = review_of(TEXT, {"spacy": (), "llm": BOB}, learned=Learned(9, (place,)))
    assert row_reason(review, 0) == ("40% likely", "40%")
    assert row_strength(review, 0) == "▁"


def test_a_row_has_a_strength_until_it_is_confirmed_and_none_where_nothing_was_learned() -> None:
    readings = {"spacy": (), "llm": BOB}
    assert row_strength(review_of(TEXT, readings), 0) is None
    review = review_of(TEXT, readings, learned=Learned(9, (learned_place((BOB, 0.94)),)))
    assert row_strength(review, 0) == "█"
    review.confirm_all()
    assert row_strength(review, 0) == ""


@pytest.mark.parametrize(("probability", "sign"), [(0.0, "▁"), (0.49, "▁"), (0.5, "▄"), (0.89, "▄"), (0.9, "█")])
def test_three_strengths(probability: float, sign: str) -> None:
    assert strength(probability) == sign


def test_help_says_where_the_strengths_begin() -> None:
    assert all(one[0] > other[0] for one, other in pairwise(STRENGTHS))
    [means] = [means for signs, means in SIGNS if all(sign in signs for _, sign in STRENGTHS)]
    assert all(f"{least:.0%}" in means for least, _ in STRENGTHS[:-1])


def test_nothing_that_was_learned_is_certain() -> None:
    assert [percent(each) for each in (0.0, 0.505, 0.999, 1.0)] == ["0%", "50%", "99%", "99%"]
