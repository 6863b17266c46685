"""Safer input from the terminal than Textual's own: pastes never act as keys, and bytes that are no text do no harm.

Textual 8.2 takes a bracketed paste that holds escape sequences for keys after 32 characters, so that a paste could
answer examples; and a byte that is not UTF-8 ends the app with a traceback.
"""

from __future__ import annotations

import codecs
import sys
from collections.abc import Iterable

from textual import events
from textual._xterm_parser import XTermParser
from textual.message import Message

_START, _END = "\x1b[200~", "\x1b[201~"


class PasteSafeParser(XTermParser):
    """Takes pastes out of the stream before it is parsed, and gives each on as one event without control characters."""

    _pasted: list[str] | None = None  # None outside a paste
    _held = ""  # the beginning of a marker whose end has not come yet

    def feed(self, data: str) -> Iterable[Message]:
        if not data:  # the end of the stream
            yield from super().feed(data)
            return
        data = self._held + data
        self._held = ""
        while data:
            marker = _START if self._pasted is None else _END
            before, found, data = data.partition(marker)
            if not found:
                before, self._held = _split_marker(before, marker)
            if self._pasted is not None:
                self._pasted.append(before)
            elif before:
                yield from super().feed(before)
            if found and self._pasted is None:
                self._pasted = []
            elif found and self._pasted is not None:
                text = "".join(self._pasted)
                self._pasted = None
                yield events.Paste("".join(character for character in text if character.isprintable()))


def _split_marker(data: str, marker: str) -> tuple[str, str]:
    """`data` without, and with only, the beginning of `marker` at its end; a lone escape is a key, no beginning."""
    for size in range(len(marker) - 1, 1, -1):
        if data.endswith(marker[:size]):
            return data[:-size], data[-size:]
    return data, ""


def install() -> None:
    """Make Textual's driver for Unix terminals read through the safer parser."""
    if sys.platform == "win32":
        return
    from textual.drivers import linux_driver

    def forgiving_decoder(encoding: str) -> object:
        return lambda: codecs.getincrementaldecoder(encoding)("replace")

    vars(linux_driver).update(XTermParser=PasteSafeParser, getincrementaldecoder=forgiving_decoder)
