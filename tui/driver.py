"""What is written to the terminal when the app takes it and when it gives it back, beside what Textual writes."""

from __future__ import annotations

from textual.drivers.linux_driver import LinuxDriver

# ECMA-48's bidirectional support mode: explicit means that the text comes in the order in which it is to be drawn.
# Terminals that reorder right-to-left text themselves (VTE, Konsole, mlterm) would tear it from its lanes; the others
# pass this over.
EXPLICIT, IMPLICIT = "\x1b[8l", "\x1b[8h"


class TiebreakDriver(LinuxDriver):
    """Textual's driver for Unix terminals, with right-to-left text drawn where the lanes are."""

    def start_application_mode(self) -> None:
        super().start_application_mode()
        if self._writer_thread is not None:  # None where the app is in the background and goes back to sleep
            self.write(EXPLICIT)
            self.flush()

    def stop_application_mode(self) -> None:
        self.write(IMPLICIT)
        super().stop_application_mode()
