"""Which sittings have a learner at work beside them."""

from __future__ import annotations

import pytest

from tiebreak.core.review.first import First
from tiebreak.core.review.session import SessionOptions
from tiebreak.tui.learner_process import wants_learner


@pytest.mark.parametrize(
    ("options", "wanted"),
    [
        (SessionOptions(), True),
        (SessionOptions(first=First.LEFT), False),
        (SessionOptions(blind=True), False),
        (SessionOptions(adjudicate=True), False),
    ],
)
def test_a_learner_works_beside_a_sitting_that_shows_what_was_learned(options: SessionOptions, wanted: bool) -> None:
    assert wants_learner(options) is wanted
