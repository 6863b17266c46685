"""A team at full speed in real terminals, with an engine beside it; kills at any moment; faults under a running review.

TIEBREAK_TEST_ANNOTATORS, TIEBREAK_TEST_ANSWERS (of each) and TIEBREAK_TEST_KILLS make the tests larger.
"""

from __future__ import annotations

import json
import os
import random
import resource
import shutil
import sqlite3
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from command_line import TIEBREAK, Run, introduce
from end_to_end.terminal import Terminal
from files import rows
from stores import create_store
from waiting import wait_until

from tiebreak.core.records import Prediction, Record, Span
from tiebreak.core.store.examples import add_examples
from tiebreak.core.store.plain_errors import LOCK_TIMEOUT
from tiebreak.core.store.predictions import save_predictions, start_run
from tiebreak.core.store.slices import set_slice_share
from tiebreak.tui.review.seen import LEAST_SEEN

pytestmark = pytest.mark.full

ANNOTATORS = int(os.environ.get("TIEBREAK_TEST_ANNOTATORS", "3"))
ANSWERS = int(os.environ.get("TIEBREAK_TEST_ANSWERS", "12"))
KILLS = int(os.environ.get("TIEBREAK_TEST_KILLS", "8"))
SEED = int(os.environ.get("TIEBREAK_TEST_SEED", "50"))
PREDICT = [sys.executable, "-c", "from tiebreak.tui.cli import main; main()", "predict"]
# Words that must not be on any screen while all is well.
TROUBLE = (
    "locked",
    "another program",
    "Traceback",
    "not saved",
    "nothing is saved",
    "nothing was saved",
    "took this example",
)
PASSED = "ignored: this"  # about a key that came before the annotator could have seen the example
# The seconds in a file shift the result of `time.time`, from one call to the next.
CLOCK = """
import os, time
if shift := os.environ.get("SHIFT_FILE"):
    real = time.time
    time.time = lambda: real() + float(open(shift).read())
"""


class Screen(Terminal):
    """A review in a pty that keeps all of its output."""

    def __init__(self, store: Path, annotator: str, **options: Any) -> None:
        self._before = b""
        command = [TIEBREAK, "review", str(store), "--annotator", annotator]
        super().__init__(command, folder=store.parent, **options)

    def __enter__(self) -> Screen:
        return self

    @property
    def text(self) -> str:
        """The output since the last key, with white space and the ends of rows as one space."""
        return f" {' '.join(super().text.split())} "

    @property
    def all_text(self) -> str:
        self._put_away()
        self.output, self._before = self._before, b""
        return self.text

    def send(self, keys: str) -> None:
        """Press keys; from now on `text` is the output after them."""
        self._put_away()
        super().send(keys)

    def press(self, keys: str, *awaited: str, timeout: float = 60.0) -> str:
        """Press keys, and return the first of `awaited` that appears on screen."""
        self.answer(keys)
        return self.wait_for_any(*awaited, timeout=timeout)

    def wait_for_any(self, *awaited: str, timeout: float = 60.0) -> str:
        end = time.monotonic() + timeout
        while True:
            ended = self._ended()
            self.read(0.003)
            text = self.text
            for each in awaited:
                if each in text:
                    return each
            assert not ended, f"the review ended with {self.status}:\n{self.all_text}"
            assert time.monotonic() < end, f"none of {awaited} appeared in:\n{text}"

    def leave(self, status: int = 0) -> None:
        self.send("q")
        assert self.wait() == status, self.all_text
        assert "Traceback" not in self.all_text

    def _put_away(self) -> None:
        self._before += self.output
        self.output = b""


def filled(path: Path, count: int, further: int = 0) -> Path:
    """Make a store of `count` examples on which two predictors differ, and `further` texts without predictions."""
    with create_store(path) as store:
        set_slice_share(store, 0)  # a single key does not answer a text of the slice
        records = [Record(f"Acme number {each} fell in Paris") for each in range(count + further)]
        ids, _ = add_examples(store, records, "test")
        for name, spans in (("left", (Span(0, 4, "ORG"),)), ("right", ())):
            run = start_run(store, predictor=name, kind="file", fingerprint="1", model="m")
            save_predictions(store, run, [Prediction(id, spans) for id in ids[:count]])
    introduce(path, *(f"a{number}" for number in range(max(2, ANNOTATORS))))
    return path


def in_force(store: Path) -> int:
    return int(rows(store, "SELECT count(*) FROM answers_in_force")[0][0])


def is_sound(run: Run, store: Path) -> None:
    assert json.loads(run("check", store, "--json").stdout)["found"] == []


