"""What is written to the terminal when the app takes it and when it gives it back, beside what Textual writes."""

from __future__ import annotations

import os
import signal
import sys
from contextlib import suppress
from typing import Any

from textual.drivers import linux_driver
from textual.drivers._writer_thread import WriterThread

from tiebreak.tui.text import cell_widths

# ECMA-48's bidirectional support mode: explicit means that the text comes in the order in which it is to be drawn.
# Terminals that reorder right-to-left text themselves (VTE, Konsole, mlterm) would tear it from its lanes; the others
# pass this over. The second sequence sets the direction of a line: left to right, and the terminal's own again.
EXPLICIT, IMPLICIT = "\x1b[8l\x1b[1 k", "\x1b[8h\x1b[0 k"


class Writer(WriterThread):
    """Passes over what cannot be written any more, so that the app ends in order when the terminal has gone."""

    def run(self) -> None:
        with suppress(OSError, ValueError):
            super().run()
            return
        while self._queue.get() is not None:
            pass

    def stop(self) -> None:
        """Have it end, also if what told it to was taken by a write that failed: it waits for another then."""
        self._queue.put(None)
        super().stop()


class TiebreakDriver(linux_driver.LinuxDriver):
    """Textual's driver for Unix terminals, with right-to-left text drawn where the lanes are."""

    _at_work = False  # whether the terminal is the app's

    def __init__(self, *arguments: Any, **options: Any) -> None:
        before = signal.getsignal(signal.SIGTSTP)
        super().__init__(*arguments, **options)
        if before is signal.SIG_IGN:
            signal.signal(signal.SIGTSTP, before)
        if self._file is None or not self._file.isatty():  # Textual draws on standard error
            self._file = sys.__stdout__

    def run_input_thread(self) -> None:
        """Read keys; where nothing can be read any more the terminal has gone, without a signal: leave as `q` does."""
        try:
            super().run_input_thread()
        except (EOFError, OSError):
            with suppress(RuntimeError):  # the app has ended meanwhile
                self._loop.call_soon_threadsafe(self._app.exit)

    def start_application_mode(self) -> None:
        vars(linux_driver).update(WriterThread=Writer)
        self._writer_thread = None
        super().start_application_mode()  # type: ignore[no-untyped-call]
        if self._writer_thread is not None:  # None where the app is in the background and goes back to sleep
            self._at_work = True
            self.write(EXPLICIT)
            self.write(cell_widths.PROBE)  # now, since it leaves two blank cells

    def stop_application_mode(self) -> None:
        self._at_work = False
        self.write(IMPLICIT)
        super().stop_application_mode()

    def _sigtstp_application(self, *_: object) -> None:
        """Stop; where the terminal is not the app's as the system does it, which is not at all if no shell is there."""
        if self._at_work:
            super()._sigtstp_application()
        else:
            signal.signal(signal.SIGTSTP, signal.SIG_DFL)
            os.kill(os.getpid(), signal.SIGTSTP)
            signal.signal(signal.SIGTSTP, self._sigtstp_application)

    def _sigcont_application(self, *_: object) -> None:
        """Take the terminal again, also where the app was stopped by a signal that it could not see (SIGSTOP)."""
        if not self._app.is_running:
            return  # it leaves: the terminal is not its own any more
        if self._at_work:
            self.suspend_application_mode()
            self._must_signal_resume = True
        super()._sigcont_application()
