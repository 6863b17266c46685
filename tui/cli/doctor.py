"""doctor: check what a first hour depends on."""

from __future__ import annotations

import locale
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tiebreak.tui.cli.application import app
from tiebreak.tui.cli.common import AsJson, print_json

if TYPE_CHECKING:
    from tiebreak.core.doctor.checks import Check
    from tiebreak.core.doctor.terminal import Terminal

_COLOURS = {"truecolor": 16_777_216, "256": 256}
_SIGNS = {"ok": typer.colors.GREEN, "note": typer.colors.YELLOW, "FAIL": typer.colors.RED}


@app.command()
def doctor(
    database: Annotated[
        Path | None, typer.Argument(metavar="[DB]", help="A store to check, too, with the config that it remembers.")
    ] = None,
    config: Annotated[
        Path | None,
        typer.Option("--config", metavar="FILE", help="A config of a project or a pipeline, to try what it names."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Check what is installed, the store, pipelines and endpoints.

    Each check prints one line, with what to do about it.
    An LLM's endpoint gets one tiny call. Nothing is changed. The exit status is 1 if a check fails.
    """
    from tiebreak.core.doctor.checks import CheckState
    from tiebreak.core.doctor.examination import examine
    from tiebreak.tui.cli.json_objects import checks_object

    checks = []
    for check in examine(_terminal(), database, config):
        checks.append(check)
        if not as_json:
            _print(check)
    healthy = all(check.state is not CheckState.FAIL for check in checks)
    if as_json:
        print_json(checks_object(checks, healthy=healthy))
    if not healthy:
        raise typer.Exit(1)


def _print(check: Check) -> None:
    """Print a check; its state stands first as a word, and colour only adds to that."""
    from tiebreak.tui.text.render import visible
    from tiebreak.tui.ways_out import with_way_out

    sign = f"{check.state:<4}"
    if sys.stdout.isatty() and not os.environ.get("NO_COLOR"):
        sign = typer.style(sign, fg=_SIGNS[check.state], bold=True)
    todo = f" -> {todo}" if (todo := with_way_out(check.todo, check.way_out)) else ""
    typer.echo(f"{sign}  {visible(f'{check.name}: {check.found}{todo}')}")


def _terminal() -> Terminal:
    """Return what is known of the terminal, without asking it."""
    from rich.console import Console

    from tiebreak.core.doctor.terminal import Terminal
    from tiebreak.tui.themes import MONOCHROME, appearance

    system = Console(force_terminal=True, _environ={**os.environ, "NO_COLOR": ""}).color_system
    colourless = appearance(None, os.environ).theme == MONOCHROME
    colours = 0 if colourless else _COLOURS.get(system or "", 16)
    size = _size()
    return Terminal(size is not None, *(size or (0, 0)), colours, locale.getencoding(), os.environ)


def _size() -> tuple[int, int] | None:
    """Return the columns and rows of the terminal that the review screen would use, or None."""
    for stream in (sys.__stdin__, sys.__stdout__, sys.__stderr__):
        try:
            if stream is not None and stream.isatty():
                size = os.get_terminal_size(stream.fileno())
                return size.columns, size.lines
        except (OSError, ValueError):
            continue
    return None
