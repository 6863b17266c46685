"""backup, check, history and restore as a person runs them, also while others answer."""

from __future__ import annotations

import json
import math
import shutil
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest
from command_line import TIEBREAK, Run, review
from end_to_end.terminal import Terminal
from files import change, rows
from waiting import wait_until


def answer(store: Path, keys: str, done: int, annotator: str = "sam") -> None:
    with Terminal(review(store, annotator=annotator)) as terminal:
        terminal.wait_for(" left")
        terminal.answer(keys)
        terminal.wait_for(f"{done} done")
        terminal.send("q")
        assert terminal.wait() == 0


@pytest.mark.full
def test_a_backup_while_a_review_is_open_has_each_answer_that_the_screen_has_counted(
    store: Path, run: Run, tmp_path: Path
) -> None:
    with Terminal(review(store)) as terminal:
        terminal.wait_for("8 left")
        for done in range(1, 5):
            terminal.answer("a")
            terminal.wait_for(f"{done} done")
            out = tmp_path / f"copy{done}.db"
            ended = run("backup", "store.db", out)
            assert (ended.stdout, ended.stderr) == ("", f"{out}: {out.stat().st_size:,} bytes, verified\n")
            assert rows(out, "SELECT count(*) FROM answers") == [(done,)]
        copies = [
            subprocess.Popen([TIEBREAK, "backup", "store.db", f"while{number}.db"], cwd=tmp_path) for number in range(2)
        ]
        terminal.answer("aaaa")
        terminal.wait_for("8 done")
        assert [each.wait(60) for each in copies] == [0, 0]
        terminal.send("q")
        terminal.wait()
    for number in range(2):
        assert "the store is whole" in run("check", f"while{number}.db").stdout
    answer(tmp_path / "copy2.db", "a", 1)  # it is a store like any other
    assert rows(store, "SELECT count(*) FROM answers") == [(8,)]


@pytest.mark.full
def test_a_backup_without_a_name_stands_beside_the_store_and_is_its_owners_alone(
    store: Path, run: Run, tmp_path: Path
) -> None:
    run("backup", "store.db")
    [copy] = tmp_path.glob("store.db.*.backup")
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    assert rows(copy, "SELECT count(*) FROM examples") == [(10,)]


@pytest.mark.full
@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("backup", "none.db"), "none.db: no such store"),
        (("backup", "left.jsonl", "copy.db"), "left.jsonl: not a Tiebreak store"),
        (("backup", "store.db", "store.db"), "store.db: exists already; name a new file"),
        (("backup", "store.db", "left.jsonl"), "left.jsonl: exists already"),
        (("backup", "store.db", "no/copy.db"), "the folder no does not exist"),
        (("check", "none.db"), "none.db: no such store"),
        (("check", "left.jsonl"), "not a Tiebreak store"),
        (("history", "none.db"), "none.db: no such store"),
        (("restore", "store.db", "then.db", "--as-of", "yesterday"), "--as-of yesterday: not a time; write it as in"),
        (("restore", "store.db", "store.db", "--as-of", "2026-01-01"), "store.db: exists already"),
        (("restore", "none.db", "then.db", "--as-of", "2026-01-01"), "none.db: no such store"),
        (("restore", "none.db", "then.db"), "none.db: no such store"),
        (("restore", "store.db", "store.db"), "store.db: exists already; name a new file, or use --force"),
        (("restore", "left.jsonl", "store.db", "--force"), "left.jsonl: not a Tiebreak store"),
        (("restore", "store.db", "left.jsonl", "--force"), "left.jsonl: not a Tiebreak store"),
        (("restore", "store.db", "no/copy.db"), "the folder no does not exist"),
    ],
)
def test_what_cannot_be_done_is_one_message_and_leaves_nothing(
    store: Path, run: Run, tmp_path: Path, arguments: tuple[str, ...], said: str
) -> None:
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    result = run(*arguments, check=False)
    assert (result.returncode, result.stdout) == (2 if "--as-of yesterday" in said else 1, "")
    assert said in result.stderr
    assert len(result.stderr.splitlines()) == 1
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


