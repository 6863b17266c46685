"""Ctrl+C, from Tiebreak's first line to its last: it ends the program with status 130, and Python prints nothing.

Python raises KeyboardInterrupt wherever it is. Outside of Tiebreak's `try`, and in a callback of Python's own, that
prints a traceback. So it is raised only while a command runs.
"""

from __future__ import annotations

import _thread
import os
import signal
import sys
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sys import UnraisableHookArgs

STATUS = 130  # the exit status of a program that Ctrl+C has ended
_AGAIN = 0.02  # seconds; then an interrupt that Python has dropped is raised again
_dropped = False  # whether Python has dropped an interrupt


def end_at_once() -> None:
    """Make Ctrl+C end the process at once: before a command has begun, and after it has ended."""
    _handle_by(lambda *_: os._exit(STATUS))


def raise_interrupts() -> None:
    """Make Ctrl+C raise KeyboardInterrupt, so that a command ends in order."""
    sys.unraisablehook = _raise_again
    _handle_by(signal.default_int_handler)


def status_with(status: int) -> int:
    """Return `status`, or that of Ctrl+C if Python has dropped an interrupt that is yet to be raised again."""
    return STATUS if _dropped else status


def _handle_by(handler: Callable[..., Any]) -> None:
    if signal.getsignal(signal.SIGINT) != signal.SIG_IGN:  # a shell ignores it for commands in the background
        signal.signal(signal.SIGINT, handler)


def _raise_again(dropped: UnraisableHookArgs) -> None:
    """Raise an interrupt again if Python drops it, as it does in a callback of its own."""
    global _dropped
    if issubclass(dropped.exc_type, KeyboardInterrupt):
        _dropped = True
        threading.Timer(_AGAIN, _thread.interrupt_main).start()
    else:
        sys.__unraisablehook__(dropped)
