"""However the review ends, the next start has all choices, and the terminal is as it was."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import select
import signal
import sqlite3
import struct
import subprocess
import termios
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from command_line import TIEBREAK, review
from end_to_end.terminal import Terminal
from waiting import wait_until

from tiebreak.tui.driver import EXPLICIT, IMPLICIT

pytestmark = pytest.mark.full

SIGNALS = [signal.SIGTERM, signal.SIGHUP, signal.SIGINT]


def place(store: Path) -> dict[str, Any] | None:
    """Return the store's record of sam's place."""
    with sqlite3.connect(store) as connection:
        row = connection.execute("SELECT place FROM annotators WHERE name = 'sam'").fetchone()
    value: dict[str, object] | None = json.loads(row[0]) if row and row[0] else None
    return value


def read_until(file: int, text: bytes) -> None:
    output, end = b"", time.monotonic() + 30
    while text not in output:
        assert time.monotonic() < end, output
        if select.select([file], [], [], 0.1)[0]:
            output += os.read(file, 65536)


def answers(store: Path) -> list[str]:
    with sqlite3.connect(store) as connection:
        return [row[0] for row in connection.execute("SELECT answer FROM answers_in_force ORDER BY id")]


def restored(terminal: Terminal) -> bool:
    """Return whether the terminal has its own screen, cursor, and order of text back."""
    ends = [terminal.output.rfind(code.encode()) for code in ("\x1b[?1049l", "\x1b[?25h", IMPLICIT)]
    begins = [terminal.output.rfind(code.encode()) for code in ("\x1b[?1049h", "\x1b[?25l", EXPLICIT)]
    return all(0 <= begin < end for begin, end in zip(begins, ends, strict=True))


@pytest.mark.parametrize("number", SIGNALS, ids=lambda number: number.name)
def test_a_signal_keeps_what_was_chosen(store: Path, number: signal.Signals) -> None:
    with Terminal(review(store)) as terminal:
        terminal.wait_for("8 left")
        terminal.answer("a")
        terminal.wait_for("1 done")
        terminal.send("0")
        terminal.wait_for("1 not confirmed")
        os.kill(terminal.pid, number)
        assert terminal.wait(10) == 0
        assert restored(terminal)
        assert "Traceback" not in terminal.text
    assert answers(store) == ["accept"]
    with Terminal(review(store)) as terminal:
        terminal.wait_for("neither")
        terminal.wait_for("1 not confirmed")


@pytest.mark.parametrize("number", SIGNALS, ids=lambda number: number.name)
def test_a_signal_in_edit_mode_keeps_the_edit(store: Path, number: signal.Signals) -> None:
    with Terminal(review(store)) as terminal:
        terminal.wait_for("8 left")
        terminal.send("e")
        terminal.wait_for("EDIT")
        terminal.send(".")
        terminal.read(0.8)
        os.kill(terminal.pid, number)
        assert terminal.wait(10) == 0
        assert restored(terminal)
    kept = place(store)
    assert kept is not None
    assert [span["end"] for span in kept["spans"]] == [10]
    with Terminal(review(store)) as terminal:
        terminal.wait_for("8 left")
        terminal.wait_for("ORG Uber opens")


@pytest.mark.parametrize("keys", ["q", "\x03"], ids=["q", "ctrl+c"])
def test_leaving_by_a_key_keeps_what_was_chosen(store: Path, keys: str) -> None:
    with Terminal(review(store)) as terminal:
        terminal.wait_for("8 left")
        terminal.send("0" + keys)
        assert terminal.wait(10) == 0
        assert restored(terminal)
    kept = place(store)
    assert kept is not None
    assert kept["choices"][0]["choice"] == "neither"


def test_a_connection_that_drops_keeps_what_was_chosen(store: Path) -> None:
    terminal = Terminal(review(store))
    terminal.wait_for("8 left")
    terminal.send("0")
    terminal.wait_for("1 not confirmed")
    os.close(terminal._file)
    wait_until(terminal._ended, "still running without a terminal")
    assert terminal.status == 0
    kept = place(store)
    assert kept is not None
    assert kept["choices"][0]["choice"] == "neither"


def test_a_terminal_that_goes_without_a_signal_ends_the_review_and_keeps_what_was_chosen(store: Path) -> None:
    """No shell sends SIGHUP outside its own session: the end of the input is the only sign."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    process = subprocess.Popen(review(store), stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True)
    os.close(theirs)
    try:
        read_until(ours, b"8 left")
        os.write(ours, b"0")
        read_until(ours, b"1 not confirmed")
        os.close(ours)
        assert process.wait(10) == 0
    finally:
        process.kill()
        process.wait()
    kept = place(store)
    assert kept is not None
    assert kept["choices"][0]["choice"] == "neither"


def test_ctrl_z_gives_the_terminal_back_and_fg_goes_on(store: Path) -> None:
    with Terminal(review(store)) as terminal:
        terminal.wait_for("8 left")
        terminal.send("0")
        terminal.wait_for("1 not confirmed")
        for _ in range(2):
            terminal.send("\x1a")
            assert os.WIFSTOPPED(os.waitpid(terminal.pid, os.WUNTRACED)[1])
            terminal.read(0.1)
            assert restored(terminal)
            terminal.output = b""
            os.kill(terminal.pid, signal.SIGCONT)
            terminal.wait_for("1 not confirmed")
            assert EXPLICIT.encode() in terminal.output
        terminal.answer("a")
        terminal.wait_for("1 done")
        terminal.send("q")
        assert terminal.wait(10) == 0
    assert answers(store) == ["accept"]