@contextmanager
def engine_at_work(store: Path, pipeline: str) -> Iterator[None]:
    """`tiebreak predict` saves predictions, from before the block begins until after it ends."""
    command = [*PREDICT, store.name, pipeline, "--batch-size", "8", "--as", "engine"]
    engine = subprocess.Popen(
        command, cwd=store.parent, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL
    )
    try:
        wait_until(lambda: saved_by_engine(store) or engine.poll() is not None, "the engine saves nothing")
        assert engine.poll() is None, engine.communicate()[1]
        before = saved_by_engine(store)
        yield
        assert engine.poll() is None, "the engine ended too early"
        wait_until(lambda: saved_by_engine(store) > before, "the engine saves nothing more", 300)
    finally:
        engine.terminate()
        said = engine.communicate(timeout=60)[1]
    assert engine.returncode in (0, 143), said
    assert b"Traceback" not in said


def saved_by_engine(store: Path) -> int:
    return sum(ok for (ok,) in rows(store, "SELECT ok FROM runs WHERE kind <> 'file'"))


def play(screen: Screen, times: list[float], failures: list[str]) -> None:
    """Press `a` as soon as the next example may be answered, ANSWERS times."""
    try:
        for done in range(1, ANSWERS + 1):
            shown = PASSED
            while shown == PASSED:
                time.sleep(LEAST_SEEN)
                began = time.monotonic()
                screen.send("a")
                shown = screen.wait_for_any(f" {done} done", PASSED)
            times.append(time.monotonic() - began)
    except AssertionError as error:
        failures.append(str(error))


