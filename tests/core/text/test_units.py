"""The places where a cursor can stand: at words, on tokens without white space, on characters as people count them."""

from __future__ import annotations

import pytest

from tiebreak.core.text.units import Units, character_units, token_units, trimmed, word_starts


def pieces(text: str, units: Units) -> list[str]:
    return [text[slice(*units[at])] for at in range(len(units))]


def test_tokens_lose_the_white_space_at_their_ends_and_those_that_are_nothing_else_are_left_out() -> None:
    text = " Ada \t met"
    assert pieces(text, token_units(text, [(0, 5), (5, 6), (6, 10)])) == ["Ada", "met"]


def test_tokens_that_overlap_or_leave_the_text_are_left_out() -> None:
    assert pieces("Ada met", token_units("Ada met", [(0, 3), (2, 5), (4, 7), (4, 99)])) == ["Ada", "met"]


@pytest.mark.parametrize(("text", "tokens"), [("", []), ("  ", [(0, 2)]), ("Ada", [])])
def test_a_text_without_tokens_is_one_unit(text: str, tokens: list[tuple[int, int]]) -> None:
    assert pieces(text, token_units(text, tokens)) == [text]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", [""]),
        ("ab", ["a", "b"]),
        ("a\r\nb\n\r", ["a", "\r\n", "b", "\n", "\r"]),
        ("e\u0301\r\n", ["e\u0301", "\r\n"]),
        ("🇩🇪🇫🇷🇪", ["🇩🇪", "🇫🇷", "🇪"]),
        ("👩\u200d🔬!", ["👩\u200d🔬", "!"]),
        ("\u0301a", ["\u0301", "a"]),
        ("\u1100\u1161\u11a8x", ["\u1100\u1161\u11a8", "x"]),
        ("x\u1161", ["x", "\u1161"]),
    ],
)
def test_a_character_is_what_a_person_counts_as_one(text: str, expected: list[str]) -> None:
    assert pieces(text, character_units(text)) == expected


def test_words_begin_after_white_space_and_full_width_punctuation() -> None:
    assert word_starts(" Ada met，Bob") == [1, 5, 9]
    assert word_starts("She (“Ada”) – $5 & C++") == [0, 6, 14, 19]


def test_a_place_between_units_belongs_to_the_next_one_or_to_the_last() -> None:
    units = Units([0, 4], [3, 7])
    assert [units.holding(at) for at in (0, 2, 3, 4, 7, 9)] == [0, 0, 1, 1, 1, 1]
    assert [units.up_to(at) for at in (-1, 0, 3, 4, 9)] == [0, 0, 0, 1, 1]
    assert [units.within(*stretch) for stretch in ((0, 7), (3, 4), (2, 5))] == [(0, 2), (1, 1), (0, 2)]
    assert [units.bounded(*stretch) for stretch in ((0, 3), (1, 7), (4, 6))] == [
        (True, True),
        (False, True),
        (True, False),
    ]


def test_a_stretch_is_trimmed_unless_it_is_white_space_alone() -> None:
    assert trimmed(" a b ", 0, 5) == (1, 4)
    assert trimmed("a   b", 1, 4) is None