def test_sigstop_and_sigcont_draw_the_screen_anew_and_keys_act_once(store: Path) -> None:
    with Terminal(review(store)) as terminal:
        terminal.wait_for("8 left")
        os.kill(terminal.pid, signal.SIGSTOP)
        assert os.WIFSTOPPED(os.waitpid(terminal.pid, os.WUNTRACED)[1])
        terminal.forget()
        os.kill(terminal.pid, signal.SIGCONT)
        terminal.wait_for("Uber opens")
        terminal.answer("ax")
        terminal.wait_for("2 done")
        terminal.send("q")
        assert terminal.wait(10) == 0
    assert answers(store) == ["accept", "reject"]


def test_kill_9_loses_no_answer_and_the_next_start_is_at_the_same_example(store: Path) -> None:
    with Terminal(review(store)) as terminal:
        terminal.wait_for("8 left")
        terminal.answer("a")
        terminal.wait_for("1 done")
        text = terminal.read()
        terminal.kill()
    assert answers(store) == ["accept"]
    with Terminal(review(store)) as terminal:
        terminal.wait_for("7 left")
        number = text.rpartition("Uber opens office ")[2][:1]
        assert f"Uber opens office {number}" in terminal.read()


def test_a_store_that_cannot_be_written_at_the_end_is_said_without_a_traceback(store: Path) -> None:
    with Terminal(review(store)) as terminal:
        terminal.wait_for("8 left")
        terminal.send("0")
        terminal.wait_for("1 not confirmed")
        with sqlite3.connect(store) as other:
            other.execute("DROP TABLE annotators")
        os.kill(terminal.pid, signal.SIGTERM)
        assert terminal.wait(60) == 1
        assert "the unanswered example on screen were not saved" in terminal.text
        assert "Traceback" not in terminal.text
        assert restored(terminal)


@pytest.mark.parametrize("edit", [False, True], ids=["review", "edit"])
def test_resizing_while_keys_are_typed_does_no_harm(store: Path, edit: bool) -> None:
    with Terminal(review(store)) as terminal:
        terminal.wait_for("8 left")
        if edit:
            terminal.send("e")
            terminal.wait_for("EDIT")
        for step in range(30):
            terminal.resize(60 + 7 * (step % 9), 16 + 3 * (step % 7))
            terminal.send("\x1b[C")
            terminal.read(0.01)
        terminal.resize(100, 30)
        terminal.read(0.5)
        terminal.answer("\ra" if edit else "a")
        terminal.wait_for("1 done")
        terminal.send("q")
        assert terminal.wait(10) == 0
    assert answers(store) == ["accept"]


def test_a_paste_of_a_megabyte_neither_acts_nor_freezes_the_screen(store: Path) -> None:
    with Terminal(review(store)) as terminal:
        terminal.wait_for("8 left")
        paste = ("\x1b[200~" + "axq \x1b[31m0" * 100_000 + "\x1b[201~").encode()
        while paste:
            paste = paste[os.write(terminal._file, paste[:4096]) :]
        began = time.monotonic()
        terminal.send("0")
        terminal.wait_for("1 not confirmed")
        assert time.monotonic() - began < 1.5
        terminal.send("q")
        assert terminal.wait(10) == 0
    assert answers(store) == []


@pytest.mark.parametrize("command", ["review", "shell"])
@pytest.mark.parametrize("key", ["\x1a", "\x1a\x1a\x1a"], ids=["once", "thrice"])
def test_ctrl_z_while_it_leaves_stops_nothing_where_there_is_no_shell_to_go_back_to(
    store: Path, command: str, key: str
) -> None:
    with Terminal([TIEBREAK, command, str(store), "--annotator", "sam"]) as terminal:
        terminal.wait_for("8 left")
        with closing(sqlite3.connect(store, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")  # the review waits to save, after it has given the terminal back
            terminal.send("q")
            while not restored(terminal):
                terminal.read(0.01)
            terminal.send(key)
            terminal.read(0.3)
            other.execute("ROLLBACK")
        assert terminal.wait(10) == 0
        assert "Traceback" not in terminal.text


def test_ctrl_z_while_it_leaves_stops_it_in_a_shell_and_fg_goes_on_leaving(store: Path) -> None:
    line = f"set -m; {TIEBREAK} review {store} --annotator sam; echo stopped; fg > /dev/null; echo left $?"
    with Terminal(["bash", "-c", line]) as terminal:
        terminal.wait_for("8 left")
        with closing(sqlite3.connect(store, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            terminal.send("q")
            while not restored(terminal):
                terminal.read(0.01)
            terminal.send("\x1a")
            terminal.wait_for("stopped")
            other.execute("ROLLBACK")
        terminal.wait_for("left 0")
        assert restored(terminal)
        assert "Traceback" not in terminal.text
