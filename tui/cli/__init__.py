"""The command line: thin commands over core. Importing this loads neither spaCy nor Textual."""

from __future__ import annotations

import logging
import os
import threading
from typing import Annotated, NoReturn

import typer

from tiebreak.core.errors import TiebreakError
from tiebreak.tui.cli.first_hour import InOrder, first_hour
from tiebreak.tui.cli.streams import flush, open_streams, tell

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

    open_streams()
    _tell_warnings()
    try:
        app()
    except TiebreakError as error:
        if _debug:
            raise
        tell(str(error))
        _leave(1)
    except BrokenPipeError:
        flush()
        _end(1)
    except Exception as error:
        if isinstance(error, OSError):
            _leave_if_unread()
        if _debug:
            raise
        tell(f"unexpected {type(error).__name__}: {error}; this is a bug, `tiebreak --debug` shows where")
        _leave(1)
    except SystemExit as end:
        _leave(end.code if isinstance(end.code, int) else 0)


def _tell_warnings() -> None:
    """What core warns of is one line on stderr."""

    class Told(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            tell(record.getMessage())

    logger = logging.getLogger("tiebreak")
    logger.handlers[:] = [Told()]
    logger.propagate = False


def _leave(status: int) -> NoReturn:
    """End now, without waiting for LLM calls that are still under way in threads: what they bring is asked again."""
    _leave_if_unread()
    _end(status)


def _leave_if_unread() -> None:
    """End with status 1 where standard output takes no more: in silence where its reader has had enough."""
    trouble = flush()
    if trouble is not None:
        if not isinstance(trouble, BrokenPipeError):
            tell(f"standard output: {trouble.strerror}")
        _end(1)


def _end(status: int) -> NoReturn:
    if threading.active_count() > 1:
        os._exit(status)
    raise SystemExit(status)