@pytest.mark.full
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a shell with ulimit -f")
def test_a_backup_that_does_not_fit_leaves_nothing(store: Path, tmp_path: Path) -> None:
    result = subprocess.run(
        ["sh", "-c", f"ulimit -f 200; exec {TIEBREAK} backup store.db copy.db"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert result.returncode == 1
    assert result.stderr.startswith("tiebreak: copy.db: ")
    assert len(result.stderr.splitlines()) == 1
    assert not list(tmp_path.glob("*copy*"))


@pytest.mark.full
def test_a_whole_store_is_whole_and_check_says_so(store: Path, run: Run) -> None:
    assert run("check", "store.db").stdout == "the store is whole\n"
    assert json.loads(run("check", "store.db", "--json").stdout) == {
        "found": [],
        "repaired": [],
        "backup": None,
        "was_old": False,
    }
    assert run("check", "store.db", "--repair").stdout == "the store is whole\n"


def test_what_check_finds_it_repairs_after_a_backup_and_the_answers_stay(store: Path, run: Run, tmp_path: Path) -> None:
    answer(store, "ax", 2)
    before = rows(store, "SELECT * FROM answers")
    change(
        store,
        "UPDATE queue SET answered = 0",
        "INSERT INTO differences VALUES (99, 0, 0, 1, 'missing', '{}')",
        "CREATE TRIGGER evil AFTER UPDATE ON queue BEGIN DELETE FROM predictions; END",
    )
    found = run("check", "store.db", check=False)
    assert found.returncode == 1
    assert "can be repaired: the trigger evil is not Tiebreak’s" in found.stdout
    assert "can be repaired: queue.answered: wrong in 2 rows" in found.stdout
    assert "To repair what can be repaired: tiebreak check store.db --repair" in found.stderr
    assert not list(tmp_path.glob("*.backup"))
    repaired = run("check", "store.db", "--repair")
    [copy] = tmp_path.glob("store.db.before-repair.*.backup")
    assert repaired.stdout.splitlines() == [
        f"backup from before the repair: {copy.name}",
        "repaired: removed the trigger evil",
        "repaired: removed 1 row of differences that referred to nothing",
        "repaired: corrected queue.answered in 2 rows",
        "the store is whole",
    ]
    assert rows(copy, "SELECT count(*) FROM differences WHERE example_id = 99") == [(1,)]
    assert rows(store, "SELECT * FROM answers") == before
    assert rows(store, "SELECT count(*) FROM predictions") == [(20,)]
    assert run("check", "store.db").stdout == "the store is whole\n"


@pytest.mark.full
def test_what_cannot_be_repaired_is_reported_and_stays(store: Path, run: Run, tmp_path: Path) -> None:
    change(store, "UPDATE examples SET text = 'other' WHERE id = 1")
    for options in ((), ("--repair",)):
        result = run("check", "store.db", *options, check=False)
        assert result.returncode == 1
        assert "wrong: examples: text and digest do not match in 1 row" in result.stdout
        assert "Nothing of this can be repaired without loss. To go back to a backup" in result.stderr
    printed = json.loads(run("check", "store.db", "--json", check=False).stdout)
    assert [(each["can_repair"], each["is_fault"]) for each in printed["found"]] == [(False, True)] * len(
        printed["found"]
    )
    assert not list(tmp_path.glob("*.backup"))


def test_a_damaged_store_of_an_earlier_schema_is_reported_and_stays(run: Run, tmp_path: Path, data: Path) -> None:
    path = tmp_path / "old.db"
    shutil.copy(data / "store_v3.db", path)
    [(root,)] = rows(path, "SELECT rootpage FROM sqlite_master WHERE name = 'predictions'")
    [(size,)] = rows(path, "PRAGMA page_size")
    content = bytearray(path.read_bytes())
    content[(int(str(root)) - 1) * int(str(size)) + 3] ^= 0x5A  # this byte holds the page's number of cells
    path.write_bytes(content)
    for options in ((), ("--repair",)):
        result = run("check", "old.db", *options, check=False)
        assert result.returncode == 1
        assert "wrong: SQLite: " in result.stdout
    assert path.read_bytes() == content


@pytest.mark.full
def test_an_old_store_is_brought_up_to_date_with_a_copy_beside_it(run: Run, tmp_path: Path, data: Path) -> None:
    shutil.copy(data / "store_v2.db", tmp_path / "old.db")
    done = run("backup", "old.db", "asis.db")
    assert "brought up to date" not in done.stderr
    assert rows(tmp_path / "asis.db", "PRAGMA user_version") == [(2,)]
    checked = run("check", "old.db")
    [copy] = tmp_path.glob("old.db.schema2.*.backup")
    assert checked.stdout == "the store is whole\n"
    assert f"old.db: brought up to date; the old store is kept in {copy.name}" in checked.stderr
    assert run("check", copy.name).stdout == "the store is whole\n"
    assert run("history", "old.db").stdout.count("\n") == 2


@pytest.mark.full
def test_history_lists_what_was_answered_and_taken_back(store: Path, run: Run) -> None:
    answer(store, "axu", 1)
    answer(store, "x", 1, "kim")
    lines = run("history", "store.db").stdout.splitlines()
    assert len(lines) == 4
    assert [line.split()[3] for line in lines[1:]] == ["sam", "sam", "kim"]
    assert ["↶" in line for line in lines[1:]] == [False, True, False]
    entries = [json.loads(line) for line in run("history", "store.db", "--json").stdout.splitlines()]
    assert [(each["annotator"], each["answer"], each["in_force"]) for each in entries] == [
        ("sam", "accept", True),
        ("sam", "reject", False),
        ("kim", "reject", True),
    ]
    newest = run("history", "store.db", "--annotator", "sam", "--limit", "1", "--json").stdout
    assert [json.loads(line)["id"] for line in newest.splitlines()] == [2]
    of_one = run("history", "store.db", "--example", entries[0]["example_id"], "--json").stdout
    assert {json.loads(line)["example_id"] for line in of_one.splitlines()} == {entries[0]["example_id"]}
    nobody = run("history", "store.db", "--annotator", "nobody")
    assert (nobody.stdout, nobody.stderr) == ("", "no answer in the log matches\n")
    assert run("history", "store.db", "--limit", "0", check=False).returncode == 2


@pytest.mark.full
def test_history_with_times_that_no_calendar_has(store: Path, run: Run) -> None:
    answer(store, "a", 1)
    trigger = "answers_are_never_changed"
    [(sql,)] = rows(store, f"SELECT sql FROM sqlite_master WHERE name = '{trigger}'")
    change(store, f"DROP TRIGGER {trigger}", "UPDATE answers SET answered_at = 1e300", str(sql))
    assert run("history", "store.db").stdout.splitlines()[1].startswith("1e+300")


@pytest.mark.full
def test_restore_gives_the_store_as_it_was_and_leaves_the_other_as_it_is(store: Path, run: Run, tmp_path: Path) -> None:
    answer(store, "a", 1)
    [(answered_at,)] = rows(store, "SELECT answered_at FROM answers")
    second = math.ceil(answered_at)
    moment = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(second))
    wait_until(lambda: time.time() > second)
    answer(store, "uxx", 2)
    before = rows(store, "SELECT * FROM answers")
    done = run("restore", "store.db", "then.db", "--as-of", moment)
    assert done.stderr == (f"then.db: as of {moment}, without what came later: 2 answers, 0 remarks and 1 undo\n")
    assert stat.S_IMODE((tmp_path / "then.db").stat().st_mode) == 0o600
    assert rows(tmp_path / "then.db", "SELECT answer FROM answers_in_force") == [("accept",)]
    assert rows(store, "SELECT * FROM answers") == before
    assert run("check", "then.db").stdout == "the store is whole\n"
    answer(tmp_path / "then.db", "a", 1)


@pytest.mark.full
def test_going_back_to_a_backup_waits_for_no_review_and_keeps_what_it_replaces(
    store: Path, run: Run, tmp_path: Path
) -> None:
    answer(store, "a", 1)
    run("backup", "store.db", "saved.db")
    with Terminal(review(store)) as terminal:
        terminal.wait_for("7 left")
        terminal.answer("xx")
        terminal.wait_for("2 done")
        refused = run("restore", "saved.db", "store.db", "--force", check=False)
        assert refused.returncode == 1
        assert refused.stderr == (
            "tiebreak: store.db: it is open in another process (a review, its learner, an engine, Datasette); close it "
            "there, then try again\n"
        )
        terminal.answer("x")
        terminal.wait_for("3 done")
        terminal.send("q")
        assert terminal.wait() == 0
    done = run("restore", "saved.db", "store.db", "--force")
    [kept] = tmp_path.glob("store.db.replaced.*.backup")
    assert done.stderr.splitlines() == [
        f"{kept.name}: the old store.db",
        f"store.db: {store.stat().st_size:,} bytes, verified, from saved.db",
    ]
    assert rows(store, "SELECT count(*) FROM answers") == [(1,)]
    assert rows(kept, "SELECT count(*) FROM answers") == [(4,)]
    assert not [each.name for each in tmp_path.iterdir() if each.name.startswith((".", "store.db-"))]
    answer(store, "x", 1)
    run("restore", "saved.db", "another.db")
    assert run("check", "another.db").stdout == "the store is whole\n"


@pytest.mark.full
def test_names_that_a_shell_or_a_uri_would_take_apart(store: Path, run: Run, tmp_path: Path) -> None:
    odd = "a?b#c%20 d;e.db"
    store.rename(tmp_path / odd)
    run("backup", odd, f"copy {odd}")
    run("restore", odd, f"then {odd}", "--as-of", "2030-01-01")
    change(tmp_path / odd, "UPDATE queue SET answered = 1")
    found = run("check", odd, check=False)
    assert f"tiebreak check '{odd}' --repair" in found.stderr
    run("check", odd, "--repair")
    assert len(list(tmp_path.glob("*.backup"))) == 1
    assert not [path for path in tmp_path.iterdir() if path.name.startswith((".", "a?b#c%20 d;e.db-"))]


@pytest.mark.full
def test_a_backup_that_is_killed_leaves_no_file_of_its_name(store: Path, tmp_path: Path) -> None:
    code = (
        "import os, sys; from pathlib import Path; from tiebreak.core.store import backup, making\n"
        "making.verify_file = lambda *_: os.kill(os.getpid(), 9)\n"
        "backup.back_up(Path('store.db'), Path('copy.db'))\n"
    )
    killed = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, check=False, timeout=60)
    assert killed.returncode == -9
    assert not (tmp_path / "copy.db").exists()
    [left] = tmp_path.glob(".copy.db.*.tiebreak")
    assert stat.S_IMODE(left.stat().st_mode) == 0o700
