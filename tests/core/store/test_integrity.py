"""Whether a store can be written, and what is wrong with one that cannot be read."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from stores import create_store

from tiebreak.core.errors import StoreError
from tiebreak.core.records import Record
from tiebreak.core.store import integrity
from tiebreak.core.store.connection import Store
from tiebreak.core.store.examples import add_examples
from tiebreak.core.store.integrity import check_writable, find_damage
from tiebreak.core.store.values import cause_in


@pytest.mark.parametrize(("refused", "said"), [("store.db", "the store is read-only"), ("", "its folder is read-only")])
def test_a_store_that_cannot_be_written_says_whose_permissions_are_at_fault(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, refused: str, said: str
) -> None:
    path = tmp_path / "store.db"
    create_store(path).close()
    check_writable(path)
    monkeypatch.setattr(os, "access", lambda asked, mode: asked != tmp_path / refused)
    with pytest.raises(StoreError, match=said):
        check_writable(path)


def test_a_store_that_another_program_holds_locked_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "store.db"
    create_store(path).close()
    monkeypatch.setattr(integrity, "_LOCK_TIMEOUT", 0.0)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreError, match="another program holds the store locked"):
            check_writable(path)
        other.execute("ROLLBACK")
    check_writable(path)


def test_a_store_that_takes_too_long_to_read_is_not_called_damaged(store: Store) -> None:
    add_examples(store, [Record(f"text {number}") for number in range(2000)], "test")
    assert find_damage(store, 0.0) is None
    assert find_damage(store, 60.0) == []


def test_a_row_that_refers_to_nothing_is_damage(store: Store) -> None:
    refer_to_nothing(store)
    assert find_damage(store, 60.0) == ["a row of remarks refers to a row of examples that is missing"]


def refer_to_nothing(store: Store, made_at: object = 1.0) -> None:
    store.execute("PRAGMA foreign_keys = OFF")
    store.execute(
        "INSERT INTO remarks (example_id, annotator, session, flagged, note, made_at) VALUES (99, 'a', 's', 0, '', ?)",
        (made_at,),
    )


def test_the_cause_of_an_error_is_a_value_of_another_type_or_a_row_that_refers_to_nothing(store: Store) -> None:
    assert cause_in(store.connection) == ""
    refer_to_nothing(store)
    assert cause_in(store.connection) == "a row of remarks refers to a row of examples that is missing"
    refer_to_nothing(store, "noon")
    assert cause_in(store.connection) == "remarks.made_at holds a value that is not REAL"


def test_the_cause_is_given_up_where_it_is_not_found_in_reasonable_time(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tiebreak.core.store.values._SECONDS_STEPS", 0)
    add_examples(store, [Record(f"text {number}") for number in range(2000)], "test")
    refer_to_nothing(store)
    assert cause_in(store.connection) == ""
    assert store.execute("SELECT count(*) FROM examples").fetchone() == (2000,)
