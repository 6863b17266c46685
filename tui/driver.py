"""Tiebreak's own sequences to the terminal, beside Textual's, when the app takes the terminal and gives it back."""

from __future__ import annotations

import os
import signal
import sys
from contextlib import suppress
from typing import Any

from textual.drivers import linux_driver
from textual.drivers._writer_thread import WriterThread

from tiebreak.tui.text import cell_widths

# ECMA-48's bidirectional support mode: explicit means that the text comes in the order in which to draw it. Terminals
# that reorder right-to-left text themselves (VTE, Konsole, mlterm) would tear it from its lanes; the others ignore
# this. The second sequence sets the direction of a line: left to right, then the terminal's own again.
EXPLICIT, IMPLICIT = "\x1b[8l\x1b[1 k", "\x1b[8h\x1b[0 k"


class Writer(WriterThread):
    """Drops writes that fail, so that the app ends in order when the terminal is gone."""

    def run(self) -> None:
        with suppress(OSError, ValueError):
            super().run()
            return
        while self._queue.get() is not None:
            pass

    def stop(self) -> None:
        """End the thread. A write that failed may have used up the first end mark, so this puts a second."""
        self._queue.put(None)
        super().stop()


class TiebreakDriver(linux_driver.LinuxDriver):
    """Textual's driver for Unix terminals, which keeps right-to-left text above its lanes."""

    _at_work = False  # whether the app holds the terminal

    def __init__(self, *arguments: Any, **options: Any) -> None:
        before = signal.getsignal(signal.SIGTSTP)
        super().__init__(*arguments, **options)
        if before is signal.SIG_IGN:
            signal.signal(signal.SIGTSTP, before)
        if self._file is None or not self._file.isatty():  # Textual draws on standard error
            self._file = sys.__stdout__

    def run_input_thread(self) -> None:
        """Read keys. If a read fails, the terminal has gone without a signal: leave as `q` does."""
        try:
            super().run_input_thread()
        except (EOFError, OSError):
            with suppress(RuntimeError):  # the app has ended by now
                self._loop.call_soon_threadsafe(self._app.exit)

    def start_application_mode(self) -> None:
        vars(linux_driver).update(WriterThread=Writer)
        self._writer_thread = None
        super().start_application_mode()  # type: ignore[no-untyped-call]
        if self._writer_thread is not None:  # None if the app is in the background and stops again
            self._at_work = True
            self.write(EXPLICIT)
            self.write(cell_widths.PROBE)  # now, since it leaves two blank cells

    def stop_application_mode(self) -> None:
        self._at_work = False
        self.write(IMPLICIT)
        super().stop_application_mode()

    def _sigtstp_application(self, *_: object) -> None:
        """Stop the process. If the app does not hold the terminal, leave it to the system's handler.

        The system does not stop a process that no shell could continue.
        """
        if self._at_work:
            super()._sigtstp_application()
        else:
            signal.signal(signal.SIGTSTP, signal.SIG_DFL)
            os.kill(os.getpid(), signal.SIGTSTP)
            signal.signal(signal.SIGTSTP, self._sigtstp_application)

    def _sigcont_application(self, *_: object) -> None:
        """Take the terminal again, also if a signal that the app cannot see (SIGSTOP) had stopped it."""
        if not self._app.is_running:
            return  # it is ending, and has given the terminal back
        if self._at_work:
            self.suspend_application_mode()
            self._must_signal_resume = True
        super()._sigcont_application()
