"""A digest knows a store that is exactly as Tiebreak makes it; Tiebreak looks at any other store in detail."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Mapping
from contextlib import closing

import pytest

from tiebreak.core.records import Span
from tiebreak.core.store import foreign
from tiebreak.core.store.connection import Store
from tiebreak.core.store.definitions import DIGEST, TRIGGERS, digest, own_definitions
from tiebreak.core.store.foreign import foreign_objects
from tiebreak.core.store.words import index_words

Predict = Callable[[Store, str, Mapping[str, Iterable[Span] | str]], dict[str, int]]


@pytest.fixture
def never_made(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Fail if Tiebreak makes another store for comparison."""

    def fail(version: int) -> None:
        raise AssertionError(f"a store of schema {version} was made in memory")

    return lambda: monkeypatch.setattr(foreign, "own_definitions", fail)


def test_the_digest_and_the_triggers_are_those_of_the_present_schema() -> None:
    assert digest(own_definitions()) == DIGEST
    assert {name for kind, name in own_definitions() if kind == "trigger"} == TRIGGERS


def test_a_store_of_ours_is_compared_with_no_other_with_and_without_the_index_of_words(
    store: Store, predict: Predict, never_made: Callable[[], None]
) -> None:
    predict(store, "left", {"a text": [Span(0, 1, "A")]})
    never_made()
    assert foreign_objects(store.connection) == []
    index_words(store, seconds=float("inf"))
    assert store.execute("SELECT 1 FROM sqlite_master WHERE name = 'example_words'").fetchone()
    assert foreign_objects(store.connection) == []


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        ("CREATE TRIGGER example_words_too AFTER INSERT ON answers BEGIN SELECT 1; END", "example_words_too"),
        ("CREATE UNIQUE INDEX example_words_once ON answers (example_id)", "example_words_once"),
        ("CREATE VIEW example_words AS SELECT 1", "example_words"),
        ("CREATE TABLE example_words (words)", "example_words"),
        ("DROP TRIGGER answers_are_never_deleted", "answers_are_never_deleted"),
    ],
)
def test_what_is_not_ours_is_found_under_the_names_of_what_is_made_later(
    store: Store, statement: str, found: str
) -> None:
    with closing(sqlite3.connect(store.path)) as connection:
        connection.execute(statement)
    assert [each.name for each in foreign_objects(store.connection)] == [found]
