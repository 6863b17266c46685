"""The length of a sitting, as `--for` takes it."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tiebreak.core.errors import ConfigError
from tiebreak.tui.cli.review import _seconds

PART = st.none() | st.integers(0, 9999)


@given(PART, PART, PART)
def test_each_unit_counts_as_itself(hours: int | None, minutes: int | None, seconds: int | None) -> None:
    parts = [(hours, "h"), (minutes, "m"), (seconds, "s")]
    said = "".join(f"{number}{unit}" for number, unit in parts if number is not None)
    total = 3600 * (hours or 0) + 60 * (minutes or 0) + (seconds or 0)
    assume(total > 0)
    assert _seconds(said) == _seconds(f" {said.upper()} ") == total


@given(st.integers(1, 9999), st.integers(1, 999))
def test_a_last_number_without_a_unit_is_minutes(minutes: int, hours: int) -> None:
    assert _seconds(str(minutes)) == 60 * minutes
    assert _seconds(f"{hours}h{minutes}") == 3600 * hours + 60 * minutes


@pytest.mark.parametrize("said", ["", "0", "0s", "s", "m", "1x", "1s1", "5m1h", "90ss", "-5m", "1.5h", "1m5"])
def test_what_is_no_length_of_time_is_refused(said: str) -> None:
    with pytest.raises(ConfigError, match="not a length of time"):
        _seconds(said)
