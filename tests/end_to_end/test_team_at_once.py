"""Annotators at work at the same time on one store, each in a real terminal, while predictions come in; and kills.

TIEBREAK_TEST_ANNOTATORS, TIEBREAK_TEST_ANSWERS (of each) and TIEBREAK_TEST_KILLS make the tests larger.
"""

from __future__ import annotations

import json
import os
import random
import sqlite3
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from command_line import TIEBREAK, Run, introduce
from end_to_end.terminal import Terminal

from tiebreak.core.records import Prediction, Record, Span
from tiebreak.core.store import create_store
from tiebreak.core.store.examples import add_examples
from tiebreak.core.store.predictions import save_predictions, start_run

ANNOTATORS = int(os.environ.get("TIEBREAK_TEST_ANNOTATORS", "3"))
ANSWERS = int(os.environ.get("TIEBREAK_TEST_ANSWERS", "10"))
KILLS = int(os.environ.get("TIEBREAK_TEST_KILLS", "5"))
WRITER = """
import sys, time
from tiebreak.core.records import Prediction, Span
from tiebreak.core.store import open_store
from tiebreak.core.store.predictions import pending_texts, save_predictions, start_run

with open_store(sys.argv[1]) as store:
    run = start_run(store, predictor="engine", kind="file", fingerprint="1", model="m")
    part = []
    for example_id, text in pending_texts(store, run):
        part.append(Prediction(example_id, (Span(0, 4, "C"),)))
        if len(part) == 8:
            save_predictions(store, run, part)
            part = []
            time.sleep(0.03)
"""
# What must stand on no screen.
TROUBLE = ("locked", "another program", "Traceback", "took this example", "waiting for the store")


def filled(path: Path, count: int) -> Path:
    with create_store(path) as store:
        ids, _ = add_examples(store, [Record(f"text {number} of the store") for number in range(count)], "test")
        for name, spans in (("left", (Span(0, 4, "A"),)), ("right", ())):
            run = start_run(store, predictor=name, kind="file", fingerprint="1", model="m")
            save_predictions(store, run, [Prediction(id, spans) for id in ids])
    introduce(path, *(f"annotator{number}" for number in range(ANNOTATORS)))
    return path


def review(store: Path, annotator: str) -> list[str]:
    return [TIEBREAK, "review", str(store), "--annotator", annotator]


def answer_many(terminal: Terminal, count: int, trouble: list[str]) -> None:
    """Press `a` as soon as the last answer is said to be saved, `count` times."""
    try:
        for done in range(1, count + 1):
            terminal.output = b""
            terminal.send("a")
            terminal.wait_for(f" {done} done", timeout=60)
            trouble += [f"{word}: {terminal.text[-500:]}" for word in TROUBLE if word in terminal.text]
    except AssertionError as error:
        trouble.append(str(error))


def check(run: Run, store: Path) -> None:
    assert json.loads(run("check", store, "--json").stdout)["found"] == []


def test_nobody_answers_what_another_has_and_nothing_is_lost(tmp_path: Path, run: Run) -> None:
    store = filled(tmp_path / "store.db", ANNOTATORS * ANSWERS + 300)
    run("team", store, "--overlap", "0.1")
    names = [f"annotator{number}" for number in range(ANNOTATORS)]
    trouble: list[str] = []
    terminals = [Terminal(review(store, name), folder=tmp_path) for name in names]
    writer = subprocess.Popen([sys.executable, "-c", WRITER, str(store)], stderr=subprocess.PIPE, text=True)
    try:
        for terminal in terminals:
            terminal.wait_for(" left", timeout=90)
        players = [threading.Thread(target=answer_many, args=(each, ANSWERS, trouble)) for each in terminals]
        for player in players:
            player.start()
        for player in players:
            player.join()
        for terminal in terminals:
            terminal.send("q")
            assert terminal.wait() == 0
    finally:
        for terminal in terminals:
            terminal.kill()
        writer.terminate()
        said = writer.communicate()[1]
    assert trouble == []
    assert said == ""
    with sqlite3.connect(store) as plain:
        answers = plain.execute("SELECT example_id, annotator FROM answers_in_force").fetchall()
        overlap = {id for (id,) in plain.execute("SELECT example_id FROM queue WHERE overlap = 1")}
        assert plain.execute("SELECT count(*) FROM on_screen").fetchone() == (0,)
        assert plain.execute("SELECT ok FROM runs ORDER BY id DESC LIMIT 1").fetchone()[0] > 0
    assert Counter(name for _, name in answers) == dict.fromkeys(names, ANSWERS)
    assert len(set(answers)) == ANNOTATORS * ANSWERS
    twice = {id for id, count in Counter(id for id, _ in answers).items() if count > 1}
    assert twice <= overlap
    assert twice or ANNOTATORS * ANSWERS < 100
    check(run, store)


