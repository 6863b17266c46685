"""Keys, pastes and answers of the terminal stay whole, however slow the line is; no bytes do harm."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual import events
from textual._ansi_sequences import ANSI_SEQUENCES_KEYS
from textual.keys import Keys
from textual.message import Message

from tiebreak.tui.terminal_input import REST, WholeKeyParser

SEQUENCES = [
    *(sequence for sequence in ANSI_SEQUENCES_KEYS if sequence.startswith(("\x1b[", "\x1bO"))),
    *("\x1b[97;5u", "\x1b[97;1u", "\x1b[57441;2u", "\x1b[1;5:1A"),  # Kitty's
    *("\x1b[<0;10;10M", "\x1b[<35;200;50m", "\x1b[M !!", "\x1b[32;10;10M"),  # mice
    *("\x1b[I", "\x1b[O", "\x1b[12;40R", "\x1b[?2026;2$y", "\x1b[?1;2c", "\x1b[>41;354;0c", "\x1b[48;50;200;0;0t"),
]


def keys_of(parts: Sequence[str | float]) -> list[str]:
    """Return the keys and other events that the reader makes of `parts`: characters, and pauses in seconds."""
    now = 0.0
    parser = WholeKeyParser()
    parser.clock = lambda: now  # type: ignore[method-assign]
    read: list[Message] = []
    for part in (*parts, 2 * REST):
        if isinstance(part, str):
            read.extend(parser.feed(part))
        for _ in range(int(part / 0.05) if isinstance(part, float) else 0):
            now += 0.05
            read.extend(parser.tick())
        read.extend(parser.tick())
    return [event.key if isinstance(event, events.Key) else type(event).__name__ for event in read]


@pytest.mark.parametrize("sequence", SEQUENCES, ids=ascii)
def test_a_sequence_is_the_same_at_every_split(sequence: str) -> None:
    whole = keys_of([sequence])
    assert len(whole) <= 2
    for at in range(2, len(sequence)):
        assert keys_of([sequence[:at], 0.5, sequence[at:]]) == whole
    late = keys_of(["\x1b", 0.5, sequence[1:]])
    assert late[0] == "escape"
    assert all(key[0].isupper() for key in late[1:])  # events of a mouse or of the terminal, not keys


@given(
    st.sampled_from(SEQUENCES),
    st.lists(st.tuples(st.integers(1, 20), st.floats(0.05, 0.85)), max_size=4),
    st.sampled_from(["", "j"]),
)
def test_no_piece_of_a_sequence_is_ever_a_key(sequence: str, pauses: list[tuple[int, float]], after: str) -> None:
    parts: list[str | float] = []
    begin = 0
    for at, pause in sorted(pauses):
        if begin < at < len(sequence):
            parts += [sequence[begin:at], pause]
            begin = at
    keys = keys_of([*parts, sequence[begin:] + after])
    assert keys[len(keys) - len(after) :] == list(after)
    allowed = {"escape", *keys_of([sequence])}
    assert set(keys) - set(after) <= allowed | {"AppFocus", "AppBlur"}


@pytest.mark.parametrize("at", range(1, 12))
def test_a_paste_is_no_keys_wherever_its_markers_come_apart(at: int) -> None:
    start, end = "\x1b[200~", "\x1b[201~"
    pasted = f"{start}axA \x1b[31mx{end}"
    split = at if at < 6 else len(pasted) - 6 + at - 6
    keys = keys_of([pasted[:split], 0.5, pasted[split:], "j"])
    assert keys == ["escape", "Paste", "j"] if at == 1 else ["Paste", "j"]


@pytest.mark.parametrize(
    ("parts", "keys"),
    [
        (["\x1b"], ["escape"]),
        (["\x1b", 0.2, "a"], ["escape", "a"]),
        (["\x1b", 1.2, "["], ["escape", "left_square_bracket"]),
        (["\x1b[", 1.2, "a"], ["a"]),
        (["\x1b", 0.3, "[", 1.2, "a"], ["escape", "a"]),
        (["\x1b\x1b[A"], ["escape", "up"]),
        (["\x1ba"], ["alt+a"]),
        (["\x1b "], ["alt+space"]),  # without space, which would ignore the example
        (["\x1b\r"], ["alt+enter"]),
        (["\x1b[", 0.3, "\x1b[A"], ["up"]),
        (["\x1b]11;rgb:1/2/3\x1b\\a"], ["a"]),
        (["\x1b]11;rgb:1/2/3\x07a"], ["a"]),
        (["\x1b]11;rgb", 0.5, ":1/2/3\x1b", 0.5, "\\a"], ["a"]),
        (["\x1bP>|tmux\x1b[A"], ["up"]),
        (["\x1b[12345;6789zA"], ["A"]),  # an unknown sequence
        (["\x1b[" + "1" * 1000 + "Aa"], ["a"]),
        (["\x1b[99999999999999999999ua"], ["a"]),
        (["\x1b[1114112ua"], ["a"]),
    ],
    ids=ascii,
)
def test_what_is_read_of(parts: list[str | float], keys: list[str]) -> None:
    assert [key for key in keys_of(parts) if key != Keys.Ignore] == keys


def test_a_key_that_was_sent_in_time_is_whole_where_it_is_read_late() -> None:
    """The process was busy for seconds: both parts of the key wait in the input when it reads again."""
    parser = WholeKeyParser()
    now = 0.0
    parser.clock = lambda: now  # type: ignore[method-assign]
    assert list(parser.feed("\x1b")) == []
    now = 5.0
    assert [event.key for event in parser.feed("[A") if isinstance(event, events.Key)] == ["up"]


@given(
    st.lists(
        st.text(st.sampled_from("\x1b\x1b\x1b[[O<>?;:0129~$uMmARP]\x07\\ \x7fa\u0301日\x00"), min_size=1, max_size=30)
    )
)
def test_no_characters_do_harm(parts: list[str]) -> None:
    keys_of([*parts, "\x07", 1.5])
    assert keys_of([*parts, "\x1b[201~", 1.5, "\x07", 1.5, "j"])[-1] == "j"
