"""The command line: thin commands over core. Importing this loads neither spaCy nor Textual."""

from __future__ import annotations

import logging
import os
import sys
import threading
from typing import Annotated, NoReturn

import typer

from tiebreak.core.errors import TiebreakError
from tiebreak.tui.cli.first_hour import InOrder, first_hour
from tiebreak.tui.render import visible

app = typer.Typer(
    name="tiebreak",
    help="Settle what NLP models disagree on, in the terminal, the most valuable text first.",
    cls=InOrder,
    invoke_without_command=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
_debug = False


def _print_version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version

        typer.echo(f"tiebreak {version('tiebreak')}")
        raise typer.Exit


@app.callback()
def options(
    context: typer.Context,
    debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")] = False,
    version: Annotated[
        bool, typer.Option("--version", help="Print the version and end.", is_eager=True, callback=_print_version)
    ] = False,
) -> None:
    global _debug
    _debug = debug
    if context.invoked_subcommand is None:
        typer.echo(first_hour())


def main() -> None:
    """Run the command line; an error of ours is one message on stderr and exit status 1."""
    try:
        _run()
    except KeyboardInterrupt:
        _leave(130)


def _run() -> None:
    from tiebreak.tui.cli import (  # noqa: F401  each adds its commands to `app`
        agreement,
        configs,
        data,
        demo,
        diff,
        doctor,
        export,
        predict,
        report,
        review,
        status,
        team,
        upkeep,
    )

    _tell_warnings()
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    try:
        app()
    except TiebreakError as error:
        if _debug:
            raise
        for line in str(error).splitlines():
            typer.echo(f"tiebreak: {visible(line)}", err=True)
        _leave(1)
    except BrokenPipeError:  # the reader of our output has had enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        _leave(1)
    except Exception as error:
        if _debug:
            raise
        what = visible(f"{type(error).__name__}: {error}")
        typer.echo(f"tiebreak: unexpected {what}; this is a bug, `tiebreak --debug` shows where", err=True)
        _leave(1)
    except SystemExit as end:
        _leave(end.code if isinstance(end.code, int) else 0)


def _tell_warnings() -> None:
    """What core warns of is one line on stderr."""

    class Told(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            typer.echo(f"tiebreak: {visible(record.getMessage())}", err=True)

    logger = logging.getLogger("tiebreak")
    logger.handlers[:] = [Told()]
    logger.propagate = False


def _leave(status: int) -> NoReturn:
    """End now, without waiting for LLM calls that are still under way in threads: what they bring is asked again."""
    sys.stdout.flush()
    sys.stderr.flush()
    if threading.active_count() > 1:
        os._exit(status)
    raise SystemExit(status)
