"""Safer input from the terminal than Textual's own: no key acts in pieces, no paste acts as keys.

On a slow line the bytes of one key may come apart, and Textual 8.2 then takes the rest of it for keys. It does the same
with a sequence that it does not know, and with a bracketed paste that holds escape sequences. Some malformed sequences
end the app, as does a byte that is not UTF-8. So this module cuts the stream first, and Textual's parser sees only
whole keys.
"""

from __future__ import annotations

import codecs
import re
import sys
import time
from collections.abc import Iterable
from enum import Enum

from textual import constants, events
from textual._xterm_parser import XTermParser
from textual.message import Message

REST = 1.0  # seconds; the rest of a key that comes later counts as keys of its own
_PASTE, _PASTE_END = "\x1b[200~", "\x1b[201~"
_LONGEST = 32  # characters; a longer sequence is dropped, since Textual cannot read it
_TOO_LONG = 64  # characters of a sequence that are kept
# ECMA-48's control sequences: Linux's console sends two brackets and a letter, old mice three bytes after an M, rxvt
# keys that end in a dollar. Then the keys that begin with ESC O, and the strings that answer a question of the app.
_CSI = re.compile(r"\x1b\[(?:\[.|M...|[0-9]+\$|(?!M)[0-?]*[ -/]*[@-Z\\-~])", re.DOTALL)
_BROKEN_CSI = re.compile(r"\x1b\[[0-?]*[ -/]*[^ -~]", re.DOTALL)  # broken off by a control or non-ASCII character
_SS3 = re.compile(r"\x1bO[0-9;]*[^0-9;]", re.DOTALL)
_STRINGS = "]PX^_"


class _Where(Enum):
    KEYS = 1  # between two keys
    SEQUENCE = 2  # within a key or an answer of the terminal, from its escape on
    AFTER_ESCAPE = 3  # an escape has acted as the key; the rest of a sequence may still come
    PASTE = 4


class WholeKeyParser(XTermParser):
    """Passes on each key, paste and answer of the terminal as a whole, whatever pauses are in it.

    A lone escape counts as the key after Textual's usual delay. If the rest of a sequence comes within `REST` seconds
    after that, its key is dropped, since its escape has acted already.
    """

    _where = _Where.KEYS
    _held = ""  # the sequence or the paste, as much of it as has come
    _late = False  # whether the escape of the sequence has acted
    _since = 0.0  # seconds by `clock`, when its latest character came

    @staticmethod
    def clock() -> float:
        return time.monotonic()

    def feed(self, data: str) -> Iterable[Message]:
        if not data:  # the end of the stream
            yield from super().feed(data)
            return
        self._since = self.clock()
        while data:
            match self._where:
                case _Where.KEYS:
                    keys, escape, data = data.partition("\x1b")
                    yield from self._read(keys)
                    if escape:
                        self._begin(escape, late=False)
                case _Where.AFTER_ESCAPE:
                    self._where = _Where.KEYS
                    if data[0] in "[O":
                        self._begin("\x1b", late=True)
                case _Where.SEQUENCE:
                    self._held = self._held[:_TOO_LONG] + self._held[_TOO_LONG:][-1:] + data[0]
                    data = data[1:]
                    yield from self._continue()
                case _Where.PASTE:
                    self._held += data
                    data = ""
                    if _PASTE_END in self._held:
                        text, _, data = self._held.partition(_PASTE_END)
                        self._where = _Where.KEYS
                        yield events.Paste("".join(character for character in text if character.isprintable()))

    def tick(self) -> Iterable[Message]:
        """End a key whose rest has not come in time; the driver calls this repeatedly, after it has fed what came.

        Only this method looks at the time. So a key that came in time stays whole even if this process was too busy to
        read it in time.
        """
        waited = self.clock() - self._since
        if self._where is _Where.SEQUENCE and waited >= constants.ESCAPE_DELAY:
            if self._held == "\x1b":
                self._where = _Where.AFTER_ESCAPE
                yield events.Key("escape", "\x1b")
            elif len(self._held) == 2 and self._held[1] not in "[O":  # ESC and a letter that may begin a string
                yield from self._end()
        if self._where in (_Where.SEQUENCE, _Where.AFTER_ESCAPE) and waited >= REST:
            self._where = _Where.KEYS

    def _begin(self, escape: str, *, late: bool) -> None:
        self._where, self._held, self._late = _Where.SEQUENCE, escape, late

    def _continue(self) -> Iterable[Message]:
        """Go on with a sequence after its next character."""
        held = self._held
        if held == "\x1b\x1b":
            self._begin("\x1b", late=False)
            yield events.Key("escape", "\x1b")
        elif len(held) > 2 and held[-2] == "\x1b":  # within a string: its end, or a key that breaks it off
            self._begin("\x1b", late=False)
            self._held += held[-1]
            yield from self._continue()
        elif len(held) > 2 and held[1] in _STRINGS:
            if held[-1] == "\x07":
                self._where = _Where.KEYS
        elif held[-1] == "\x1b":  # the next key breaks this one off
            self._begin("\x1b", late=False)
        elif held == _PASTE:
            self._where, self._held = _Where.PASTE, ""
        elif held[1] in _STRINGS:
            return  # a string, or a letter with alt held: the next character decides
        elif held[1] not in "[O" or any(each.fullmatch(held) for each in (_CSI, _SS3, _BROKEN_CSI)):
            yield from self._end()

    def _end(self) -> Iterable[Message]:
        """Pass on a whole sequence."""
        self._where = _Where.KEYS
        sequence = self._held
        if len(sequence) > _LONGEST or sequence == "\x1b\\":  # too long for Textual; the end of a string
            return
        is_alt = sequence[1] not in "[O"
        for event in self._read(sequence, is_alt=is_alt):
            if not (self._late and isinstance(event, events.Key)):
                yield event

    def _read(self, whole: str, *, is_alt: bool = False) -> Iterable[Message]:
        """Yield the messages that Textual reads in a whole key; none if it cannot read it."""
        try:
            yield from list(super().feed(whole)) if whole else ()
        except (ArithmeticError, LookupError, ValueError):  # a code that is not a character, and the like
            self._restart()
            return
        if self._timeout_time is not None:  # it waits for more, and would then take each character for a key
            self._restart()
            if is_alt:
                yield from map(_with_alt, super().feed(whole[1:]))

    def _restart(self) -> None:
        """Make Textual's parser forget what it waits for."""
        self._tokens.clear()
        self._timeout_time = None
        self._gen = self.parse(self._tokens.append)
        self._awaiting = next(self._gen)


def _with_alt(event: Message) -> Message:
    """Return the key as one with alt held. No command has such a key, so alt and space do not act as space."""
    return events.Key(f"alt+{event.key}", None) if isinstance(event, events.Key) else event


class _UntilTheEnd:
    """Decodes input. Raises EOFError for an empty read: Textual would read again, without end."""

    def __init__(self, decoder: codecs.IncrementalDecoder) -> None:
        self._decoder = decoder

    def decode(self, data: bytes, final: bool = False) -> str:
        if not data and not final:
            raise EOFError
        return self._decoder.decode(data, final)


def install() -> None:
    """Make Textual's driver for Unix terminals read through the safer parser."""
    if sys.platform == "win32":
        return
    from textual.drivers import linux_driver

    def forgiving_decoder(encoding: str) -> object:
        return lambda: _UntilTheEnd(codecs.getincrementaldecoder(encoding)("replace"))

    vars(linux_driver).update(XTermParser=WholeKeyParser, getincrementaldecoder=forgiving_decoder)
