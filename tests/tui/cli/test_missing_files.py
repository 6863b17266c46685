"""A missing file is reported before anything is asked of its name, such as a format."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest
from stores import create_store
from typer.testing import CliRunner

from tiebreak.tui.cli.application import app
from tiebreak.tui.cli.running import add_commands, status_of

add_commands()
LINES = [
    "load news.db gone",
    "diff gone gone",
    "diff gone.jsonl news.db",
    "export gone.db out",
    "export news.db out --onto gone",
    "export news.db out.jsonl --onto gone",
    "review news.db --config gone",
    "predict gone.db gone.cfg",
    "restore gone.db other.db",
    "backup gone.db",
]


def test_it_is_said_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    create_store(tmp_path / "news.db").close()
    for line in LINES:
        error = CliRunner().invoke(app, shlex.split(line)).exception
        assert status_of(error) == 1, line  # type: ignore[arg-type]
        assert "gone" in str(error), line
        assert "no such" in str(error).casefold(), line
        assert "format" not in str(error), line
