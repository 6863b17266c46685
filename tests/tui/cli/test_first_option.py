"""The effect of `--first` on a sitting."""

from __future__ import annotations

from typing import Any

import pytest
from typer.testing import CliRunner

from tiebreak.core.review.first import First
from tiebreak.core.store.connection import Store
from tiebreak.tui.cli import review, review_screen
from tiebreak.tui.cli.application import app


@pytest.mark.parametrize("command", ["review", "shell"])
@pytest.mark.parametrize(
    ("options", "first"),
    [((), First.LEARNED), (("--first", "learned"), First.LEARNED), (("--first", "left"), First.LEFT)],
)
def test_a_sitting_starts_answers_as_it_was_asked_to(
    store: Store, monkeypatch: pytest.MonkeyPatch, command: str, options: tuple[str, ...], first: First
) -> None:
    opened: list[First] = []

    def open_review(session: Any, **_: object) -> None:
        opened.append(session.options.first)

    monkeypatch.setattr(review, "open_review", open_review)
    monkeypatch.setattr(review_screen, "open_review", open_review)
    CliRunner().invoke(app, [command, str(store.path), "--annotator", "sam", *options])
    assert opened == [first]


def test_another_start_is_refused(store: Store) -> None:
    result = CliRunner().invoke(app, ["review", str(store.path), "--annotator", "sam", "--first", "right"])
    assert result.exit_code == 2
    assert "'left', 'learned'" in result.output
