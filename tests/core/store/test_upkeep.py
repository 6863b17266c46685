"""Backups, going back, checks and repairs: the content of a copy, the faults found, and answers that stay untouched."""

from __future__ import annotations

import os
import shutil
import sqlite3
import stat
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import closing
from pathlib import Path

import pytest
from files import change, rows
from hypothesis import given, settings
from hypothesis import strategies as st

from tiebreak.core.errors import ConfigError, StoreError
from tiebreak.core.records import Answer, LLMCall, Prediction, Span
from tiebreak.core.review.session import ReviewSession
from tiebreak.core.store import backup, making, schema
from tiebreak.core.store.answers import answers_in_force, save_answer, undo_last_answer
from tiebreak.core.store.backup import back_up, backup_name
from tiebreak.core.store.checking import check_store, repair_store
from tiebreak.core.store.connection import Store
from tiebreak.core.store.foreign import foreign_objects, own_statements
from tiebreak.core.store.history import answer_log
from tiebreak.core.store.opening import create_store, open_store
from tiebreak.core.store.permissions import share_with
from tiebreak.core.store.predictions import save_predictions, start_run
from tiebreak.core.store.remarks import save_remark
from tiebreak.core.store.replacing import restore
from tiebreak.core.store.words import index_words, word_index

Predict = Callable[[Store, str, Mapping[str, Iterable[Span] | str]], dict[str, int]]
A = Span(0, 4, "A")
KINDS = ("accept", "reject", "ignore")


@pytest.fixture
def some(store: Store, predict: Predict) -> Store:
    """Five examples on which two predictors differ; sam has answered two of them."""
    texts = [f"text {number}" for number in range(5)]
    predict(store, "left", {text: [A] for text in texts})
    predict(store, "right", {text: [] for text in texts})
    session = ReviewSession(store, "sam")
    review = session.next()
    for _ in range(2):
        assert review is not None
        review = session.answer(review, "accept", seconds=1, keys=1)
    session.leave(review)
    return store


def restore_as_of(path: Path, out: Path, moment: float) -> dict[str, int]:
    return restore(path, out, moment).left_out


def found(store: Store) -> list[str]:
    return [each.what for each in check_store(store) if each.is_fault]


def test_a_backup_is_one_private_file_with_all_that_is_in_the_store_and_its_log(some: Store, tmp_path: Path) -> None:
    out = tmp_path / "copy.db"
    assert back_up(some.path, out) == out.stat().st_size
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.glob("*copy*")] == ["copy.db"]
    for table in ("examples", "predictions", "answers", "queue", "settings"):
        assert rows(out, f"SELECT * FROM {table}") == rows(some.path, f"SELECT * FROM {table}")
    with open_store(out) as copy:
        assert check_store(copy) == []


def test_a_backup_while_others_write_is_of_one_moment(some: Store, tmp_path: Path) -> None:
    done = threading.Event()

    def write() -> None:
        with open_store(some.path) as other:
            while not done.is_set():
                with other.transaction():  # both or none
                    for name in ("one", "two"):
                        save_answer(other, Answer(1, name, "s", "accept", (A,)))

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for number in range(5):
            back_up(some.path, out := tmp_path / f"copy{number}.db")
            counts = dict(rows(out, "SELECT annotator, count(*) FROM answers GROUP BY 1"))
            assert counts.get("one") == counts.get("two")
    finally:
        done.set()
        writer.join()


@pytest.mark.parametrize("name", ["a?b#c%20d.db", "with space.db", "ü-λ.db"])
def test_odd_names_are_names(tmp_path: Path, name: str) -> None:
    create_store(tmp_path / name).close()
    back_up(tmp_path / name, tmp_path / f"copy {name}")
    with open_store(tmp_path / f"copy {name}") as copy:
        assert check_store(copy) == []
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([name, f"copy {name}"])


def test_a_backup_never_takes_the_place_of_a_file(some: Store, tmp_path: Path) -> None:
    (tmp_path / "there").write_text("mine")
    with pytest.raises(StoreError, match="there: exists already"):
        back_up(some.path, tmp_path / "there")
    with pytest.raises(StoreError, match=r"the folder .*none does not exist"):
        back_up(some.path, tmp_path / "none" / "copy.db")
    assert (tmp_path / "there").read_text() == "mine"
    first = backup_name(some.path)
    back_up(some.path, first)
    assert backup_name(some.path) != first


def test_a_damaged_store_gives_no_backup(some: Store, tmp_path: Path) -> None:
    some.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    some.close()
    content = bytearray(some.path.read_bytes())
    content[3 * 4096 : 6 * 4096] = os.urandom(3 * 4096)
    some.path.write_bytes(content)
    with pytest.raises(StoreError):
        back_up(some.path, tmp_path / "copy.db")
    assert not (tmp_path / "copy.db").exists()


Deed = tuple[str, str, int]  # (annotator, deed, example)


