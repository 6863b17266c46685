"""Ctrl+C at moments that are hard to hit: in an import, in a callback of Python's own, at the very end."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest

PROGRAM = """
import atexit, os, signal, sys, weakref

class Presses:
    def find_spec(self, name, *_):
        if name == moment:
            press()
        if f"callback of {name}" == moment:
            weakref.ref(Presses(), lambda _: press())

def press(*_):
    os.kill(os.getpid(), signal.SIGINT)

moment = sys.argv.pop(1)
sys.meta_path.insert(0, Presses())
if moment == "end":
    atexit.register(press)
from tiebreak.tui.cli import main
main()
"""


def run_pressed(moment: str, **options: object) -> subprocess.CompletedProcess[str]:
    """Run `tiebreak configs`, with Ctrl+C pressed at the import of this module, in a callback then, or at the end."""
    command = [sys.executable, "-c", PROGRAM, moment, "configs"]
    return subprocess.run(command, capture_output=True, text=True, check=False, **options)  # type: ignore[call-overload, no-any-return]


@pytest.mark.parametrize(
    "moment",
    [
        pytest.param("tiebreak.tui.cli.interrupts", id="our first line", marks=pytest.mark.full),
        pytest.param("typer", id="before the command line is there"),
        pytest.param("tiebreak.core.project.ready_configs", id="in a command", marks=pytest.mark.full),
        pytest.param("callback of tiebreak.core.project.ready_configs", id="where Python drops it"),
        pytest.param("end", id="after the command", marks=pytest.mark.full),
    ],
)
def test_it_ends_the_program_without_a_traceback(moment: str) -> None:
    result = run_pressed(moment)
    assert (result.returncode, result.stderr) == (130, "")


@pytest.mark.full
def test_what_runs_in_the_background_of_a_shell_is_not_ended() -> None:
    result = run_pressed("typer", preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_IGN))
    assert (result.returncode, result.stderr) == (0, "")
    assert "OpenAI" in result.stdout