def test_a_kill_at_any_moment_loses_no_answer_that_was_said_to_be_saved(tmp_path: Path, run: Run) -> None:
    store = filled(tmp_path / "store.db", 100 + 12 * KILLS)
    seed = random.randrange(10**6)
    chance = random.Random(seed)
    said = 0
    for number in range(KILLS):
        with Terminal(review(store, "annotator0"), folder=tmp_path) as terminal:
            terminal.wait_for(" left")
            echoed, end = 0, time.monotonic() + chance.uniform(0.0, 0.25)
            while time.monotonic() < end and echoed < 10:
                terminal.output = b""
                terminal.send("a")
                while time.monotonic() < end and f" {echoed + 1} done" not in terminal.text:
                    terminal.read(0.002)
                echoed += f" {echoed + 1} done" in terminal.text
            terminal.kill()
            terminal.read(0.02)
            echoed += f" {echoed + 1} done" in terminal.text
        with sqlite3.connect(store) as plain:
            (kept,) = plain.execute("SELECT count(*) FROM answers_in_force").fetchone()
        said += echoed
        assert kept >= said, f"seed {seed}, kill {number}: {said} were said to be saved, {kept} are"
        said = kept
        check(run, store)
    with Terminal(review(store, "annotator1" if ANNOTATORS > 1 else "annotator0"), folder=tmp_path) as terminal:
        terminal.wait_for(f"{100 + 12 * KILLS - said} left")  # what was on the killed screen is free


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 2 MB, in memory."""
    folder = tmp_path / "small"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(folder)], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("a small file system cannot be mounted here: that takes root")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=False)


def in_force(store: Path) -> int:
    with sqlite3.connect(store) as plain:
        return int(plain.execute("SELECT count(*) FROM answers_in_force").fetchone()[0])


def test_a_full_disk_is_told_and_costs_nothing_that_was_saved(small_disk: Path, run: Run) -> None:
    store = filled(small_disk / "store.db", 300)
    filler = small_disk / "filler"
    with Terminal(review(store, "annotator0")) as terminal:
        terminal.wait_for("300 left")
        terminal.send("a")
        terminal.wait_for("1 done")
        with filler.open("wb", buffering=0) as file:
            try:
                while True:
                    file.write(bytes(4096))
            except OSError:
                pass
        told = ""
        for _ in range(60):  # until SQLite's files need another page
            terminal.output = b""
            terminal.send("a")
            terminal.read(0.3)
            if "the disk is full" in terminal.text:
                told = terminal.text
                break
        assert told, terminal.text
        saved = in_force(store)
        filler.unlink()
        terminal.output = b""
        terminal.send("a")
        terminal.wait_for(f"{saved + 1} done")
        terminal.send("q")
        assert terminal.wait() == 0
    assert in_force(store) == saved + 1
    check(run, store)


def test_a_store_on_a_read_only_disk_is_told_before_anything_is_shown(small_disk: Path, run: Run) -> None:
    store = filled(small_disk / "store.db", 20)
    content = store.read_bytes()
    subprocess.run(["mount", "-o", "remount,ro,size=2m", str(small_disk)], check=True)
    with Terminal(review(store, "annotator0")) as terminal:
        assert terminal.wait() == 1
        assert "read-only" in terminal.text
        assert "Traceback" not in terminal.text
    assert "read-only" in run("team", store, "--overlap", "0.5", check=False).stderr
    assert store.read_bytes() == content


def test_a_store_that_is_deleted_under_a_review_is_told_and_nothing_takes_its_place(tmp_path: Path) -> None:
    store = filled(tmp_path / "store.db", 20)
    with Terminal(review(store, "annotator0"), folder=tmp_path) as terminal:
        terminal.wait_for("20 left")
        terminal.send("a")
        terminal.wait_for("1 done")
        for path in tmp_path.glob("store.db*"):
            path.unlink()
        terminal.output = b""
        terminal.send("a")
        terminal.wait_for("deleted or replaced while it was open")
        terminal.send("q")
        assert terminal.wait() == 1
        assert "Traceback" not in terminal.text
    assert not store.exists()


CLOCK = """
import os, time
if os.environ.get("SHIFT"):
    real = time.time
    time.time = lambda: real() + float(os.environ["SHIFT"])
"""


def test_a_clock_that_is_set_back_changes_neither_order_nor_undo(tmp_path: Path) -> None:
    store = filled(tmp_path / "store.db", 20)
    (tmp_path / "sitecustomize.py").write_text(CLOCK)
    path = os.pathsep.join(filter(None, [str(tmp_path), os.environ.get("PYTHONPATH")]))
    for shift in ("0", "-86400"):
        environment = {"PYTHONPATH": path, "SHIFT": shift}
        with Terminal(review(store, "annotator0"), folder=tmp_path, environment=environment) as terminal:
            terminal.wait_for(" left")
            terminal.send("ax")
            terminal.wait_for("2 done")
            terminal.send("q")
            assert terminal.wait() == 0
    with sqlite3.connect(store) as plain:
        times = [at for (at,) in plain.execute("SELECT answered_at FROM answers ORDER BY id")]
        newest = plain.execute("SELECT example_id FROM answers ORDER BY id DESC LIMIT 1").fetchone()
    assert times[2] < times[1] - 80_000
    with Terminal(review(store, "annotator0"), folder=tmp_path) as terminal:
        terminal.wait_for("16 left")
        terminal.send("u")
        terminal.wait_for("17 left")
    with sqlite3.connect(store) as plain:
        assert plain.execute(
            "SELECT example_id FROM answers WHERE id IN (SELECT answer_id FROM undone_answers)"
        ).fetchall() == [newest]