@pytest.mark.full
@settings(max_examples=25)
@given(
    deeds=st.lists(
        st.tuples(st.sampled_from(("sam", "kim")), st.sampled_from((*KINDS, "undo")), st.integers(1, 5)), max_size=12
    ),
    moment=st.integers(0, 13),
)
def test_going_back_gives_what_stood_at_that_moment(
    tmp_path_factory: pytest.TempPathFactory, predict: Predict, deeds: list[Deed], moment: int
) -> None:
    folder = tmp_path_factory.mktemp("restore")
    expected: dict[tuple[int, str], str] = {}
    log: list[Deed] = []
    with create_store(folder / "store.db") as store:
        predict(store, "left", {f"text {number}": [A] for number in range(5)})
        predict(store, "right", {f"text {number}": [] for number in range(5)})
        for at, (who, what, example_id) in enumerate(deeds, start=1):
            if what == "undo":
                undone = undo_last_answer(store, who, "s")
                if undone is not None:
                    store.execute("UPDATE undone_answers SET undone_at = ? WHERE answer_id = ?", (at, undone.id))
                    if at <= moment:
                        last = max(number for number, deed in enumerate(log) if deed[0] == who and deed[1] != "gone")
                        log[last] = (who, "gone", log[last][2])
            else:
                save_answer(store, Answer(example_id, who, "s", what, (A,), answered_at=float(at)))  # type: ignore[arg-type]
                if at <= moment:
                    log.append((who, what, example_id))
        entries = list(answer_log(store))
        assert len(entries) == sum(deed[1] != "undo" for deed in deeds)
    for who, what, example_id in log:
        if what != "gone":
            expected[example_id, who] = what
    restore_as_of(folder / "store.db", folder / "then.db", float(moment))
    with open_store(folder / "then.db") as then:
        assert {(each.example_id, each.annotator): each.answer for each in answers_in_force(then, KINDS)} == expected
        assert check_store(then) == []
        assert foreign_objects(then.connection) == []
        if expected:
            with pytest.raises(StoreError, match="append-only"):
                then.execute("DELETE FROM answers")


def test_history_is_the_log_with_what_was_taken_back(some: Store) -> None:
    session = ReviewSession(some, "sam")
    session.undo()
    kim = ReviewSession(some, "kim")
    kim.answer(kim.open(1), "reject", seconds=2, keys=3)
    log = list(answer_log(some))
    assert [(each.annotator, each.answer, each.undone_at is not None, each.in_force) for each in log] == [
        ("sam", "accept", False, True),
        ("sam", "accept", True, False),
        ("kim", "reject", False, True),
    ]
    assert log[0].said == (("A", "text"),)
    assert [each.annotator for each in answer_log(some, annotator="kim")] == ["kim"]
    assert [each.id for each in answer_log(some, limit=1)] == [log[-1].id]
    assert {each.example_id for each in answer_log(some, example_id=1)} == {1}


def test_a_whole_store_has_nothing_wrong(some: Store) -> None:
    assert check_store(some) == []


