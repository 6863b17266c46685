"""The cache of answers: one file for many stores and processes, in which no two processes ask the same at once."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tiebreak.core.errors import StoreError
from tiebreak.core.records import LLMCall
from tiebreak.core.store import answer_cache
from tiebreak.core.store.answer_cache import AnswerCache

ONE, TWO, THREE = b"1", b"2", b"3"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "cache.db"


@pytest.fixture
def cache(path: Path) -> Iterator[AnswerCache]:
    with closing(AnswerCache(path)) as cache:
        yield cache


@pytest.fixture
def other(cache: AnswerCache, path: Path) -> Iterator[AnswerCache]:
    """The same file, opened by another process."""
    with closing(AnswerCache(path)) as other:
        yield other


def call(request: bytes, response: str | None = "answer") -> LLMCall:
    return LLMCall(prompt="prompt", response=response, seconds=1.0, request=request)


def test_what_is_no_cache_is_refused_and_left_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(StoreError, match="not a file"):
        AnswerCache(tmp_path)
    with pytest.raises(StoreError, match="does not exist; make it first"):
        AnswerCache(tmp_path / "nowhere" / "cache.db")
    foreign = tmp_path / "foreign.db"
    with closing(sqlite3.connect(foreign)) as connection:
        connection.execute("CREATE TABLE texts (text)")
    before = foreign.read_bytes()
    with pytest.raises(StoreError, match="an SQLite file, but not a cache of answers"):
        AnswerCache(foreign)
    assert foreign.read_bytes() == before
    with monkeypatch.context() as patch:
        patch.setattr(os, "access", lambda asked, mode: asked != foreign)
        with pytest.raises(StoreError, match="the cache is read-only"):
            AnswerCache(foreign)


def test_an_answer_is_kept_until_it_is_forgotten_and_the_first_one_stays(
    cache: AnswerCache, other: AnswerCache
) -> None:
    cache.save([call(ONE, "first"), call(TWO, None)])
    other.save([call(ONE, "second")])
    assert {request: found.response for request, found in other.find([ONE, TWO]).items()} == {ONE: "first"}
    other.forget([])
    other.forget([ONE])
    assert cache.find([ONE]) == {}


def test_a_group_waits_if_another_asks_a_part_of_it_or_has_its_answer(cache: AnswerCache, other: AnswerCache) -> None:
    assert cache.claim([[], []]) == [True, True]
    cache.save([call(THREE)])
    assert cache.claim([[ONE], [TWO, THREE]]) == [True, False]
    assert other.claim([[ONE, TWO], [TWO]]) == [False, True]
    cache.release([])
    cache.release([ONE])
    assert other.claim([[ONE]]) == [True]


def test_what_was_claimed_is_free_once_nobody_renews_it(
    cache: AnswerCache, other: AnswerCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache.claim([[ONE]])
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now)
    now += answer_cache._LEASE - 1
    cache.renew()
    now += 2
    assert other.claim([[ONE]]) == [False]
    cache.renew()  # too soon to renew it again
    now += answer_cache._LEASE - 1
    assert other.claim([[ONE]]) == [True]


def test_what_fails_halfway_is_not_kept(cache: AnswerCache, other: AnswerCache) -> None:
    cache._connection.execute(
        "CREATE TEMP TRIGGER refuse BEFORE INSERT ON answers WHEN NEW.request = x'32' "
        "BEGIN SELECT raise(ABORT, 'no room'); END"
    )
    with pytest.raises(StoreError, match="no room"):
        cache.save([call(ONE), call(TWO)])
    assert other.find([ONE]) == {}
    other.save([call(TWO)])  # the lock is free
