"""The store: what it refuses and leaves unharmed, what its file says by itself, and what it never allows."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tiebreak.core.errors import StoreError
from tiebreak.core.records import Answer, LLMCall, Prediction, Record, Span, Task
from tiebreak.core.selection.filter import DISAGREEING
from tiebreak.core.store import connection, making, schema
from tiebreak.core.store.answers import answers_in_force, save_answer
from tiebreak.core.store.connection import Store
from tiebreak.core.store.examples import add_examples
from tiebreak.core.store.inspection import inspect_example
from tiebreak.core.store.opening import create_store, open_store
from tiebreak.core.store.predictions import save_predictions, start_run
from tiebreak.core.store.queue import next_examples
from tiebreak.core.store.status import StoreStatus, failure_reasons, store_status
from tiebreak.core.ways_out import Way, WayOut

Predict = Callable[[Store, str, Mapping[str, Iterable[Span] | str]], dict[str, int]]


def an_answer(example_id: int, **fields: Any) -> Answer:
    return Answer(example_id, "sam", "sam-1", "accept", (Span(0, 3, "A"),), **fields)


def query(path: Path, sql: str) -> list[tuple[Any, ...]]:
    """Return the rows that a plain SQLite client reads."""
    plain = sqlite3.connect(path)
    try:
        return plain.execute(sql).fetchall()
    finally:
        plain.close()


def test_a_new_store_keeps_its_task_and_settings(tmp_path: Path) -> None:
    with create_store(tmp_path / "a.db", Task.SPANCAT) as store:
        store.set_setting("made_by", "test")
    with open_store(tmp_path / "a.db") as store:
        assert (store.task, store.setting("made_by"), store.setting("other")) == (Task.SPANCAT, "test", None)
        assert store.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert store.execute("PRAGMA synchronous").fetchone() == (2,)
        assert store.execute("PRAGMA foreign_keys").fetchone() == (1,)
    assert [path.name for path in tmp_path.iterdir()] == ["a.db"]


def test_a_missing_store_is_refused_with_the_way_to_make_one(tmp_path: Path) -> None:
    path = tmp_path / "missing.db"
    with pytest.raises(StoreError, match=rf"{path}: no such store$") as refused:
        open_store(path)
    assert refused.value.way_out == WayOut(Way.LOAD_TEXTS, str(path))
    assert not path.exists()


def test_a_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=f"{tmp_path}: not a file"):
        open_store(tmp_path)


@pytest.mark.parametrize("content", [b"plain text, nothing else\n" * 50, b"\x00" * 4096, b"x"])
def test_a_file_that_is_no_sqlite_file_is_refused_and_left_as_it_was(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "notes.txt"
    path.write_bytes(content)
    with pytest.raises(StoreError, match=f"{path}: .*not a Tiebreak store"):
        open_store(path)
    with pytest.raises(StoreError, match=f"{path}: exists already"):
        create_store(path)
    assert path.read_bytes() == content
    assert [each.name for each in tmp_path.iterdir()] == ["notes.txt"]


def test_another_programs_sqlite_file_is_refused_and_left_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "other.db"
    other = sqlite3.connect(path)
    other.execute("CREATE TABLE examples (id)")
    other.close()
    content = path.read_bytes()
    with pytest.raises(StoreError, match=f"{path}: an SQLite file, but not a Tiebreak store"):
        open_store(path)
    assert path.read_bytes() == content


def test_a_store_of_a_newer_version_is_refused_and_left_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "newer.db"
    with create_store(path) as store:
        store.execute(f"PRAGMA user_version = {schema.VERSION + 1}")
    content = path.read_bytes()
    with pytest.raises(StoreError, match=f"{path}: made by a newer Tiebreak .*upgrade"):
        open_store(path)
    assert path.read_bytes() == content


def test_a_task_of_a_newer_version_is_refused_with_its_name(store: Store) -> None:
    store.set_setting("task", "relations")
    with pytest.raises(StoreError, match=f"{store.path}: the store's task is 'relations'"):
        _ = store.task


@pytest.mark.parametrize(
    ("which", "reason"), [("file", "the store is read-only"), ("folder", "its folder is read-only")]
)
def test_a_read_only_store_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, which: str, reason: str) -> None:
    path = tmp_path / "store.db"
    create_store(path).close()
    refused = path if which == "file" else tmp_path
    monkeypatch.setattr(os, "access", lambda asked, mode: Path(asked) != refused)
    with pytest.raises(StoreError, match=f"{path}: {reason}"):
        open_store(path)


def test_a_store_that_turns_read_only_says_so_and_stays_whole(store: Store, predict: Predict) -> None:
    ids = predict(store, "left", {"Ada": []})
    store.execute("PRAGMA query_only = ON")
    with pytest.raises(StoreError, match=f"{store.path}: the store cannot be written; check the permissions"):
        save_answer(store, an_answer(ids["Ada"]))
    store.execute("PRAGMA query_only = OFF")
    assert save_answer(store, an_answer(ids["Ada"])) == 1


def test_a_store_in_a_folder_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=f"the folder {tmp_path / 'none'} does not exist"):
        create_store(tmp_path / "none" / "a.db")


def test_a_writer_waits_for_another_and_says_so_when_it_was_too_long(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "LOCK_TIMEOUT", 0.1)
    path = tmp_path / "store.db"
    with create_store(path) as store:
        other = sqlite3.connect(path, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreError, match=f"{path}: another program has held the store locked .*try again"):
            add_examples(store, [Record("Ada")], "test")
        other.execute("ROLLBACK")
        other.close()
        assert add_examples(store, [Record("Ada")], "test") == ([1], 1)


def test_a_writer_goes_on_once_the_other_is_done(store: Store) -> None:
    other = sqlite3.connect(store.path, isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    release = threading.Timer(0.3, other.execute, ["COMMIT"])
    release.start()
    assert add_examples(store, [Record("Ada")], "test") == ([1], 1)
    release.join()
    other.close()


def test_a_store_that_another_program_holds_alone_cannot_be_opened_but_is_unharmed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "LOCK_TIMEOUT", 0.1)
    path = tmp_path / "store.db"
    create_store(path).close()
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("PRAGMA locking_mode = EXCLUSIVE")
    other.execute("BEGIN EXCLUSIVE")
    with pytest.raises(StoreError, match=f"{path}: another program has held the store locked"):
        open_store(path)
    other.execute("ROLLBACK")
    other.close()
    open_store(path).close()


def test_a_full_disk_loses_only_what_did_not_fit(store: Store) -> None:
    add_examples(store, [Record("before")], "test")
    pages = store.execute("PRAGMA page_count").fetchone()[0]
    store.execute(f"PRAGMA max_page_count = {pages + 2}")
    with pytest.raises(StoreError, match=f"{store.path}: the disk is full; what was saved is safe"):
        add_examples(store, [Record(f"{number} " * 500) for number in range(100)], "test")
    store.execute("PRAGMA max_page_count = 1000000")
    assert store_status(store).examples == 1
    assert store.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert add_examples(store, [Record("after")], "test") == ([2], 1)


def test_a_damaged_store_is_one_plain_error_wherever_the_damage_shows(store: Store, predict: Predict) -> None:
    predict(store, "left", {f"text {number} {'x' * 200}": [] for number in range(500)})
    store.close()
    content = bytearray(store.path.read_bytes())
    for page in range(3, len(content) // 4096):
        content[page * 4096 : page * 4096 + 64] = os.urandom(64)
    store.path.write_bytes(content)

    def use() -> None:
        with open_store(store.path) as damaged:
            store_status(damaged)
            start_run(damaged, predictor="right", kind="file", fingerprint="1", model="test")
            add_examples(damaged, [Record("new")], "test")

    with pytest.raises(StoreError, match=f"{store.path}: the file is damaged"):
        use()


@pytest.mark.parametrize("how", ["deleted", "emptied"])
def test_the_leavings_of_an_earlier_store_do_not_get_into_a_new_one(tmp_path: Path, how: str) -> None:
    path = tmp_path / "store.db"
    killed = (
        "import os, sys; from tiebreak.core.store.opening import create_store;"
        "from tiebreak.core.records import Record;"
        "from tiebreak.core.store.examples import add_examples;"
        "store = create_store(sys.argv[1]);"
        "add_examples(store, [Record(f'old {n} ' * 300) for n in range(300)], 'test'); os.kill(os.getpid(), 9)"
    )
    subprocess.run([sys.executable, "-c", killed, path], check=False)
    assert path.with_name("store.db-wal").stat().st_size > 0
    path.unlink()
    if how == "emptied":
        path.touch()
    with create_store(path) as store:
        assert store_status(store).examples == 0
        assert add_examples(store, [Record("new")], "test") == ([1], 1)
        assert store.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert query(path, "SELECT text FROM examples") == [("new",)]


def test_a_process_that_made_the_store_meanwhile_keeps_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, theirs = tmp_path / "store.db", tmp_path / "theirs.db"
    with create_store(theirs, Task.SPANCAT) as store:
        add_examples(store, [Record("theirs")], "test")
    put_in_place = making.put_in_place

    def be_late(made: making.MadeFile) -> None:
        shutil.copy(theirs, path)
        put_in_place(made)

    monkeypatch.setattr(making, "put_in_place", be_late)
    with create_store(path, Task.NER) as store:
        assert store.task is Task.SPANCAT
        assert store_status(store).examples == 1


def test_a_transaction_that_raises_leaves_nothing_behind(store: Store) -> None:

    def stop() -> None:
        with store.transaction():
            add_examples(store, [Record("Ada")], "test")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        stop()
    assert store_status(store).examples == 0
    assert add_examples(store, [Record("Ada")], "test") == ([1], 1)


def test_an_answer_can_be_neither_changed_nor_deleted_by_anyone(store: Store, predict: Predict) -> None:
    ids = predict(store, "left", {"Ada": []})
    save_answer(store, an_answer(ids["Ada"]))
    before = query(store.path, "SELECT * FROM answers")
    for sql in (
        "UPDATE answers SET answer = 'reject'",
        "DELETE FROM answers",
        "INSERT OR REPLACE INTO answers SELECT * FROM answers",
    ):
        plain = sqlite3.connect(store.path, isolation_level=None)
        with pytest.raises(sqlite3.DatabaseError):
            plain.execute(sql)
        plain.close()
    assert query(store.path, "SELECT * FROM answers") == before


def test_an_answer_is_on_disk_before_it_returns(store: Store, predict: Predict, tmp_path: Path) -> None:
    ids = predict(store, "left", {"Ada": []})
    save_answer(store, an_answer(ids["Ada"], seconds=2.5, keys=3))
    copied = tmp_path / "copied.db"
    for ending in ("", "-wal"):
        shutil.copy(f"{store.path}{ending}", f"{copied}{ending}")
    [(answer, seconds, keys)] = query(copied, "SELECT answer, seconds, keys FROM answers_in_force")
    assert (answer, seconds, keys) == ("accept", 2.5, 3)


def test_a_plain_client_finds_the_common_questions_answered_by_views(store: Store, predict: Predict) -> None:
    texts = ["Ada", "Bob", "Cyd"]
    predict(store, "left", {"Ada": [Span(0, 3, "A")], "Bob": [], "Cyd": []})
    ids = predict(store, "right", {"Ada": [], "Bob": [], "Cyd": "HTTP 500"})
    save_answer(store, an_answer(ids["Ada"]))
    assert query(store.path, "SELECT text, score, differences, answered FROM disagreements") == [("Ada", 1.0, 1, 1)]
    assert query(store.path, "SELECT predictor, text, error FROM failed_predictions") == [("right", "Cyd", "HTTP 500")]
    assert query(store.path, "SELECT text, annotator, answer, spans FROM answers_in_force") == [
        ("Ada", "sam", "accept", '[{"start":0,"end":3,"label":"A"}]')
    ]
    predictions = query(store.path, "SELECT example_id, predictor, status, spans FROM current_predictions")
    assert (ids["Ada"], "left", "ok", '[{"start":0,"end":3,"label":"A"}]') in predictions
    assert len(predictions) == 2 * len(texts)
    views = query(store.path, "SELECT name FROM sqlite_master WHERE type = 'view'")
    store.execute("INSERT INTO remarks VALUES (1, ?, 'sam', 's', 1, 'odd', 0)", (ids["Ada"],))
    assert all(query(store.path, f"SELECT * FROM {name}") for (name,) in views)


def test_a_store_of_the_first_schema_opens_with_all_that_is_in_it(data: Path, tmp_path: Path) -> None:
    old = tmp_path / "old.db"
    shutil.copy(data / "store_v1.db", old)
    with open_store(old) as store:
        [answer] = answers_in_force(store, ["accept"])
        assert (answer.annotator, answer.choices[0].choice, answer.cats) == ("sam", "right", None)
        assert next_examples(store, DISAGREEING) == [1]
        save_answer(store, an_answer(1))
    with open_store(old) as store:
        assert len(list(answers_in_force(store, ["accept"]))) == 2


def test_a_store_of_the_second_schema_opens_with_all_that_is_in_it(data: Path, tmp_path: Path) -> None:
    old = tmp_path / "old.db"
    shutil.copy(data / "store_v2.db", old)
    with open_store(old) as store:
        [answer] = answers_in_force(store, ["accept"])
        assert (answer.annotator, answer.spans) == ("sam", (Span(0, 4, "ORG"),))
        prediction = inspect_example(store, 1).predictions[1]
        assert (prediction.calls[0].response, prediction.calls[0].reused) == ("ORG: Uber\nLOCATION: Paris", False)
        status = store_status(store)
        assert (status.failed, [run.calls for run in status.runs]) == (1, [0, 0])
        save_predictions(store, 2, [Prediction(3, calls=(LLMCall("p", "r", 0.1, 7, 2, cost=0.5),))])
        assert [run.cost for run in store_status(store).runs] == [None, 0.5]


def test_the_status_counts_examples_by_what_is_known_of_them(store: Store, predict: Predict) -> None:
    add_examples(store, [Record("unseen")], "test")
    predict(store, "left", {"same": [], "differs": [Span(0, 3, "A")], "fails": [], "alone": [], "lost": "HTTP 500"})
    ids = predict(store, "right", {"same": [], "differs": [], "fails": "no answer", "lost": "HTTP 500"})
    save_answer(store, an_answer(ids["same"]))
    status = store_status(store)
    runs = [(run.predictor, run.ok, run.failed, run.current) for run in status.runs]
    assert replace(status, runs=()) == StoreStatus(
        examples=6,
        predicted=4,
        agreed=1,
        disagreeing=1,
        open=4,
        read_by_one=2,
        failed=2,
        answered=1,
        task=Task.NER,
        scorer=None,
        runs=(),
        engines=(),
    )
    assert runs == [("left", 4, 1, True), ("right", 2, 2, True)]
    assert failure_reasons(store) == [
        ("left", "HTTP 500", 1),
        ("right", "HTTP 500", 1),
        ("right", "no answer", 1),
    ]


def test_texts_are_stored_code_point_by_code_point(store: Store) -> None:
    texts = ["nul \x00 inside", "\u2028", "😀\u200d", "\x1b[0m", "x" * 100_000, "\ufeff", "\r\n"]
    ids, _ = add_examples(store, [Record(text, meta={text: text}) for text in texts], "test")
    stored = [store.execute("SELECT text FROM examples WHERE id = ?", (each,)).fetchone()[0] for each in ids]
    assert stored == texts


def test_a_prediction_of_an_unknown_example_is_refused(store: Store) -> None:
    run_id = start_run(store, predictor="left", kind="file", fingerprint="1", model="test")
    with pytest.raises(StoreError, match="FOREIGN KEY"):
        save_predictions(store, run_id, [Prediction(99)])
    assert query(store.path, "SELECT * FROM predictions") == []
