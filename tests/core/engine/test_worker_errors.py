"""Errors of a worker's process arrive as the same class, with the same way out."""

from __future__ import annotations

import pytest

from tiebreak.core.engine.engine import _raise
from tiebreak.core.engine.process_runner import _error
from tiebreak.core.errors import ConfigError, PredictorError, SettingError, StoreError, TiebreakError
from tiebreak.core.ways_out import Way, WayOut


@pytest.mark.parametrize("kind", [StoreError, SettingError, PredictorError])
def test_an_error_comes_back_as_it_was(kind: type[TiebreakError]) -> None:
    error = _error({"error": "a: b", "kind": kind.__name__, "way_out": ["CHECK", "news.db"]})
    assert (type(error), str(error), error.way_out) == (kind, "a: b", WayOut(Way.CHECK, "news.db"))


def test_an_error_that_is_not_tiebreaks_is_an_error_of_the_predictor() -> None:
    error = _error({"error": "it ended", "kind": "WayOut"})
    assert (type(error), error.way_out) == (PredictorError, None)


def test_of_several_errors_all_messages_are_said_and_a_way_out() -> None:
    errors = [PredictorError("one"), ConfigError("two", WayOut(Way.EXAMINE)), PredictorError("one")]
    with pytest.raises(ConfigError, match="one\ntwo") as raised:
        _raise(errors)
    assert raised.value.way_out == WayOut(Way.EXAMINE)
