"""Mishaps: hostile texts everywhere, two processes that update an old store at once, huge pastes."""

from __future__ import annotations

import os
import re
import subprocess
import time
from pathlib import Path

import pytest
from command_line import TIEBREAK, introduce
from end_to_end.terminal import Terminal

from tiebreak.core.records import LLMCall, Prediction, Record, Span
from tiebreak.core.store.examples import add_examples
from tiebreak.core.store.opening import create_store
from tiebreak.core.store.predictions import save_predictions, start_run

pytestmark = pytest.mark.full

SIGNS = "\x1b]0;PWN\x07\x1b[5;35;46mX\x9b31m\x08\u202eZ\u2066\u200f\u2028\x85\U000e0041[bold red]MK[/]"
POINTER = re.compile(rb"\x1b\]22;[a-z-]*\x07")  # Textual's own: the form of the mouse pointer
RAW = [b"\x07", b"\x08", b"\x1b]0;", b"\x1b[5;35;46m", *(sign.encode() for sign in "\x9b\x85\u202e\u2066\u200f\u2028")]


def hostile_store(path: Path) -> Path:
    text = f"Uber {SIGNS} opens in Paris {SIGNS}"
    call = LLMCall("prompt" + SIGNS, "response" + SIGNS, 1.0)
    with create_store(path) as store:
        ids, _ = add_examples(store, [Record(text, meta={"key" + SIGNS: "value" + SIGNS})], "source" + SIGNS)
        for name, label in (("left", "ORG"), ("right", "LOC")):
            run = start_run(store, predictor=name + SIGNS, kind="file", fingerprint="1", model="model" + SIGNS)
            save_predictions(store, run, [Prediction(ids[0], (Span(0, 4, label + SIGNS),), calls=(call,))])
        run = start_run(store, predictor="failed" + SIGNS, kind="file", fingerprint="1", model="m")
        save_predictions(store, run, [Prediction(ids[0], error="because" + SIGNS)])
    introduce(path, "sam" + SIGNS)
    return path


def test_no_screen_passes_on_what_a_terminal_would_act_on(tmp_path: Path) -> None:
    store = hostile_store(tmp_path / "hostile.db")
    with Terminal([TIEBREAK, "review", str(store), "--annotator", "sam" + SIGNS], columns=180, rows=50) as terminal:
        terminal.wait_for("1 left")
        for keys in ("n", f"\x1b[200~{SIGNS}\x1b[201~\r", "i", "\x1b[6~", "\x1b", "l", "\x1b", "et", "\x1b", "\x1b"):
            terminal.send(keys)
            terminal.read(0.2)
        for keys in ("/", f"\x1b[200~{SIGNS}\x1b[201~\r", "r", "\x1b", "?", "\x1b", "\x03"):
            terminal.send(keys)
            terminal.read(0.2)
        assert terminal.wait() == 0
        written = POINTER.sub(b"", terminal.output)
    assert [raw for raw in RAW if raw in written] == []
    assert b"[bold red]MK" in written


def test_two_that_open_an_old_store_at_once_both_bring_it_up_to_date(tmp_path: Path, data: Path) -> None:
    store = tmp_path / "old.db"
    store.write_bytes((data / "store_v1.db").read_bytes())
    runs = [subprocess.Popen([TIEBREAK, "status", str(store)], stderr=subprocess.PIPE, text=True) for _ in range(3)]
    said = [run.communicate(timeout=60)[1] for run in runs]
    assert [run.returncode for run in runs] == [0] * 3
    assert [line.count("brought up to date; ") for line in sorted(said)] == [0, 0, 1]
    assert len(list(tmp_path.glob("old.db.schema1.*.backup"))) == 1


def test_a_huge_paste_in_the_palette_does_not_slow_its_keys(store: Path) -> None:
    with Terminal([TIEBREAK, "review", str(store), "--annotator", "sam"]) as terminal:
        terminal.wait_for("8 left")
        terminal.send("\x10")
        terminal.wait_for("accept the answer as shown")
        paste = ("\x1b[200~" + "axq word 0日本\n" * 50_000 + "\x1b[201~").encode()
        while paste:
            paste = paste[os.write(terminal._file, paste[:4096]) :]
        terminal.read(0.3)
        began = time.monotonic()
        terminal.send("\x1b[D" * 30 + "\x03")
        assert terminal.wait(10) == 0
        assert time.monotonic() - began < 3