def test_a_team_at_full_speed_shares_the_examples_and_loses_nothing(
    tmp_path: Path, run: Run, pipeline: str, record_testsuite_property: Callable[[str, object], None]
) -> None:
    total = ANNOTATORS * ANSWERS
    store = filled(tmp_path / "store.db", total + total // 4 + 50, further=max(1500, 5 * total))
    run("team", store, "--overlap", "0.1")
    names = [f"a{number}" for number in range(ANNOTATORS)]
    failures: list[str] = []
    times: list[float] = []
    screens: list[Screen] = []
    try:
        screens += [Screen(store, name) for name in names]
        for screen in screens:
            screen.wait_for(" left", timeout=90)
        with engine_at_work(store, pipeline):
            before, began = saved_by_engine(store), time.monotonic()
            players = [threading.Thread(target=play, args=(screen, times, failures)) for screen in screens]
            for player in players:
                player.start()
            for player in players:
                player.join()
            seconds, saved = time.monotonic() - began, saved_by_engine(store) - before
        assert failures == []
        for screen in screens:
            screen.leave()
    finally:
        for screen in screens:
            screen.kill()
    trouble = [(word, screen.all_text) for screen in screens for word in TROUBLE if word in screen.all_text]
    assert trouble == []
    given = rows(store, "SELECT example_id, annotator FROM answers")  # each answer that was ever saved
    assert Counter(name for _, name in given) == dict.fromkeys(names, ANSWERS)
    assert len(set(given)) == len(given) == in_force(store) == total
    overlap = {id for (id,) in rows(store, "SELECT example_id FROM queue WHERE overlap = 1")}
    twice = {id for id, count in Counter(id for id, _ in given).items() if count > 1}
    assert twice <= overlap
    assert twice or total < 100
    assert rows(store, "SELECT * FROM on_screen") == []
    is_sound(run, store)
    figures = {"annotators": ANNOTATORS, "answers": total, "seconds": round(seconds, 1), "predictions saved": saved}
    figures |= {"by several": len(twice), "overlap": len(overlap), "slowest key": round(max(times), 3)}
    record_testsuite_property("figures", json.dumps(figures))


def test_a_kill_at_any_moment_loses_no_answer_that_was_reported(
    tmp_path: Path, run: Run, record_testsuite_property: Callable[[str, object], None]
) -> None:
    store, chance = filled(tmp_path / "store.db", 60 + 12 * KILLS), random.Random(SEED)
    moments: Counter[str] = Counter()
    for number in range(KILLS):
        here = f"seed {SEED}, kill {number}"
        kept, held = in_force(store), free_again(store)
        with Screen(store, f"a{number % 2}") as screen:
            if chance.random() < 0.2:  # it dies while it starts
                pressed = confirmed = 0
                screen.read(0.01)
                time.sleep(chance.uniform(0.0, 0.6))
            else:
                screen.wait_for(" left")
                assert not held or rows(store, "SELECT example_id FROM on_screen") == held, here
                pressed, confirmed = press_until(screen, time.monotonic() + chance.uniform(0.0, 1.0))
            screen.kill()
            screen.read(0.02)
            confirmed += f" {confirmed + 1} done" in screen.text
        now = in_force(store)
        assert kept + confirmed <= now <= kept + pressed, (
            f"{here}: {kept} before, {confirmed} told, {pressed} pressed, now {now}"
        )
        moments[
            "starting" if not pressed else "saved, not told" if now > kept + confirmed else "told or not saved"
        ] += 1
        assert json.loads(run("check", store, "--json", check=False).stdout)["found"] == [], here
    kept, held = in_force(store), free_again(store)
    with Screen(store, f"a{KILLS % 2}") as screen:
        screen.wait_for(f" {60 + 12 * KILLS - kept} left")
        assert not held or rows(store, "SELECT example_id FROM on_screen") == held
        screen.press("a", " 1 done")
        screen.leave()
    assert in_force(store) == kept + 1
    record_testsuite_property("figures", json.dumps({"kills": KILLS, "answers": kept, "seed": SEED, **moments}))


def free_again(store: Path) -> list[Any]:
    """Return the example that the killed review had on screen, which the next review gets first."""
    return rows(
        store,
        "SELECT example_id FROM on_screen WHERE example_id NOT IN (SELECT example_id FROM answers_in_force)",
    )


def press_until(screen: Screen, end: float) -> tuple[int, int]:
    """Press `a` at full speed, ten times at most; return how often, and how many answers the screen counts."""
    pressed = confirmed = 0
    while time.monotonic() < end and confirmed < 10:
        time.sleep(LEAST_SEEN + 0.02)
        screen.send("a")
        pressed += 1
        while time.monotonic() < end and confirmed < pressed:
            screen.read(0.001)
            confirmed += f" {confirmed + 1} done" in screen.text
    return pressed, confirmed


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 2 MB, in memory."""
    folder = tmp_path / "small"
    folder.mkdir()
    mount("-t", "tmpfs", "-o", "size=2m", "tmpfs", str(folder))
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=False)


def mount(*arguments: str) -> None:
    if not shutil.which("mount") or subprocess.run(["mount", *arguments], capture_output=True, check=False).returncode:
        pytest.skip("mounting a file system needs root")


def fill(disk: Path) -> Path:
    """Fill a disk; return the file that takes the room."""
    with (disk / "filler").open("wb", buffering=0) as file:
        for size in (65536, 4096, 1):
            try:
                while True:
                    file.write(bytes(size))
            except OSError:
                continue
    return disk / "filler"


def press_until_refused(screen: Screen, done: int, refusal: str) -> int:
    """Press `a` until the review refuses it; return how many answers the screen counted by then."""
    for _ in range(100):
        if screen.press("a", f" {done + 1} done", refusal) == refusal:
            return done
        done += 1
    raise AssertionError(f"100 answers without {refusal!r}")


def test_a_full_disk_is_reported_and_review_goes_on_once_there_is_room(small_disk: Path, run: Run) -> None:
    store = filled(small_disk / "store.db", 300)
    with Screen(store, "a0") as screen:
        screen.wait_for(" 300 left")
        screen.press("a", " 1 done")
        filler = fill(small_disk)
        done = press_until_refused(screen, 1, "the disk is full")
        screen.answer("ax")
        assert f" {done + 1} done" not in screen.read()
        assert in_force(store) == done
        filler.unlink()
        screen.press("a", f" {done + 1} done")
        screen.press("a", f" {done + 2} done")
        screen.leave()
    assert in_force(store) == done + 2
    is_sound(run, store)


def test_a_review_that_leaves_a_full_disk_keeps_what_was_reported(small_disk: Path, run: Run) -> None:
    store = filled(small_disk / "store.db", 300)
    with Screen(store, "a0") as screen:
        screen.wait_for(" 300 left")
        fill(small_disk)
        done = press_until_refused(screen, 0, "the disk is full")
        screen.send("q")
        assert screen.wait() in (0, 1)
        assert "Traceback" not in screen.all_text
    with Screen(store, "a0") as screen:  # nor can a review start
        if screen.wait_for_any(" left", "the disk is full", "failed") != " left":
            assert screen.wait() == 1
        assert "Traceback" not in screen.all_text
    (small_disk / "filler").unlink()
    assert in_force(store) == done
    is_sound(run, store)


def test_a_disk_that_refuses_to_write_is_reported_and_review_goes_on_afterwards(tmp_path: Path, run: Run) -> None:
    store = filled(tmp_path / "store.db", 20)
    with Screen(store, "a0") as screen:
        screen.wait_for(" 20 left")
        screen.press("a", " 1 done")
        limits = resource.prlimit(screen.pid, resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))
        assert screen.press("a", "failed", " 2 done") == "failed"
        assert in_force(store) == 1
        resource.prlimit(screen.pid, resource.RLIMIT_FSIZE, limits)
        screen.press("a", " 2 done")
        screen.leave()
    assert in_force(store) == 2
    is_sound(run, store)


def test_a_folder_that_becomes_read_only_costs_nothing(tmp_path: Path, run: Run) -> None:
    folder = tmp_path / "shared"
    folder.mkdir()
    store = filled(folder / "store.db", 20)
    with Screen(store, "a0") as screen:
        screen.wait_for(" 20 left")
        screen.press("a", " 1 done")
        mount("--bind", str(folder), str(folder))
        try:
            mount("-o", "remount,bind,ro", str(folder))
            done = 2 if screen.press("a", " 2 done", "read-only", "cannot be") == " 2 done" else 1
            with Screen(store, "a1") as other:
                assert other.wait() == 1
                assert "read-only" in other.all_text
                assert "Traceback" not in other.all_text
        finally:
            subprocess.run(["umount", "-l", str(folder)], check=False)
        assert in_force(store) == done
        screen.press("a", f" {done + 1} done")
        screen.leave()
    assert in_force(store) == done + 1
    is_sound(run, store)


@pytest.mark.parametrize("replaced", [False, True], ids=["deleted", "replaced"])
def test_a_store_that_goes_under_a_review_is_reported_and_nothing_is_made_of_it(tmp_path: Path, replaced: bool) -> None:
    store = filled(tmp_path / "store.db", 20)
    other = filled(tmp_path / "other.db", 20).read_bytes()
    with Screen(store, "a0") as screen:
        screen.wait_for(" 20 left")
        screen.press("a", " 1 done")
        # A learner that begins later would open the store as it is then.
        wait_until(lambda: rows(store, "SELECT count(*) FROM learners") == [(1,)], "no learner")
        for path in tmp_path.glob("store.db*"):
            path.unlink()
        if replaced:
            store.write_bytes(other)
        screen.press("a", "the store was deleted or replaced while it was open; nothing was saved")
        for key in "axsu":
            screen.send(key)
            assert " 2 done" not in screen.read(0.2)
        screen.leave(status=1)
    left = {path.name: path.read_bytes() for path in tmp_path.glob("store.db*")}
    assert left == ({"store.db": other} if replaced else {})


def test_a_program_that_keeps_the_store_locked_is_reported_and_waited_for(tmp_path: Path, run: Run) -> None:
    store = filled(tmp_path / "store.db", 20)
    with Screen(store, "a0") as screen, closing(sqlite3.connect(store, isolation_level=None)) as other:
        screen.wait_for(" 20 left")
        screen.press("a", " 1 done")
        other.execute("BEGIN IMMEDIATE")
        began = time.monotonic()
        screen.press("a", "waiting for the store")
        screen.send("aax")  # in vain: no such example is on screen
        shown = f"another program has held the store locked for {LOCK_TIMEOUT:.0f} seconds"
        screen.wait_for(shown)
        assert time.monotonic() - began < LOCK_TIMEOUT + 3
        other.execute("ROLLBACK")
        screen.read(0.5)
        assert in_force(store) == 1
        screen.press("a", " 2 done")
        other.execute("BEGIN IMMEDIATE")
        screen.press("a", "waiting for the store")
        other.execute("ROLLBACK")
        screen.wait_for(" 3 done")  # the waiting key counts once the wait is over
        screen.leave()
    assert in_force(store) == 3
    is_sound(run, store)


def test_a_clock_that_is_set_back_under_a_review_changes_neither_order_nor_undo_nor_holds(
    tmp_path: Path, run: Run
) -> None:
    store = filled(tmp_path / "store.db", 20)
    shift = tmp_path / "shift"
    shift.write_text("0")
    (tmp_path / "sitecustomize.py").write_text(CLOCK)
    path = os.pathsep.join(filter(None, [str(tmp_path), os.environ.get("PYTHONPATH")]))
    environment = {"PYTHONPATH": path, "SHIFT_FILE": str(shift)}
    with Screen(store, "a0", environment=environment) as screen:
        screen.wait_for(" 20 left")
        screen.press("a", " 1 done")
        screen.press("x", " 2 done")
        shift.write_text("-86400")
        screen.press("a", " 3 done")
        screen.press(" ", " 4 done")
        given = rows(store, "SELECT answer, answered_at, example_id FROM answers ORDER BY id")
        assert [answer for answer, *_ in given] == ["accept", "reject", "accept", "ignore"]
        assert given[2][1] < given[1][1] - 80_000
        for done in (3, 2, 1):
            screen.press("u", f" {done} done")
            assert undone(store) == {example_id for *_, example_id in given[done:]}
        held = rows(store, "SELECT example_id FROM on_screen")
        with Screen(store, "a1", environment=environment) as other:
            other.wait_for(" left")
            assert len({*held, *rows(store, "SELECT example_id FROM on_screen")}) == 2
            other.leave()
        screen.press("a", " 2 done")
        screen.leave()
    assert in_force(store) == 2
    is_sound(run, store)


def undone(store: Path) -> set[int]:
    """Return the examples whose answers were taken back."""
    return {id for (id,) in rows(store, "SELECT example_id FROM undone_answers JOIN answers ON answers.id = answer_id")}
