"""The command line imports only the module of the typed command, and help lists them all."""

from __future__ import annotations

import subprocess
import sys

import pytest
import typer

from tiebreak.tui.cli.application import app
from tiebreak.tui.cli.command_modules import MODULES
from tiebreak.tui.cli.running import add_commands

LOADED = (
    "import sys; from tiebreak.tui.cli.running import add_commands; add_commands(sys.argv[1:]);"
    "print(*(name for name in sys.modules if name.startswith('tiebreak.tui.cli.')))"
)


def test_each_command_stands_in_its_module_and_each_is_listed_in_order() -> None:
    add_commands()
    group = typer.main.get_command(app)
    commands = group.commands  # type: ignore[attr-defined]
    assert {name: command.callback.__module__.rpartition(".")[2] for name, command in commands.items()} == MODULES
    assert group.list_commands(typer.Context(group)) == list(MODULES)  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("arguments", "loaded"),
    [(("review", "news.db"), {"review"}), (("--debug", "status"), {"status"}), (("nothing",), set(MODULES.values()))],
)
def test_a_command_is_imported_alone(arguments: tuple[str, ...], loaded: set[str]) -> None:
    said = subprocess.run([sys.executable, "-c", LOADED, *arguments], capture_output=True, text=True, check=True)
    modules = {name.rpartition(".")[2] for name in said.stdout.split()}
    assert modules >= loaded
    assert (modules >= {"report", "upkeep"}) == (loaded == set(MODULES.values()))
