"""Backups, going back, checks and repairs: what a copy holds, what is found, and that no answer is ever touched."""

from __future__ import annotations

import os
import shutil
import sqlite3
import stat
import threading
from collections.abc import Callable, Iterable, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tiebreak.core.errors import ConfigError, StoreError
from tiebreak.core.records import Answer, Span
from tiebreak.core.session import ReviewSession
from tiebreak.core.store import Store, backup, create_store, open_store, schema
from tiebreak.core.store.answers import answers_in_force, save_answer, undo_last_answer
from tiebreak.core.store.backup import back_up, backup_name, restore_as_of
from tiebreak.core.store.checking import check_store, repair_store
from tiebreak.core.store.foreign import foreign_objects
from tiebreak.core.store.history import answer_log
from tiebreak.core.store.permissions import share_with

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


def rows(path: Path, sql: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(path)) as plain:
        return plain.execute(sql).fetchall()


def change(store: Store, *statements: str) -> None:
    """Write with a plain client, which cares for no foreign keys."""
    with closing(sqlite3.connect(store.path, isolation_level=None)) as plain:
        for statement in statements:
            plain.execute(statement)


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


Deed = tuple[str, str, int]  # who, what, to which example


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
    "DELETE FROM examples WHERE id = 5": ("rows of predictions refer to examples", False),
    "INSERT INTO undone_answers VALUES (99, 's', 1)": ("1 row of undone_answers refer to answers", False),
    "UPDATE predictions SET spans = '[{' WHERE example_id = 1": ("2 rows of predictions hold in spans", False),
    "UPDATE predictions SET spans = x'5b5d' WHERE example_id = 1": ("2 rows of predictions hold in spans", False),
    """UPDATE predictions SET spans = '[{"start":0,"end":999,"label":"A"}]' WHERE example_id = 1""": ("no span", False),
    """UPDATE predictions SET spans = '[{"start":"0","end":1,"label":"A"}]' WHERE example_id = 1""": ("no span", False),
    "UPDATE examples SET meta = '[]' WHERE id = 1": ("1 row of examples hold in meta what is no JSON object", False),
    "UPDATE examples SET text = 'other' WHERE id = 1": ("another text than their digest", False),
    "UPDATE queue SET answered = 1 - answered": ("5 rows of the queue say wrongly", True),
    "UPDATE runs SET ok = 77": ("2 runs have other numbers", True),
    "DROP TRIGGER answers_are_never_changed": ("the trigger answers_are_never_changed is missing", True),
    "DROP VIEW final_answers": ("the view final_answers is missing", True),
    "CREATE TRIGGER bad AFTER INSERT ON answers BEGIN DELETE FROM queue; END": ("the trigger bad is not", True),
    "INSERT INTO differences VALUES (99, 0, 0, 1, 'missing', '{}')": ("1 row of differences refer to examples", True),
    "INSERT INTO on_screen VALUES ('s', 99, 'sam', 'h', 1, 1.0)": ("1 row of on_screen refer to examples", True),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_each_fault_is_found_and_repaired_only_where_nothing_is_lost(some: Store, fault: str) -> None:
    said, can_repair = FAULTS[fault]
    answers = rows(some.path, "SELECT * FROM answers")
    change(some, fault)
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


def test_answers_that_refer_to_nothing_are_told_and_stay(some: Store) -> None:
    change(
        some,
        "INSERT INTO answers SELECT 50, 99, annotator, session, answer, spans, choices, shown, seconds, keys, "
        "view, answered_at, cats, screen FROM answers LIMIT 1",
    )
    assert found(some) == ["1 row of answers refer to examples that are not there"]
    repair_store(some)
    assert rows(some.path, "SELECT count(*) FROM answers WHERE id = 50") == [(1,)]
    assert list(answers_in_force(some, KINDS))


def test_a_view_that_somebody_added_is_told_and_stays(some: Store) -> None:
    change(some, "CREATE VIEW mine AS SELECT count(*) FROM answers")
    assert [(each.what, each.is_fault) for each in check_store(some)] == [("the view mine is not Tiebreak’s", False)]
    repair_store(some)
    assert rows(some.path, "SELECT * FROM mine") == [(2,)]


def test_a_changed_trigger_is_told_once_a_process_when_the_store_is_opened(
    some: Store, caplog: pytest.LogCaptureFixture
) -> None:
    change(some, "CREATE TRIGGER bad AFTER INSERT ON answers BEGIN DELETE FROM queue; END")
    for _ in range(2):
        open_store(some.path).close()
    assert [record.getMessage().count("the trigger bad is not Tiebreak’s") for record in caplog.records] == [1]


@pytest.mark.parametrize("version", range(1, schema.VERSION))
def test_a_store_of_each_earlier_schema_opens_whole_and_a_copy_of_it_stands_beside(
    tmp_path: Path, data: Path, version: int
) -> None:
    path = tmp_path / "old.db"
    shutil.copy(data / f"store_v{version}.db", path)
    kept = {table: f"SELECT * FROM {table} ORDER BY 1" for table in ("answers", "undone_answers", "examples")}
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
    monkeypatch.setattr(schema, "TEAM", schema.TEAM + "\nCREATE TABLE examples (id);\n")
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
        pytest.skip("giving files to another group takes root")
    path = tmp_path / "store.db"
    with create_store(path):
        share_with(path, group.gr_name)
        for file in tmp_path.iterdir():
            assert (stat.S_IMODE(file.stat().st_mode), file.stat().st_gid) == (0o660, group.gr_gid)
    with open_store(path) as store:  # makes the files beside it anew
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
    """Do something in a process of another user and group; returns its exit status, 0 where it went well."""
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
        pytest.skip("being several users takes root")
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