FAULTS = {
    "DELETE FROM examples WHERE id = 5": ("predictions: reference to a missing row of examples in", False),
    "INSERT INTO undone_answers VALUES (99, 's', 1)": (
        "undone_answers: reference to a missing row of answers in 1 row",
        False,
    ),
    "UPDATE predictions SET spans = '[{' WHERE example_id = 1": (
        "predictions.spans: not a JSON array in 2 rows",
        False,
    ),
    "UPDATE predictions SET spans = x'5b5d' WHERE example_id = 1": (
        "predictions.spans: not a JSON array in 2 rows",
        False,
    ),
    """UPDATE predictions SET spans = '[{"start":0,"end":999,"label":"A"}]' WHERE example_id = 1""": (
        "spans that do not fit the text",
        False,
    ),
    """UPDATE predictions SET spans = '[{"start":"0","end":1,"label":"A"}]' WHERE example_id = 1""": (
        "spans that do not fit the text",
        False,
    ),
    "UPDATE examples SET meta = '[]' WHERE id = 1": ("examples.meta: not a JSON object in 1 row", False),
    "UPDATE examples SET text = 'other' WHERE id = 1": ("text and digest do not match", False),
    "UPDATE queue SET answered = 1 - answered": ("queue.answered: wrong in 5 rows", True),
    "UPDATE runs SET ok = 77": ("runs: wrong counts of predictions in 2 rows", True),
    "DROP TRIGGER answers_are_never_changed": ("the trigger answers_are_never_changed is missing", True),
    "DROP VIEW final_answers": ("the view final_answers is missing", True),
    "CREATE TRIGGER bad AFTER INSERT ON answers BEGIN DELETE FROM queue; END": ("the trigger bad is not", True),
    "INSERT INTO differences VALUES (99, 0, 0, 1, 'missing', '{}')": (
        "differences: reference to a missing row of examples in 1 row",
        True,
    ),
    "INSERT INTO on_screen VALUES ('s', 99, 'sam', 'h', 1, 1.0)": (
        "on_screen: reference to a missing row of examples in 1 row",
        True,
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_each_fault_is_found_and_repaired_only_where_nothing_is_lost(some: Store, fault: str) -> None:
    said, can_repair = FAULTS[fault]
    answers = rows(some.path, "SELECT * FROM answers")
    change(some.path, fault)
    wrong = check_store(some)
    assert any(said in each.what for each in wrong), wrong
    assert any(each.can_repair for each in wrong if said in each.what) == can_repair
    repair_store(some)
    assert rows(some.path, "SELECT * FROM answers") == answers
    left = [each.what for each in check_store(some)]
    assert any(said in each for each in left) != can_repair
    if can_repair:
        assert left == []
        assert repair_store(some) == []


def test_what_no_answer_holds_of_an_offer_is_told(some: Store) -> None:
    change(
        some.path,
        "INSERT INTO answers SELECT 50, example_id, annotator, session, answer, spans, choices, shown, seconds, keys, "
        "view, answered_at, cats, screen, '{}' FROM answers LIMIT 1",
    )
    assert found(some) == ["answers.offered: not a JSON array in 1 row"]


@pytest.mark.parametrize("column", ["value", "errors", "seconds"])
def test_values_of_another_type_give_way_to_the_first_ones(some: Store, column: str) -> None:
    first = rows(some.path, "SELECT example_id, value, errors, seconds FROM queue")
    change(some.path, f"UPDATE queue SET {column} = 'many' WHERE example_id = 1")
    assert [(each.what, each.can_repair) for each in check_store(some)] == [
        (f"queue.{column}: not REAL in 1 row", True)
    ]
    assert repair_store(some) == ["reset the learned values of the queue"]
    assert rows(some.path, "SELECT example_id, value, errors, seconds FROM queue") == first
    assert found(some) == []


def test_answers_that_refer_to_nothing_are_told_and_stay(some: Store) -> None:
    change(
        some.path,
        "INSERT INTO answers SELECT 50, 99, annotator, session, answer, spans, choices, shown, seconds, keys, "
        "view, answered_at, cats, screen, offered FROM answers LIMIT 1",
    )
    assert found(some) == ["answers: reference to a missing row of examples in 1 row"]
    repair_store(some)
    assert rows(some.path, "SELECT count(*) FROM answers WHERE id = 50") == [(1,)]
    assert list(answers_in_force(some, KINDS))


def test_a_store_with_an_index_of_words_and_tables_of_somebodys_own_is_whole(some: Store) -> None:
    index_words(some, seconds=10)
    change(some.path, "CREATE VIRTUAL TABLE mine USING fts5 (words, content = '')", "CREATE TABLE notes (x TEXT)")
    assert word_index(some).complete
    assert found(some) == []


def test_calls_that_are_kept_compressed_are_whole(some: Store) -> None:
    run_id = start_run(some, predictor="llm", kind="llm", fingerprint="1", model="m")
    call = LLMCall("prompt " * 900, "response " * 900, 1.0)
    save_predictions(some, run_id, [Prediction(1, (A,), calls=(call,))])
    assert rows(some.path, "SELECT DISTINCT typeof(prompt), typeof(response) FROM llm_calls") == [("blob", "blob")]
    assert found(some) == []


def test_a_view_that_somebody_added_is_told_and_stays(some: Store) -> None:
    change(some.path, "CREATE VIEW mine AS SELECT count(*) FROM answers")
    assert [(each.what, each.is_fault) for each in check_store(some)] == [("the view mine is not Tiebreak’s", False)]
    repair_store(some)
    assert rows(some.path, "SELECT * FROM mine") == [(2,)]


def test_a_changed_trigger_is_told_once_a_process_when_the_store_is_opened(
    some: Store, caplog: pytest.LogCaptureFixture
) -> None:
    change(some.path, "CREATE TRIGGER bad AFTER INSERT ON answers BEGIN DELETE FROM queue; END")
    for _ in range(2):
        open_store(some.path).close()
    assert [record.getMessage().count("the trigger bad is not Tiebreak’s") for record in caplog.records] == [1]


@pytest.mark.parametrize("version", range(1, schema.VERSION))
def test_a_store_of_each_earlier_schema_opens_whole_and_a_copy_of_it_stands_beside(
    tmp_path: Path, data: Path, version: int
) -> None:
    path = tmp_path / "old.db"
    shutil.copy(data / f"store_v{version}.db", path)
    tables = ("answers", "undone_answers", "examples", "predictions", *(("remarks",) if version > 1 else ()))
    kept = {table: f"SELECT * FROM {table} ORDER BY 1, 2" for table in tables}
    before = {table: rows(path, sql) for table, sql in kept.items()}
    with open_store(path) as store:
        assert store.execute("PRAGMA user_version").fetchone() == (schema.VERSION,)
        assert check_store(store) == []
    for table, sql in kept.items():
        after = rows(path, sql)
        assert [row[: len(old)] for row, old in zip(after, before[table], strict=True)] == before[table]
    [copy] = tmp_path.glob(f"old.db.schema{version}.*.backup")
    assert rows(copy, "PRAGMA user_version") == [(version,)]
    assert rows(copy, kept["answers"]) == before["answers"]
    with open_store(copy) as again:
        assert check_store(again) == []


def test_where_no_copy_can_be_made_an_old_store_stays_as_it_is(
    tmp_path: Path, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "old.db"
    shutil.copy(data / "store_v1.db", path)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(backup, "_copy", full)
    with pytest.raises(StoreError, match="cannot be written: No space left"):
        open_store(path)
    assert rows(path, "PRAGMA user_version") == [(1,)]
    assert not list(tmp_path.glob("*.backup"))
    monkeypatch.undo()
    with open_store(path) as store:
        assert check_store(store) == []


def test_a_migration_that_fails_half_way_changes_nothing(
    tmp_path: Path, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "old.db"
    shutil.copy(data / "store_v3.db", path)
    monkeypatch.setitem(schema.SCRIPTS, "m004_team", schema.TEAM + "\nCREATE TABLE examples (id);\n")
    before = rows(path, "SELECT type, name, sql FROM sqlite_master ORDER BY 2")
    with pytest.raises(StoreError):
        open_store(path)
    assert rows(path, "SELECT type, name, sql FROM sqlite_master ORDER BY 2") == before
    assert rows(path, "PRAGMA user_version") == [(3,)]


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077])
def test_a_new_store_is_private_whatever_the_umask(tmp_path: Path, umask: int) -> None:
    before = os.umask(umask)
    try:
        with create_store(tmp_path / "store.db"):
            modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}
    finally:
        os.umask(before)
    assert modes == dict.fromkeys(("store.db", "store.db-wal", "store.db-shm"), 0o600)


def test_a_shared_store_is_its_groups_with_the_files_beside_it(tmp_path: Path) -> None:
    grp = pytest.importorskip("grp")
    group = next((each for each in grp.getgrall() if each.gr_gid != os.getegid()), None)
    if group is None or os.geteuid():
        pytest.skip("giving files to another group needs root")
    path = tmp_path / "store.db"
    with create_store(path):
        share_with(path, group.gr_name)
        for file in tmp_path.iterdir():
            assert (stat.S_IMODE(file.stat().st_mode), file.stat().st_gid) == (0o660, group.gr_gid)
    with open_store(path) as store:  # this makes the files beside it again
        store.set_setting("x", "y")
        beside = [file for file in tmp_path.iterdir() if file != path]
        assert len(beside) == 2
        for file in beside:
            assert (stat.S_IMODE(file.stat().st_mode), file.stat().st_gid) == (0o660, group.gr_gid)
    out = tmp_path / "copy.db"
    back_up(path, out)
    assert (stat.S_IMODE(out.stat().st_mode), out.stat().st_gid) == (0o660, group.gr_gid)
    with pytest.raises(ConfigError, match="there is no such group"):
        share_with(path, "no-such-group-here")


def as_user(uid: int, gid: int, deed: Callable[[], object]) -> int:
    """Do something in a process of another user and group; return its exit status, 0 for success."""
    pid = os.fork()
    if pid == 0:  # the child
        status = 1
        try:
            os.setgroups([])
            os.setgid(gid)
            os.setuid(uid)
            os.umask(0o077)
            deed()
            status = 0
        finally:
            os._exit(status)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def test_two_users_of_a_group_work_on_a_shared_store_and_a_stranger_cannot(some: Store) -> None:
    if os.geteuid():
        pytest.skip("acting as several users needs root")
    gid, path = 54321, some.path
    path.parent.chmod(0o2770)
    for folder in (path.parent, *path.parent.parents):
        if folder == Path("/tmp"):
            break
        folder.chmod(folder.stat().st_mode | 0o011)
    os.chown(path.parent, -1, gid)
    some.close()
    os.chown(path, -1, gid)
    path.chmod(0o660)

    def answer(name: str) -> None:
        with open_store(path) as store:
            session = ReviewSession(store, name)
            review = session.next()
            assert review is not None
            session.leave(session.answer(review, "accept", seconds=1, keys=1))

    with open_store(path) as keeper:  # root has it open, and so made the files beside it
        keeper.execute("SELECT count(*) FROM answers").fetchone()
        assert as_user(40001, gid, lambda: answer("kim")) == 0
        assert as_user(40002, gid, lambda: answer("ada")) == 0
    assert as_user(40001, gid, lambda: answer("kim")) == 0
    assert as_user(40003, 54322, lambda: answer("eve")) == 1
    assert rows(path, "SELECT annotator, count(*) FROM answers GROUP BY 1") == [("ada", 1), ("kim", 2), ("sam", 2)]


def deeds_of(store: Store, *deeds: tuple[float, str, int, str, str]) -> None:
    """Save answers of these times, with annotator, example, answer and view."""
    for at, who, example_id, what, view in deeds:
        save_answer(store, Answer(example_id, who, "s", what, (A,), answered_at=at, view=view))  # type: ignore[arg-type]


def in_force(path: Path) -> set[tuple[int, str, str, str]]:
    with open_store(path) as store:
        return {
            (each.example_id, each.annotator, each.answer, each.view)
            for each in answer_log(store)
            if each.in_force and each.answered_at < 1000
        }


def test_the_name_of_a_copy_is_refused_where_anything_stands_that_would_be_taken_for_it(
    some: Store, tmp_path: Path
) -> None:
    (tmp_path / "link.db").symlink_to(tmp_path / "nowhere")
    for name in ("copy.db-wal", "copy.db-shm", "copy.db-journal"):
        (tmp_path / name).write_text("of an earlier store")
        with pytest.raises(StoreError, match=f"{name}: exists already"):
            back_up(some.path, tmp_path / "copy.db")
        (tmp_path / name).unlink()
    with pytest.raises(StoreError, match=r"link\.db: exists already"):
        back_up(some.path, tmp_path / "link.db")
    assert not (tmp_path / "nowhere").exists()


@pytest.mark.parametrize("can_link", [True, False])
@pytest.mark.parametrize("how", ["backup", "restore"])
def test_a_file_that_is_made_meanwhile_stays_as_it_is(
    some: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str, can_link: bool
) -> None:
    out = tmp_path / "copy.db"
    verify = making.verify_file

    def be_late(*arguments: Path) -> None:
        verify(*arguments)
        out.write_text("theirs")

    def cannot(*_: object, **__: object) -> None:
        raise OSError(1, "Operation not permitted")

    monkeypatch.setattr(making, "verify_file", be_late)
    if not can_link:
        monkeypatch.setattr(os, "link", cannot)
    with pytest.raises(StoreError, match="exists already, made meanwhile"):
        back_up(some.path, out) if how == "backup" else restore_as_of(some.path, out, 0)
    assert out.read_text() == "theirs"
    assert not list(tmp_path.glob(".*"))


def test_where_there_are_no_hard_links_a_copy_is_made_all_the_same(
    some: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cannot(*_: object, **__: object) -> None:
        raise OSError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", cannot)
    back_up(some.path, tmp_path / "copy.db")
    assert rows(tmp_path / "copy.db", "SELECT count(*) FROM answers") == [(2,)]


LIMITED = (
    "import resource, sys; from pathlib import Path; from tiebreak.core.errors import StoreError\n"
    "from tiebreak.core.store import backup, replacing; from tiebreak.core.store.opening import open_store\n"
    "path, how = Path(sys.argv[1]), sys.argv[2]\n"
    "size = path.stat().st_size // 2 if how != 'open' else 16384\n"
    "resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))\n"
    "try:\n"
    "    if how == 'backup': backup.back_up(path, path.with_name('copy.db'))\n"
    "    elif how == 'restore': replacing.restore(path, path.with_name('copy.db'), 0)\n"
    "    else: open_store(path)\n"
    "except StoreError as error: print('StoreError:', error)\n"
)


@pytest.mark.parametrize("how", ["backup", "restore", "open"])
def test_where_a_copy_does_not_fit_nothing_is_left_of_it_and_the_store_is_unharmed(
    store: Store, tmp_path: Path, data: Path, how: str
) -> None:
    if how == "open":
        path = tmp_path / "old.db"
        shutil.copy(data / "store_v3.db", path)
    else:
        path = store.path
        with store.transaction():
            store.set_setting("long", "x" * 3_000_000)
        store.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    before = path.read_bytes()
    result = subprocess.run(
        [sys.executable, "-c", LIMITED, str(path), how], capture_output=True, text=True, check=True, timeout=60
    )
    assert result.stdout.startswith("StoreError: "), result
    assert path.read_bytes() == before
    left = {each.name.removesuffix("-wal").removesuffix("-shm") for each in tmp_path.iterdir()}
    assert left == {path.name, "store.db"}


def test_a_link_a_relative_path_and_a_name_that_sqlite_takes_for_memory(
    some: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    (folder / "link.db").symlink_to(some.path)
    monkeypatch.chdir(folder)
    back_up(Path("link.db"), Path("copy.db"))  # `some` is open: the newest answer is in the -wal beside the file
    assert rows(folder / "copy.db", "SELECT count(*) FROM answers") == [(2,)]
    assert sorted(each.name for each in folder.iterdir()) == ["copy.db", "link.db"]
    with create_store(Path(":memory:")) as odd:
        odd.set_setting("x", "y")
    back_up(Path(":memory:"), Path("file:copy?mode=memory"))
    assert rows(folder / "file:copy?mode=memory", "SELECT value FROM settings WHERE name = 'x'") == [("y",)]


def test_a_copy_is_private_while_it_is_made(some: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    modes: list[int] = []
    verify = making.verify_file

    def look(unfinished: Path, out: Path) -> None:
        modes.extend(stat.S_IMODE(each.stat().st_mode) for each in tmp_path.glob(".copy*/*"))
        assert [stat.S_IMODE(each.stat().st_mode) for each in tmp_path.glob(".copy*")] == [0o700]
        verify(unfinished, out)

    monkeypatch.setattr(making, "verify_file", look)
    some.path.chmod(0o660)
    before = os.umask(0)
    try:
        back_up(some.path, tmp_path / "copy.db")
    finally:
        os.umask(before)
    assert set(modes) == {0o600}
    assert stat.S_IMODE((tmp_path / "copy.db").stat().st_mode) == 0o660


def test_a_copy_that_is_opened_is_a_store_for_many_again(some: Store, tmp_path: Path) -> None:
    back_up(some.path, tmp_path / "copy.db")
    restore_as_of(some.path, tmp_path / "then.db", time.time())
    for name, mode in (("copy.db", "delete"), ("then.db", "wal")):
        assert rows(tmp_path / name, "PRAGMA journal_mode") == [(mode,)]
        with open_store(tmp_path / name) as copy:
            assert copy.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_a_copy_of_a_store_with_rows_that_refer_to_nothing_is_made_with_a_warning(
    some: Store, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    change(some.path, "DELETE FROM examples WHERE id = 5")
    back_up(some.path, tmp_path / "copy.db")
    assert "rows of answers, differences, predictions, queue refer to nothing" in caplog.text
    assert rows(tmp_path / "copy.db", "SELECT count(*) FROM predictions") == [(10,)]


def test_going_back_keeps_adjudications_undos_and_remarks_of_before(some: Store, tmp_path: Path) -> None:
    deeds_of(
        some,
        (10, "kim", 3, "accept", "review"),
        (20, "lead", 3, "reject", "adjudicate"),
        (30, "kim", 3, "ignore", "review"),
        (40, "lead", 3, "accept", "adjudicate"),
    )
    undo_last_answer(some, "lead", "s", adjudicated=True)
    for at, note in ((15, "early"), (35, "late")):
        save_remark(some, 3, "kim", "s", flagged=False, note=note)
        change(
            some.path,
            "DROP TRIGGER remarks_are_never_changed",
            f"UPDATE remarks SET made_at = {at} WHERE note = '{note}'",
            own_statements()["trigger", "remarks_are_never_changed"],
        )
    expected = {
        5: (set(), []),
        25: ({(3, "kim", "accept", "review"), (3, "lead", "reject", "adjudicate")}, [("early",)]),
        45: ({(3, "kim", "ignore", "review"), (3, "lead", "accept", "adjudicate")}, [("late",)]),
    }
    for moment, (answers, notes) in expected.items():
        out = tmp_path / f"then{moment}.db"
        left_out = restore_as_of(some.path, out, moment)
        assert in_force(out) == answers
        assert rows(out, "SELECT note FROM remarks_in_force") == notes
        assert left_out["undone_answers"] == 1
        with open_store(out) as then:
            assert check_store(then) == []
    assert rows(some.path, "SELECT count(*) FROM answers") == [(6,)]


def test_going_back_draws_no_slice_text_that_was_drawn_later(some: Store, tmp_path: Path) -> None:
    with some.transaction():
        for example_id, drawn_at, reached_at in ((1, 10.0, 30.0), (2, 30.0, 35.0), (3, 10.0, None)):
            some.execute(
                "INSERT INTO slice (example_id, position, unmarked, drawn_at, reached_at) VALUES (?, 0.5, 0, ?, ?)",
                (example_id, drawn_at, reached_at),
            )
        some.execute("INSERT INTO skips (example_id, skipped_at) VALUES (1, 10.0), (2, 30.0)")
    restore_as_of(some.path, tmp_path / "then.db", 20.0)
    assert rows(tmp_path / "then.db", "SELECT example_id, drawn_at, reached_at FROM slice ORDER BY 1") == [
        (1, 10.0, None),
        (2, None, None),
        (3, 10.0, None),
    ]
    assert rows(tmp_path / "then.db", "SELECT example_id FROM skips") == [(1,)]


def test_going_back_goes_by_the_times_that_were_written_where_the_clock_was_set_back(
    some: Store, tmp_path: Path
) -> None:
    deeds_of(some, (100, "kim", 3, "accept", "review"), (50, "kim", 3, "reject", "review"))
    assert restore_as_of(some.path, tmp_path / "then.db", 60)["answers"] == 3
    assert in_force(tmp_path / "then.db") == {(3, "kim", "reject", "review")}


@pytest.mark.parametrize(
    "fault",
    [
        "CREATE TRIGGER keep BEFORE DELETE ON answers BEGIN SELECT RAISE(IGNORE); END",
        "CREATE TRIGGER wipe AFTER DELETE ON answers BEGIN DELETE FROM predictions; END",
        "DROP TRIGGER answers_are_never_deleted",
        "DROP VIEW answers_in_force",
        "CREATE TRIGGER calls BEFORE UPDATE ON queue BEGIN SELECT load_extension('x'); END",
    ],
)
def test_no_trigger_of_somebody_elses_has_a_say_in_going_back(some: Store, tmp_path: Path, fault: str) -> None:
    change(some.path, fault)
    restore_as_of(some.path, tmp_path / "then.db", 0)
    assert rows(tmp_path / "then.db", "SELECT count(*) FROM answers") == [(0,)]
    assert rows(tmp_path / "then.db", "SELECT count(*) FROM predictions") == [(10,)]
    with open_store(tmp_path / "then.db") as then:
        assert check_store(then) == []


def test_going_back_half_way_leaves_no_file(some: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(*_: object) -> None:
        assert not (tmp_path / "then.db").exists()
        raise KeyboardInterrupt

    monkeypatch.setattr(backup, "mark_answered", stop)
    with pytest.raises(KeyboardInterrupt):
        restore_as_of(some.path, tmp_path / "then.db", 0)
    assert sorted(each.name for each in tmp_path.iterdir() if not each.name.startswith("store.db")) == []


def test_a_store_of_an_earlier_schema_can_be_gone_back_in_and_stays_as_it_is(tmp_path: Path, data: Path) -> None:
    path = tmp_path / "old.db"
    shutil.copy(data / "store_v3.db", path)
    before = path.read_bytes()
    restore_as_of(path, tmp_path / "then.db", time.time())
    assert path.read_bytes() == before
    with open_store(tmp_path / "then.db") as then:
        assert check_store(then) == []
        assert then.execute("SELECT count(*) FROM answers").fetchone() == (3,)


def test_what_was_paid_for_stays_also_where_its_run_is_gone(some: Store) -> None:
    change(
        some.path,
        "INSERT INTO engines (id, host, pid, started_at, beat, state, options) VALUES (1, 'h', 1, 1, 1, 'ended', '{}')",
        "INSERT INTO engine_runs VALUES (1, 99, 'ended', '', 1, 1, 0, 7, 0, 0, 0, 1, 1.0, 2.5)",
    )
    assert found(some) == ["engine_runs: reference to a missing row of runs in 1 row"]
    assert repair_store(some) == []
    assert rows(some.path, "SELECT cost FROM engine_runs") == [(2.5,)]


def test_a_queue_that_says_nonsense_is_repaired_at_once(some: Store) -> None:
    before = rows(some.path, "SELECT example_id, answered FROM queue ORDER BY 1")
    change(some.path, "UPDATE queue SET answered = 5", "UPDATE queue SET answered = 'x' WHERE example_id = 1")
    repair_store(some)
    assert check_store(some) == []
    assert rows(some.path, "SELECT example_id, answered FROM queue ORDER BY 1") == before


def test_a_view_in_the_place_of_a_table_is_told_and_left(some: Store) -> None:
    change(some.path, "ALTER TABLE remarks RENAME TO other", "CREATE VIEW remarks AS SELECT * FROM other")
    foreign = [each for each in foreign_objects(some.connection) if each.name == "remarks"]
    assert [(each.kind, each.is_missing, each.is_for_table) for each in foreign] == [
        ("table", True, False),
        ("view", False, True),
    ]
    assert not any(each.is_usable or each.can_be_put_back for each in foreign)
    with pytest.raises(StoreError, match=r"views may not be indexed|cannot create BEFORE trigger on view: remarks"):
        repair_store(some)
    assert rows(some.path, "SELECT type FROM sqlite_master WHERE name = 'remarks'") == [("view",)]


@pytest.mark.parametrize(
    "fault",
    [
        "UPDATE examples SET text = CAST(x'41ff' AS TEXT) WHERE id = 1",
        "UPDATE examples SET text = x'41ff' WHERE id = 1",
        "UPDATE predictions SET error = CAST(x'41ff' AS TEXT) WHERE example_id = 1",
        "UPDATE predictors SET name = CAST('left' AS BLOB) WHERE id = 1",
        "UPDATE settings SET value = CAST(x'41ff' AS TEXT) WHERE name = 'made_by'",
        """UPDATE predictions SET spans = '["x", null, 7]' WHERE example_id = 1""",
        "UPDATE predictions SET spans = '[[]]' WHERE example_id = 1",
    ],
)
def test_what_nothing_can_read_is_found_by_its_table_and_column(some: Store, fault: str) -> None:
    change(some.path, fault)
    table, column = fault.split()[1], fault.split()[3]
    assert any(each.startswith(f"{table}.{column}: ") for each in found(some)), found(some)


def test_an_index_that_misses_rows_is_made_anew(some: Store) -> None:
    change(some.path, "PRAGMA wal_checkpoint(TRUNCATE)")
    with closing(sqlite3.connect(some.path, isolation_level=None)) as plain:
        plain.execute("PRAGMA writable_schema = ON")
        [(root, sql)] = plain.execute("SELECT rootpage, sql FROM sqlite_master WHERE name = 'queue_order'").fetchall()
        plain.execute("DELETE FROM sqlite_master WHERE name = 'queue_order'")
    with closing(sqlite3.connect(some.path, isolation_level=None)) as plain:
        plain.execute("UPDATE queue SET score = score / 3")  # the index does not hear of this change
        plain.execute("PRAGMA writable_schema = ON")
        plain.execute("INSERT INTO sqlite_master VALUES ('index', 'queue_order', 'queue', ?, ?)", (root, sql))
    some.close()
    with open_store(some.path) as store:
        wrong = check_store(store)
        assert wrong
        assert all(each.can_repair for each in wrong)
        assert "rebuilt the indexes" in repair_store(store)
        assert check_store(store) == []


def test_answers_whose_example_is_gone_are_in_the_history(some: Store) -> None:
    change(some.path, "DELETE FROM examples WHERE id = 1")
    log = list(answer_log(some))
    assert len(log) == 2
    assert [(each.text, each.in_force) for each in log if each.example_id == 1] == [("", False)]


@pytest.mark.full
def test_processes_that_open_an_old_store_at_once_bring_it_up_to_date_once(tmp_path: Path, data: Path) -> None:
    path = tmp_path / "old.db"
    shutil.copy(data / "store_v2.db", path)
    code = (
        "import sys, time; from tiebreak.core.store.opening import open_store; import sqlite_utils\n"
        "print('ready', flush=True); sys.stdin.readline()\n"
        "with open_store(sys.argv[1]) as store: print(store.execute('PRAGMA user_version').fetchone()[0])\n"
    )
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", code, str(path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(4)
    ]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    for process in processes:
        out, err = process.communicate(timeout=60)
        assert (process.returncode, out.strip()) == (0, str(schema.VERSION)), err
    assert len(list(tmp_path.glob("*.backup"))) == 1
    with open_store(path) as store:
        assert check_store(store) == []


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="becoming another user needs root")
def test_an_old_store_in_a_folder_that_cannot_be_written_stays_as_it_is(data: Path) -> None:
    with tempfile.TemporaryDirectory(dir="/tmp") as name:
        folder = Path(name)
        path = folder / "old.db"
        shutil.copy(data / "store_v3.db", path)
        path.chmod(0o666)
        folder.chmod(0o755)
        before = path.read_bytes()
        child = os.fork()
        if child == 0:
            status = 1
            try:
                os.setgroups([])
                os.setgid(65534)
                os.setuid(65534)
                try:
                    open_store(path)
                except StoreError as error:
                    status = 0 if "read-only" in str(error) else 2
            finally:
                os._exit(status)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        assert path.read_bytes() == before
        assert [each.name for each in folder.iterdir()] == ["old.db"]


def test_a_damaged_store_of_an_earlier_schema_is_not_brought_up_to_date(tmp_path: Path, data: Path) -> None:
    path = tmp_path / "old.db"
    shutil.copy(data / "store_v3.db", path)
    [(root,)] = rows(path, "SELECT rootpage FROM sqlite_master WHERE name = 'predictions'")
    [(size,)] = rows(path, "PRAGMA page_size")
    content = bytearray(path.read_bytes())
    content[(root - 1) * size : (root - 1) * size + 100] = os.urandom(100)
    path.write_bytes(content)
    with pytest.raises(StoreError):
        open_store(path)
    assert rows(path, "PRAGMA user_version") == [(3,)]
    assert not list(tmp_path.glob("*.backup"))


def test_an_old_store_with_rows_that_refer_to_nothing_opens_and_check_tells(tmp_path: Path, data: Path) -> None:
    path = tmp_path / "old.db"
    shutil.copy(data / "store_v3.db", path)
    with closing(sqlite3.connect(path, isolation_level=None)) as plain:
        plain.execute("INSERT INTO differences VALUES (99, 0, 0, 1, 'missing', '{}')")
    with open_store(path) as store:
        assert found(store) == ["differences: reference to a missing row of examples in 1 row"]


def test_sharing_a_store_by_a_link_shares_the_files_beside_it(some: Store, tmp_path: Path) -> None:
    grp = pytest.importorskip("grp")
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    (folder / "link.db").symlink_to(some.path)
    share_with(folder / "link.db", grp.getgrgid(os.getegid()).gr_name)
    for ending in ("", "-wal", "-shm"):
        assert stat.S_IMODE(some.path.with_name(some.path.name + ending).stat().st_mode) == 0o660


def test_values_that_are_huge_empty_or_of_another_type_survive_a_copy_and_going_back(
    some: Store, tmp_path: Path
) -> None:
    change(
        some.path,
        "UPDATE examples SET meta = '{\"x\": \"' || hex(zeroblob(3000000)) || '\"}', source = x'00ff' WHERE id = 1",
        "UPDATE examples SET tokens = NULL, source = '' WHERE id = 2",
        "DROP TRIGGER answers_are_never_changed",
        "UPDATE answers SET answered_at = 'never' WHERE id = 1",
    )
    left_out = restore_as_of(some.path, tmp_path / "then.db", time.time() + 10)
    assert left_out["answers"] == 1  # the time of this answer is unknown
    sql = "SELECT * FROM examples ORDER BY id"
    assert rows(tmp_path / "then.db", sql) == rows(some.path, sql)
