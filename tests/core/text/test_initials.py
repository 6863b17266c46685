"""The bound at the nearest word with a letter: the word chosen, and that the span keeps a word."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tiebreak.core.text.initials import nearest_end, nearest_start
from tiebreak.core.text.tokens import tokenize
from tiebreak.core.text.units import Units, token_units

TEXT = "the Army Lt. Gen. Stephen Townsend said so at Dayr az Zawr"


def units_of(text: str) -> Units:
    return token_units(text, tokenize(text))


@pytest.mark.parametrize(
    ("words", "letter", "start", "end"),
    [
        ("Stephen Townsend", "A", "Army Lt. Gen. Stephen Townsend", None),  # the capital, not `at` or `az`
        ("Stephen Townsend", "a", "Army Lt. Gen. Stephen Townsend", "Stephen Townsend said so at"),
        ("Stephen Townsend", "t", "Townsend", None),  # nearer than `the`
        ("Gen. Stephen", "s", "Stephen", "Gen. Stephen Townsend said"),
        ("Stephen Townsend said", "S", None, "Stephen"),
        ("Zawr", "d", "Dayr az Zawr", None),
        ("Zawr", "q", None, None),
    ],
)
def test_the_nearest_word_with_the_letter_is_taken(words: str, letter: str, start: str | None, end: str | None) -> None:
    first, last = TEXT.index(words), TEXT.index(words) + len(words)
    found = nearest_start(TEXT, units_of(TEXT), first, last, letter)
    assert (None if found is None else TEXT[found:last]) == start
    found = nearest_end(TEXT, units_of(TEXT), first, last, letter)
    assert (None if found is None else TEXT[first:found]) == end


@given(st.text("aAbB .,\u0130\u00df\u05d0", min_size=1, max_size=30), st.data())
def test_what_is_found_is_another_bound_and_leaves_a_word(text: str, data: st.DataObject) -> None:
    units = units_of(text)
    first = data.draw(st.integers(0, len(units) - 1))
    last = data.draw(st.integers(first, len(units) - 1))
    letter = data.draw(st.sampled_from("aAbB.,\u0130\u00df\u05d0"))
    start, end = units.starts[first], units.ends[last]
    found = nearest_start(text, units, start, end, letter)
    assert found is None or (found in units.starts and found != start and found < end)
    found = nearest_end(text, units, start, end, letter)
    assert found is None or (found in units.ends and found != end and found > start)
