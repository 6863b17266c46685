"""Safer input from the terminal than Textual's own: no key acts in pieces, no paste acts as keys.

Textual 8.2 takes the rest of a key whose bytes come apart (a slow line) for keys of its own, as it does with a sequence
that it does not know and with a bracketed paste that holds escape sequences; some malformed ones end the app, as does
a byte that is not UTF-8. So the stream is cut here first, and Textual's parser sees whole keys alone.
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

REST = 1.0  # seconds in which the rest of a key may come
_PASTE, _PASTE_END = "\x1b[200~", "\x1b[201~"
_LONGEST = 32  # characters of a sequence that Textual reads
_TOO_LONG = 64  # of which nobody needs to know how they go on
# ECMA-48's control sequences (Linux's console sends two brackets and a letter, old mice three bytes behind an M, rxvt
# keys that end in a dollar), the keys that begin with ESC O, and strings, which answer a question of the app's.
_CSI = re.compile(r"\x1b\[(?:\[.|M...|[0-9]+\$|(?!M)[0-?]*[ -/]*[@-Z\\-~])", re.DOTALL)
_BROKEN_CSI = re.compile(r"\x1b\[[0-?]*[ -/]*[^ -~]", re.DOTALL)  # a control or other character within it
_SS3 = re.compile(r"\x1bO[0-9;]*[^0-9;]", re.DOTALL)
_STRINGS = "]PX^_"


class _Where(Enum):
    KEYS = 1  # between two keys
    SEQUENCE = 2  # within a key or an answer of the terminal, from its escape on
    AFTER_ESCAPE = 3  # an escape was taken for the key: the rest of what it began may still come
    PASTE = 4


class WholeKeyParser(XTermParser):
    """Gives each key, paste and answer of the terminal on as a whole, whatever pauses are in it.

    A lone escape is the key after Textual's usual delay. What then comes within `REST` seconds and continues a
    sequence is its rest: the key that it was is passed over, since its escape has acted already.
    """

    _where = _Where.KEYS
    _held = ""  # what has come of the sequence, or of the paste
    _late = False  # whether the escape of the sequence has acted
    _since = 0.0  # when the latest of it came

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
        """Look whether a key that began will not go on; called again and again by the driver, after what came is fed.

        Time is looked at here alone, so that a key that came in time is whole also where this process was too busy
        to read it in time.
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
        """Go on with a sequence, to which a character has come."""
        held = self._held
        if held == "\x1b\x1b":
            self._begin("\x1b", late=False)
            yield events.Key("escape", "\x1b")
        elif len(held) > 2 and held[-2] == "\x1b":  # within a string: its end, or what breaks it off
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
            return  # a string, or a letter with alt held: what comes next tells
        elif held[1] not in "[O" or any(each.fullmatch(held) for each in (_CSI, _SS3, _BROKEN_CSI)):
            yield from self._end()

    def _end(self) -> Iterable[Message]:
        """Give a whole sequence on."""
        self._where = _Where.KEYS
        sequence = self._held
        if len(sequence) > _LONGEST or sequence == "\x1b\\":  # too long for Textual; the end of a string
            return
        is_alt = sequence[1] not in "[O"
        for event in self._read(sequence, is_alt=is_alt):
            if not (self._late and isinstance(event, events.Key)):
                yield event

    def _read(self, whole: str, *, is_alt: bool = False) -> Iterable[Message]:
        """What Textual reads in something whole; nothing where it cannot be read."""
        try:
            yield from list(super().feed(whole)) if whole else ()
        except (ArithmeticError, LookupError, ValueError):  # numbers that are no characters, and the like
            self._restart()
            return
        if self._timeout_time is not None:  # it waits for more, after which it would take all for single keys
            self._restart()
            if is_alt:
                yield from map(_with_alt, super().feed(whole[1:]))

    def _restart(self) -> None:
        """Have Textual's parser forget what it waits for."""
        self._tokens.clear()
        self._timeout_time = None
        self._gen = self.parse(self._tokens.append)
        self._awaiting = next(self._gen)


def _with_alt(event: Message) -> Message:
    """The key with alt held, which no command has: alt and space are not a space."""
    return events.Key(f"alt+{event.key}", None) if isinstance(event, events.Key) else event


class _UntilTheEnd:
    """Decodes what was read. Raises EOFError where that is nothing: Textual would read again, and again."""

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
