"""Files that somebody else made: a store with what stands beside it, a config. Nothing of ours is lost, or held up."""

from __future__ import annotations

import os
import sqlite3
import struct
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from tiebreak.core.doctor.predictors import key_variables, read_predictors
from tiebreak.core.errors import ConfigError, StoreError
from tiebreak.core.predictors.llm_pipeline import assemble
from tiebreak.core.predictors.local_server import fingerprint_of
from tiebreak.core.project.config import PredictorConfig, read_project
from tiebreak.core.records import Task
from tiebreak.core.store import time_limit
from tiebreak.core.store.answer_cache import AnswerCache
from tiebreak.core.store.backup import back_up
from tiebreak.core.store.connection import Store
from tiebreak.core.store.integrity import check_writable, open_unchanged
from tiebreak.core.store.opening import create_store, open_store
from tiebreak.core.store.replacing import restore
from tiebreak.core.ways_out import Way, WayOut

MAGIC = bytes.fromhex("d9d505f920a163d7")
PAGE = 4096


def read(path: Path) -> None:
    with open_unchanged(path) as store:
        store.execute("SELECT count(*) FROM examples").fetchone()


OPENERS: dict[str, Callable[[Path], object]] = {
    "open": lambda path: open_store(path).close(),
    "read": read,
    "doctor": check_writable,
    "backup": lambda path: back_up(path, path.with_name("copy.db")),
    "restore from it": lambda path: restore(path, path.with_name("new.db")),
    "restore over it": lambda path: restore(path.with_name("good.db"), path, replace=True),
    "through a link": lambda path: open_store(path.with_name("link.db")).close(),
}


def put_journal(path: Path, tail: bytes) -> None:
    """A journal that SQLite takes for one of a transaction that was cut off."""
    with closing(sqlite3.connect(path)) as plain:
        plain.execute("PRAGMA journal_mode = DELETE")
        pages = plain.execute("PRAGMA page_count").fetchone()[0]
    head = (MAGIC + struct.pack(">5I", 0, 0, pages, 512, PAGE)).ljust(512, b"\0")
    Path(f"{path}-journal").write_bytes(head + tail)


