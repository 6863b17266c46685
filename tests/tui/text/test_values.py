"""Numbers as a person reads them."""

from __future__ import annotations

import pytest

from tiebreak.core.records import Value
from tiebreak.tui.text.values import counted, value_cells, value_text


def test_a_value_is_reported_as_errors_in_seconds() -> None:
    assert value_text(Value(1.83, 24.4)) == "1.8 errors in 24 s"
    assert value_text(Value(0.0, 0.2)) == "0.0 errors in 1 s"


@pytest.mark.parametrize(
    ("value", "cells"),
    [
        (None, "            –"),
        (Value(1.83, 24.4), " 1.8 in  24 s"),
        (Value(99.96, 120.4), " 100 in 120 s"),
        (Value(1e300, 1e300), " 999 in 999 s"),
    ],
)
def test_in_a_list_each_value_has_the_same_cells(value: Value | None, cells: str) -> None:
    assert value_cells(value) == cells


def test_a_count_has_its_noun_in_the_plural_unless_it_is_1() -> None:
    assert [counted(count, "text") for count in (0, 1, 1200)] == ["0 texts", "1 text", "1,200 texts"]
    assert [counted(count, "retry", "retries") for count in (1, 2)] == ["1 retry", "2 retries"]
