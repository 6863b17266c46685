"""The shell completes all commands, their options and choices, though each module is imported only when needed."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from command_line import TIEBREAK

from tiebreak.core.selection.filter import Order
from tiebreak.tui.cli.command_modules import MODULES


def run_with(environment: dict[str, str], *arguments: str) -> str:
    result = subprocess.run(
        [TIEBREAK, *arguments], env=os.environ | environment, capture_output=True, text=True, check=True
    )
    assert result.stderr == ""
    return result.stdout


def completed(line: str) -> list[str]:
    """Return the words that bash offers for the last word of the line."""
    words = {"COMP_WORDS": line, "COMP_CWORD": str(line.count(" "))}
    return run_with({"_TIEBREAK_COMPLETE": "complete_bash", **words}).split()


def test_all_commands_are_offered() -> None:
    assert completed("tiebreak ") == list(MODULES)


@pytest.mark.full
def test_options_and_their_choices_are_offered() -> None:
    assert {"--filter", "--order", "--theme", "--json"} - {*completed("tiebreak review --")} == {"--json"}
    assert completed("tiebreak queue news.db --order ") == [order.value for order in Order]
    assert completed("tiebreak queue ne") == []  # bash completes file names then


@pytest.mark.full
@pytest.mark.parametrize("shell", ["bash", "zsh"])
def test_the_script_is_shown_and_installed(tmp_path: Path, shell: str) -> None:
    named = {"_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION": "1", "HOME": str(tmp_path)}
    shown = run_with(named, "--show-completion", shell)
    assert f"_TIEBREAK_COMPLETE=complete_{shell}" in shown
    run_with(named, "--install-completion", shell)
    installed = [path for path in tmp_path.rglob("*") if path.is_file() and "complete_" in path.read_text()]
    assert len(installed) == 1
    assert shown.strip() in installed[0].read_text()
    if program := shutil.which(shell):
        subprocess.run([program, "-n", installed[0]], check=True)
