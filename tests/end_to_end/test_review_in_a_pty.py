"""The review screen in a real terminal: durability, undo, sizes, hostile texts, two annotators."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
from pathlib import Path

import pytest
from command_line import Run, introduce, review
from end_to_end.terminal import Terminal
from files import write_jsonl


def answers(store: Path) -> list[tuple[str, str]]:
    with sqlite3.connect(store) as connection:
        return connection.execute("SELECT annotator, answer FROM answers_in_force ORDER BY id").fetchall()


def test_an_answer_is_on_disk_before_the_next_example_is_drawn(store: Path) -> None:
    with Terminal(review(store)) as terminal:
        terminal.wait_for("8 left")
        for done in range(1, 6):
            terminal.answer("a")
            terminal.wait_for(f"{done} done")
            assert len(answers(store)) == done
        terminal.kill()
    assert len(answers(store)) == 5
    with Terminal(review(store)) as terminal:
        terminal.wait_for("3 left")


@pytest.mark.full
def test_undo_goes_back_without_limit_across_restarts(store: Path) -> None:
    with Terminal(review(store)) as terminal:
        terminal.wait_for("8 left")
        terminal.answer("axa")
        terminal.wait_for("3 done")
        terminal.send("q")
        assert terminal.wait() == 0
    with Terminal(review(store)) as terminal:
        terminal.wait_for("5 left")
        terminal.send("u")
        terminal.wait_for("6 left")
        terminal.send("\x7f")  # backspace
        terminal.wait_for("7 left")
        terminal.send("u")
        terminal.wait_for("8 left")
        terminal.send("u")
        terminal.wait_for("nothing to take back")
    assert answers(store) == []


def test_every_answer_key_saves_its_answer(store: Path) -> None:
    with Terminal(review(store)) as terminal:
        terminal.wait_for("8 left")
        terminal.answer("ax ")
        terminal.wait_for("3 done")
        terminal.send("q")
        terminal.wait()
    assert [answer for _, answer in answers(store)] == ["accept", "reject", "ignore"]


@pytest.mark.full
def test_agreed_examples_are_shown_only_when_asked_for(store: Path) -> None:
    with Terminal(review(store, "--include-agreed")) as terminal:
        terminal.wait_for("10 left")


@pytest.mark.full
def test_a_terminal_that_is_too_small_says_so_and_recovers(store: Path) -> None:
    with Terminal(review(store), columns=50, rows=10) as terminal:
        terminal.wait_for("Tiebreak needs 60x16")
        terminal.forget()
        terminal.resize(100, 30)
        terminal.wait_for("8 left")
        terminal.wait_for("Uber opens office")
        terminal.resize(40, 8)
        terminal.wait_for("The terminal is 40x8")
        terminal.send("q")
        assert terminal.wait() == 0


@pytest.mark.full
def test_two_annotators_at_once_lose_nothing(store: Path) -> None:
    with Terminal(review(store)) as sam, Terminal(review(store, annotator="kim")) as kim:
        sam.wait_for("8 left")
        kim.wait_for("8 left")
        for done in range(1, 5):
            sam.answer("a")
            kim.answer("x")
            sam.wait_for(f"{done} done")
            kim.wait_for(f"{done} done")
        sam.send("q")
        kim.send("q")
        sam.wait()
        kim.wait()
    given = answers(store)
    assert given.count(("sam", "accept")) == 4
    assert given.count(("kim", "reject")) == 4


HOSTILE = "\x1b]0;owned\x07\x1b[31mred\x1b[0m \x9b2J [red]markup[/red] \u202eevil\u202c \u200bzero\x00nul\ttab\r\nnext"


@pytest.mark.full
def test_hostile_text_never_reaches_the_terminal_and_comes_out_as_it_came(run: Run, tmp_path: Path) -> None:
    spans = [{"start": 0, "end": 5, "label": "\x1b[5mBLINK"}]
    source = [{"text": HOSTILE, "meta": {"note": "\x1b[2J"}, "spans": spans}]
    run("load", "h.db", write_jsonl(tmp_path / "a.jsonl", source), "--as", "\x1b[7mA")
    run("load", "h.db", write_jsonl(tmp_path / "b.jsonl", [{"text": HOSTILE, "spans": []}]), "--as", "[bold]B")
    introduce(tmp_path / "h.db", "sam")
    with Terminal(review(tmp_path / "h.db")) as terminal:
        terminal.wait_for("1 left")
        terminal.wait_for("[red]markup[/red]")
        for sequence in (b"\x1b]0;owned", b"\x1b[31mred", b"\x1b[5m", "\u202e".encode(), b"\xc2\x9b2J", b"\x00"):
            assert sequence not in terminal.output
        terminal.answer("a")
        terminal.wait_for("1 done")
        terminal.send("q")
        terminal.wait()
    run("export", "h.db", "out.jsonl")
    record = json.loads((tmp_path / "out.jsonl").read_text())
    assert (record["text"], record["meta"]) == (HOSTILE, {"note": "\x1b[2J"})
    assert record["spans"][0]["label"] == "\x1b[5mBLINK"
    for command in (("queue", "h.db", "--include-answered"), ("status", "h.db")):
        printed = run(*command)
        assert "\x1b" not in printed.stdout + printed.stderr


@pytest.mark.full
def test_a_paste_of_escape_codes_changes_nothing(store: Path) -> None:
    with Terminal(review(store)) as terminal:
        terminal.wait_for("8 left")
        terminal.send("\x1b[200~" + "axxa \x1b[31m" * 200 + "\x1b[201~")
        terminal.read()
        terminal.answer("a")
        terminal.wait_for("1 done")
    assert answers(store) == [("sam", "accept")]


@pytest.mark.full
def test_leaving_by_an_edit_keeps_the_edit_in_the_answer(store: Path, run: Run, tmp_path: Path) -> None:
    with Terminal(review(store)) as terminal:
        terminal.wait_for("8 left")
        terminal.send("e")
        terminal.wait_for("EDIT")
        terminal.send(".")  # Uber -> Uber opens
        terminal.send("\r")
        terminal.wait_for("Uber opens")
        terminal.answer("a")
        terminal.wait_for("1 done")
    run("export", store, "out.jsonl")
    record = json.loads((tmp_path / "out.jsonl").read_text())
    assert [(span["start"], span["end"], span["source"]) for span in record["spans"]] == [(0, 10, "human")]
    assert (record["spans"][0]["token_start"], record["spans"][0]["token_end"]) == (0, 1)


@pytest.mark.full
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP], ids=["SIGTERM", "SIGHUP"])
def test_a_signal_that_ends_the_review_restores_the_terminal(store: Path, number: signal.Signals) -> None:
    with Terminal(review(store)) as terminal:
        terminal.wait_for("8 left")
        terminal.answer("a")
        terminal.wait_for("1 done")
        os.kill(terminal.pid, number)
        terminal.wait(10)
        assert b"\x1b[?1049l" in terminal.output
        assert "Traceback" not in terminal.text
    assert answers(store) == [("sam", "accept")]


@pytest.mark.full
def test_ctrl_c_leaves_as_q_does(store: Path) -> None:
    with Terminal(review(store)) as terminal:
        terminal.wait_for("8 left")
        terminal.answer("a\x03")
        assert terminal.wait(10) == 0
        assert "1 answer saved" in terminal.text
