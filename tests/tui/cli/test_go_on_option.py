"""The effect of `--go-on` and the config's `go_on` on a sitting."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from tiebreak.core.store.connection import Store
from tiebreak.tui.cli import review, review_screen
from tiebreak.tui.cli.application import app

PROJECT = '[predictors]\n[predictors.a]\npipeline = "p"\n[review]\ngo_on = {}\n'


@pytest.mark.parametrize(
    ("command", "config", "options", "goes_on"),
    [
        ("shell", None, ("--go-on",), True),
        ("shell", None, (), False),
        ("review", None, ("--go-on",), True),
        ("review", "true", (), True),
        ("review", "false", ("--go-on",), True),
        ("review", "true", ("--no-go-on",), False),
    ],
)
def test_the_option_wins_over_the_config(
    store: Store,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    command: str,
    config: str | None,
    options: tuple[str, ...],
    goes_on: bool,
) -> None:
    opened: list[bool] = []

    def open_review(session: Any, **_: object) -> None:
        opened.append(session.options.go_on)

    monkeypatch.setattr(review, "open_review", open_review)
    monkeypatch.setattr(review_screen, "open_review", open_review)
    if config is not None:
        path = tmp_path / "project.cfg"
        path.write_text(PROJECT.format(config), "utf-8")
        options = (*options, "--config", str(path))
    result = CliRunner().invoke(app, [command, str(store.path), "--annotator", "sam", *options])
    assert opened == [goes_on], result.output


def test_what_is_neither_true_nor_false_is_named_with_its_place(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "project.cfg"
    path.write_text(PROJECT.format('"sometimes"'), "utf-8")
    result = CliRunner().invoke(app, ["review", str(store.path), "--annotator", "sam", "--config", str(path)])
    assert str(result.exception) == f"{path}: [review] go_on: is neither true nor false"
