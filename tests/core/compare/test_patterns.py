"""The patterns that differences belong to."""

from __future__ import annotations

import pytest

from tiebreak.core.compare.patterns import Pattern, pattern_of
from tiebreak.core.records import Difference, Span


def difference(start: int, end: int, *labels: str, kind: str = "label") -> Difference:
    readings = {f"p{number}": (Span(start, end, label),) for number, label in enumerate(labels)}
    return Difference(start, end, kind, readings)  # type: ignore[arg-type]


def test_a_pattern_is_the_kind_the_labels_and_the_text_covered() -> None:
    assert pattern_of("at Uber", difference(3, 7, "PERSON", "ORG", "ORG")) == Pattern(
        "label", ("ORG", "PERSON"), "uber"
    )


@pytest.mark.parametrize(
    ("one", "other"), [("UBER", "uber"), ("New York", "new\n york"), ("Straße", "STRASSE"), ("a\u00a0b", "a b")]
)
def test_capitals_and_white_space_make_no_other_pattern(one: str, other: str) -> None:
    assert pattern_of(one, difference(0, len(one), "A", "B")) == pattern_of(other, difference(0, len(other), "B", "A"))


def test_another_kind_label_or_word_is_another_pattern() -> None:
    uber = pattern_of("Uber", difference(0, 4, "A", "B"))
    assert uber != pattern_of("Uber", difference(0, 4, "A", "C"))
    assert uber != pattern_of("Uber", difference(0, 4, "A", "B", kind="mixed"))
    assert uber != pattern_of("Ober", difference(0, 4, "A", "B"))


def test_any_white_space_between_words_is_one_space() -> None:
    assert pattern_of("New \n York", difference(0, 10, "A")).text == "new york"
