"""Every command that prints data prints it as JSON, too."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import typer
from stores import create_store
from typer.testing import CliRunner

from tiebreak.tui.cli.application import app
from tiebreak.tui.cli.running import add_commands

add_commands()
COMMANDS: dict[str, Any] = typer.main.get_command(app).commands  # type: ignore[attr-defined]

PRINT_NO_DATA = {
    "demo": "a tour for people; `queue` and `status` print what it shows",
    "review": "a screen",
    "shell": "a screen",
}


def test_every_command_that_prints_data_takes_json() -> None:
    without = {
        name
        for name, command in COMMANDS.items()
        if not any("--json" in parameter.opts for parameter in command.params)
    }
    assert without == PRINT_NO_DATA.keys()


def test_what_was_backed_up_and_restored_is_printed(tmp_path: Path) -> None:
    create_store(tmp_path / "news.db").close()
    news, copy = str(tmp_path / "news.db"), str(tmp_path / "copy.db")
    made = json.loads(CliRunner().invoke(app, ["backup", news, copy, "--json"]).stdout)
    assert made == {"backup": copy, "bytes": Path(copy).stat().st_size}
    back = json.loads(CliRunner().invoke(app, ["restore", copy, news, "--force", "--json"]).stdout)
    assert Path(back.pop("kept")).exists()
    size = Path(news).stat().st_size
    assert back == {"store": news, "bytes": size, "from": copy, "as_of": None, "left_out": None}
    then = json.loads(CliRunner().invoke(app, ["restore", copy, f"{news}.2", "--as-of", "2026-01-01", "--json"]).stdout)
    assert set(then["left_out"].values()) == {0}
    assert {"answers", "remarks", "undone_answers"} <= then["left_out"].keys()
    assert then["as_of"] > 0
