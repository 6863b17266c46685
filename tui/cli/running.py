"""Running the command line: each error is one message and an exit status, and no failed print stays silent."""

from __future__ import annotations

import logging
import os
import sys
import threading
from collections.abc import Sequence
from importlib import import_module
from typing import NoReturn

from tiebreak.core.errors import TiebreakError, UsageError
from tiebreak.tui.cli import interrupts
from tiebreak.tui.cli.application import app, is_debug
from tiebreak.tui.cli.command_modules import MODULES
from tiebreak.tui.cli.streams import flush, open_streams, tell
from tiebreak.tui.ways_out import message_of, with_way_out


def add_commands(arguments: Sequence[str] = ()) -> None:
    """Add the command that `arguments` begin with to `app`; if they begin with no command, add all."""
    typed = next((each for each in arguments if not each.startswith("-")), "")
    for module in [MODULES[typed]] if typed in MODULES else dict.fromkeys(MODULES.values()):
        import_module(f"tiebreak.tui.cli.{module}")


def main() -> None:
    """Run the command line; an error becomes one message on stderr and an exit status."""
    try:
        _run()
    except KeyboardInterrupt:
        _leave(interrupts.STATUS)


def _run() -> None:
    add_commands(sys.argv[1:])
    open_streams()
    _print_warnings()
    interrupts.raise_interrupts()
    try:
        app()
    except TiebreakError as error:
        if is_debug():
            raise
        tell(message_of(error))
        _leave(exit_status(error))
    except BrokenPipeError:
        flush()
        _end(1)
    except Exception as error:
        if isinstance(error, OSError):
            _leave_if_unread()
        if is_debug():
            raise
        tell(f"unexpected {type(error).__name__}: {error}; this is a bug; to see where, add --debug after `tiebreak`")
        _leave(1)
    except SystemExit as end:
        _leave(end.code if isinstance(end.code, int) else 0)


def exit_status(error: TiebreakError) -> int:
    """Return the exit status: 2, as in typer, for what is wrong whatever the store and the files hold; else 1."""
    return 2 if isinstance(error, UsageError) else 1


def _print_warnings() -> None:
    """Print each warning of core as one line on stderr."""

    class OnStderr(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            tell(with_way_out(record.getMessage(), getattr(record, "way_out", None)))

    logger = logging.getLogger("tiebreak")
    logger.handlers[:] = [OnStderr()]
    logger.propagate = False


def _leave(status: int) -> NoReturn:
    """End now, without waiting for LLM calls that are still in flight: the next run asks them again."""
    interrupts.end_at_once()
    _leave_if_unread()
    _end(status)


def _leave_if_unread() -> None:
    """End with status 1 if standard output takes no more; print why, unless its reader has closed the pipe."""
    trouble = flush()
    if trouble is not None:
        if not isinstance(trouble, BrokenPipeError):
            tell(f"standard output: {trouble.strerror}")
        _end(1)


def _end(status: int) -> NoReturn:
    status = interrupts.status_with(status)
    if threading.active_count() > 1:
        os._exit(status)
    raise SystemExit(status)