def shared_by(victim: Path) -> bytes:
    """The end of a journal that names `victim` as the journal which several files share."""
    name = str(victim).encode()
    return struct.pack(">I", (1 << 30) // PAGE + 1) + name + struct.pack(">2I", len(name), sum(name)) + MAGIC


@pytest.fixture
def path(tmp_path: Path) -> Path:
    create_store(tmp_path / "good.db", Task.NER).close()
    create_store(tmp_path / "sent.db", Task.NER).close()
    (tmp_path / "link.db").symlink_to(tmp_path / "sent.db")
    return tmp_path / "sent.db"


@pytest.mark.parametrize("opener", OPENERS)
def test_a_journal_beside_a_store_has_no_other_file_deleted(path: Path, opener: str) -> None:
    victim = path.with_name("thesis.txt")
    victim.write_text("years of work")
    put_journal(path, shared_by(victim))
    with pytest.raises(StoreError, match=r"SQLite would delete another file that it names.*move it away"):
        OPENERS[opener](path)
    assert victim.read_text() == "years of work"
    Path(f"{path}-journal").unlink()
    OPENERS[opener](path)


def test_sqlite_does_delete_what_such_a_journal_names(path: Path) -> None:
    """Else the test above would hold nothing."""
    victim = path.with_name("thesis.txt")
    victim.write_text("years of work")
    put_journal(path, shared_by(victim))
    with closing(sqlite3.connect(path)) as plain:
        plain.execute("SELECT count(*) FROM examples").fetchone()
    assert not victim.exists()


def test_a_journal_of_the_store_alone_is_rolled_back(path: Path) -> None:
    put_journal(path, b"")
    open_store(path).close()
    assert not Path(f"{path}-journal").exists()


def test_a_journal_beside_a_cache_has_no_other_file_deleted(tmp_path: Path) -> None:
    cache, victim = tmp_path / "cache.db", tmp_path / "thesis.txt"
    AnswerCache(cache).close()
    victim.write_text("years of work")
    put_journal(cache, shared_by(victim))
    with pytest.raises(StoreError, match="SQLite would delete another file that it names"):
        AnswerCache(cache)
    assert victim.exists()


ENDLESS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n"


def write_each(store: Store, sql: str, rows: list[tuple[str, str]]) -> None:
    with store.transaction() as writer:
        for row in rows:
            writer.execute(sql, row)


def write_all(store: Store, sql: str, rows: list[tuple[str, str]]) -> None:
    with store.transaction() as writer:
        writer.executemany(sql, rows)


@pytest.mark.parametrize("write", [write_each, write_all])
def test_a_trigger_without_end_is_given_up(
    path: Path, monkeypatch: pytest.MonkeyPatch, write: Callable[[Store, str, list[tuple[str, str]]], None]
) -> None:
    monkeypatch.setattr(time_limit, "LIMIT", 0.2)
    with closing(sqlite3.connect(path)) as plain:
        plain.executescript(
            "CREATE TABLE other (i); CREATE TRIGGER hold AFTER INSERT ON settings WHEN new.name = 'second' "
            f"BEGIN INSERT INTO other {ENDLESS}; END;"
        )
    with open_store(path) as store:
        with pytest.raises(StoreError, match="a trigger that is not Tiebreak's took too long") as refused:
            write(store, "INSERT INTO settings (name, value) VALUES (?, ?)", [("first", "1"), ("second", "2")])
        assert refused.value.way_out == WayOut(Way.REPAIR, str(path))
        assert store.setting("first") is None
        store.set_setting("third", "3")
        assert store.setting("third") == "3"


def test_time_between_statements_and_rows_is_not_counted(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A long load into a store with a trigger of the user's own is not given up: each row has its time."""
    monkeypatch.setattr(time_limit, "LIMIT", 0.1)
    monkeypatch.setattr(time_limit, "_STEPS", 1)
    clock = iter(range(1_000_000))  # each look at the clock is later by a hundredth of the limit
    monkeypatch.setattr(time, "monotonic", lambda: next(clock) / 1000)
    with closing(sqlite3.connect(path)) as plain:
        plain.executescript("CREATE TRIGGER own AFTER INSERT ON settings BEGIN SELECT 1; END;")
    with open_store(path) as store:
        with store.transaction() as writer:
            writer.executemany(
                "INSERT INTO settings (name, value) VALUES (?, ?)", ((f"n{number}", "x") for number in range(200))
            )
        assert store.setting("n199") == "x"


def test_no_value_fills_the_memory(path: Path) -> None:
    """An index that somebody added computes what it likes of each row."""
    with closing(sqlite3.connect(path)) as plain:
        plain.execute("CREATE INDEX large ON settings (length(zeroblob(300000000))) WHERE name = 'large'")
    with (
        open_store(path) as store,
        pytest.raises(StoreError, match="a value, read or to be saved, is larger than 256 MiB"),
    ):
        store.set_setting("large", "x")


@pytest.mark.parametrize("kind", ["pipe", "device"])
def test_a_config_or_model_that_is_no_file_holds_nothing_up(tmp_path: Path, kind: str) -> None:
    if kind == "pipe":
        path = tmp_path / "pipe.cfg"
        os.mkfifo(path)
    else:
        path = tmp_path / "device.cfg"
        path.symlink_to("/dev/zero")
    began = time.monotonic()
    for look in (
        lambda: read_project(path),
        lambda: read_predictors(path),
        lambda: key_variables(PredictorConfig("llm", str(path))),
        lambda: assemble(path, {}),
        lambda: fingerprint_of(path),
    ):
        with pytest.raises(ConfigError, match="not an ordinary file"):
            look()
    assert time.monotonic() - began < 30


def test_a_config_that_is_far_too_large_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "large.cfg"
    with path.open("wb") as file:
        file.truncate(1 << 40)  # takes no room on the disk
    with pytest.raises(ConfigError, match="larger than 5 MB, so not a config"):
        read_project(path)
