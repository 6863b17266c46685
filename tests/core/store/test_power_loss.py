"""The power fails at any moment: the store opens, is whole, and has all that was saved.

The tests watch SQLite's files through a VFS of their own, and so know each write and each sync. After a loss of power a
file holds all synced writes, and any part of the later writes: whole, torn, as garbage, or none.
TIEBREAK_POWER_LOSS=20 tries twenty times as many states.
"""

from __future__ import annotations

import ctypes
import ctypes.util
import logging
import os
import random
import re
import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tiebreak.core.errors import StoreError
from tiebreak.core.records import Answer, Prediction, Record, Span
from tiebreak.core.review.session import ReviewSession
from tiebreak.core.store import schema
from tiebreak.core.store.answers import save_answer, undo_last_answer
from tiebreak.core.store.checking import check_store
from tiebreak.core.store.examples import add_examples
from tiebreak.core.store.opening import create_store, open_store
from tiebreak.core.store.predictions import save_predictions, start_run

SCALE = float(os.environ.get("TIEBREAK_POWER_LOSS", "1"))
SECTOR = 512
WRITE, TRUNCATE, SYNC, DELETE, MARK = "write", "truncate", "sync", "delete", "mark"
_pointer = ctypes.c_void_p
_METHODS = 19  # fields of sqlite3_io_methods: a version, then functions
_XOPEN = ctypes.CFUNCTYPE(ctypes.c_int, _pointer, _pointer, _pointer, ctypes.c_int, _pointer)
_XDELETE = ctypes.CFUNCTYPE(ctypes.c_int, _pointer, _pointer, ctypes.c_int)
_XCLOSE = ctypes.CFUNCTYPE(ctypes.c_int, _pointer)
_XWRITE = ctypes.CFUNCTYPE(ctypes.c_int, _pointer, _pointer, ctypes.c_int, ctypes.c_int64)
_XTRUNCATE = ctypes.CFUNCTYPE(ctypes.c_int, _pointer, ctypes.c_int64)
_XSYNC = ctypes.CFUNCTYPE(ctypes.c_int, _pointer, ctypes.c_int)


class _Vfs(ctypes.Structure):
    _fields_ = (
        *(("version", ctypes.c_int), ("file_size", ctypes.c_int), ("longest_path", ctypes.c_int)),
        *(("next", _pointer), ("name", ctypes.c_char_p), ("data", _pointer), ("open", _pointer), ("delete", _pointer)),
        ("others", _pointer * 14),
    )


class _Methods(ctypes.Structure):
    _fields_ = (("version", ctypes.c_int), ("functions", _pointer * (_METHODS - 1)))


@dataclass(frozen=True)
class Event:
    """An event of a file: bytes written at a place, a new size, a sync, its deletion; or a mark by the test."""

    kind: str
    file: str = ""
    place: int = 0
    content: bytes = b""
    mark: Any = None


_kept: list[Any] = []  # SQLite uses registered objects until the process ends


class Recorder:
    """Watches all files that SQLite opens in this process while it is `recording`."""

    def __init__(self, library: ctypes.CDLL) -> None:
        self.events: list[Event] = []
        self._files: dict[int, str] = {}
        self._replaced: dict[int, _Methods] = {}
        library.sqlite3_vfs_find.restype = _pointer
        library.sqlite3_vfs_find.argtypes = (ctypes.c_char_p,)
        library.sqlite3_vfs_register.argtypes = (_pointer, ctypes.c_int)
        library.sqlite3_vfs_unregister.argtypes = (_pointer,)
        original = library.sqlite3_vfs_find(None)
        self._library, self._vfs = library, _Vfs.from_buffer_copy(ctypes.string_at(original, ctypes.sizeof(_Vfs)))
        self._vfs.name = b"recorder"
        self._open, self._delete = _XOPEN(self._vfs.open), _XDELETE(self._vfs.delete)
        self._callbacks = (_XOPEN(self._on_open), _XDELETE(self._on_delete))
        self._vfs.open, self._vfs.delete = (ctypes.cast(each, _pointer).value for each in self._callbacks)
        _kept.append(self)

    @contextmanager
    def recording(self) -> Iterator[None]:
        self._library.sqlite3_vfs_register(ctypes.byref(self._vfs), 1)
        try:
            yield
        finally:
            self._library.sqlite3_vfs_unregister(ctypes.byref(self._vfs))

    def mark(self, mark: Any) -> None:
        self.events.append(Event(MARK, mark=mark))

    def _on_open(self, vfs: int, name: int | None, file: int, flags: int, out: int | None) -> int:
        status = self._open(vfs, name, file, flags, out)
        address = _pointer.from_address(file)
        if status == 0 and name and address.value:
            self._files[file] = Path(os.fsdecode(ctypes.string_at(name))).name
            address.value = ctypes.addressof(self._methods(address.value))
        return int(status)

    def _on_delete(self, vfs: int, name: int, sync: int) -> int:
        status = self._delete(vfs, name, sync)
        if status == 0:
            self.events.append(Event(DELETE, Path(os.fsdecode(ctypes.string_at(name))).name, sync))
        return int(status)

    def _methods(self, original: int) -> _Methods:
        """Return SQLite's methods of a file, with the recorder's before those that change it."""
        if original in self._replaced:
            return self._replaced[original]
        methods = _Methods.from_buffer_copy(ctypes.string_at(original, ctypes.sizeof(_Methods)))
        functions = methods.functions
        close, write = _XCLOSE(functions[0]), _XWRITE(functions[2])
        truncate, sync = _XTRUNCATE(functions[3]), _XSYNC(functions[4])
        files, events = self._files, self.events

        def on_close(file: int) -> int:
            files.pop(file, None)
            return int(close(file))

        def on_write(file: int, content: int, size: int, place: int) -> int:
            events.append(Event(WRITE, files[file], place, ctypes.string_at(content, size)))
            return int(write(file, content, size, place))

        def on_truncate(file: int, size: int) -> int:
            events.append(Event(TRUNCATE, files[file], size))
            return int(truncate(file, size))

        def on_sync(file: int, flags: int) -> int:
            status = int(sync(file, flags))
            events.append(Event(SYNC, files[file]))
            return status

        ours = {0: _XCLOSE(on_close), 2: _XWRITE(on_write), 3: _XTRUNCATE(on_truncate), 4: _XSYNC(on_sync)}
        for number, function in ours.items():
            functions[number] = ctypes.cast(function, _pointer).value
        _kept.append(ours)
        self._replaced[original] = methods
        return methods


@pytest.fixture
def recorder() -> Recorder:
    import _sqlite3

    name = ctypes.util.find_library("sqlite3")
    shared = Path("/proc/self/maps")
    if not name or not shared.exists() or "libsqlite3" not in shared.read_text():
        pytest.skip(f"SQLite is part of {_sqlite3.__name__} here, not a library, so its files cannot be watched")
    library = ctypes.CDLL(name)
    library.sqlite3_libversion.restype = ctypes.c_char_p
    assert library.sqlite3_libversion().decode() == sqlite3.sqlite_version
    return Recorder(library)


@dataclass
class _File:
    """A file on the disk: its certain content, and the writes since."""

    synced: bytearray = field(default_factory=bytearray)
    since: list[Event] = field(default_factory=list)

    def after_a_loss(self, chosen: random.Random | None, *, all_written: bool = False) -> bytes:
        """Return a possible content after a loss: all written, only what was synced, or with `chosen` any part."""
        content = bytearray(self.synced)
        for event in self.since:
            if all_written:
                _apply(content, event)
            elif chosen is not None and chosen.random() < 0.6:
                _apply(content, event if chosen.random() < 0.6 else _torn(event, chosen))
        return bytes(content)


def _apply(content: bytearray, event: Event) -> None:
    if event.kind == TRUNCATE:
        del content[event.place :]
        content.extend(bytes(event.place - len(content)))
        return
    content.extend(bytes(max(0, event.place - len(content))))
    content[event.place : event.place + len(event.content)] = event.content


def _torn(event: Event, chosen: random.Random) -> Event:
    """Return the write with only its beginning or its end on the disk, or with a sector of garbage or zeros."""
    content, how = event.content, chosen.randrange(4)
    if event.kind != WRITE or not content:
        return event
    cut = min(SECTOR * chosen.randint(0, max(1, len(content) // SECTOR)), len(content))
    if how == 0:
        return Event(WRITE, event.file, event.place, content[:cut])
    if how == 1:
        return Event(WRITE, event.file, event.place + cut, content[cut:])
    noise = chosen.randbytes(SECTOR) if how == 2 else bytes(SECTOR)
    return Event(WRITE, event.file, event.place, (content[:cut] + noise + content[cut + SECTOR :])[: len(content)])


class Disk:
    """The files of one store as the events go by."""

    def __init__(self, store: str, content: bytes) -> None:
        self.names = (store, f"{store}-wal", f"{store}-journal")
        self.files = {store: _File(bytearray(content))}
        self.deleted: dict[str, bytes] = {}  # deleted files may be back, since the folder was not synced

    def happens(self, event: Event) -> None:
        if event.file not in self.names:
            return
        if event.kind == DELETE:
            file = self.files.pop(event.file, None)
            self.deleted.pop(event.file, None)
            if file is not None and not event.place:
                self.deleted[event.file] = file.after_a_loss(None, all_written=True)
            return
        file = self.files.setdefault(event.file, _File())
        if event.kind == SYNC:
            for each in file.since:
                _apply(file.synced, each)
            file.since.clear()
            self.deleted.pop(event.file, None)
        else:
            file.since.append(event)

    def states(self, chosen: random.Random, count: int) -> Iterator[dict[str, bytes]]:
        """Yield possible contents of the disk if the power fails now."""
        yield {name: file.after_a_loss(None, all_written=True) for name, file in self.files.items()}
        yield {name: file.after_a_loss(None) for name, file in self.files.items() if file.synced} | self.deleted
        if any(file.since for file in self.files.values()):
            for _ in range(count):
                yield {name: file.after_a_loss(chosen) for name, file in self.files.items()}


Check = Callable[[Path, Any], None]


def lose_power(
    events: Sequence[Event], store: str, before: bytes, folder: Path, most: int, check: Check, seed: int = 1
) -> int:
    """Have `check` look at about `most` states after a loss, spread over all events, with the last mark before each."""
    chosen = random.Random(seed)
    disk, mark, count = Disk(store, before), None, 0
    writes = sum(event.file in disk.names for event in events)
    share = min(1.0, most / (4 * writes))
    seen: set[int] = set()
    for number, event in enumerate(events):
        disk.happens(event)
        mark = event.mark if event.kind == MARK else mark
        if event.kind != MARK and (event.file not in disk.names or chosen.random() > share):
            continue
        for state in disk.states(chosen, int(max(2, 2 * SCALE))):
            digest = hash((repr(mark), *sorted(state.items())))
            if digest in seen:
                continue
            seen.add(digest)
            count += 1
            path = folder / f"after{number}.db"
            for name, content in state.items():
                path.with_name(path.name + name.removeprefix(store)).write_bytes(content)
            check(path, mark)
            for each in folder.glob(f"{path.name}*"):
                each.unlink()
    return count


def rows_of(connection: sqlite3.Connection, sql: str) -> list[Any]:
    return [tuple(row) for row in connection.execute(sql)]


ANSWERS = "SELECT id, example_id, annotator, answer, spans, keys, view FROM answers ORDER BY id"
UNDONE = "SELECT answer_id FROM undone_answers ORDER BY answer_id"
SAID = "SELECT example_id, run_id, status, spans FROM predictions ORDER BY example_id, run_id"
TEXTS = "SELECT id, text FROM examples ORDER BY id"


def contents(connection: sqlite3.Connection) -> dict[str, list[Any]]:
    return {sql: rows_of(connection, sql) for sql in (ANSWERS, UNDONE, SAID, TEXTS)}


def assert_whole(path: Path, mark: Any) -> None:
    """Check that the store opens, is whole, and holds what was saved, perhaps with the step that was under way."""
    saved, following = mark
    with open_store(path) as store:
        found = contents(store.connection)
        assert [str(each) for each in check_store(store) if each.is_fault] == []
    assert found in (saved, following), f"{path}: {[sql for sql in saved if found[sql] != saved[sql]]}"


class Work:
    """Does one step at a time, and marks the content of the store before and after each."""

    def __init__(self, recorder: Recorder, path: Path) -> None:
        self.recorder, self.path = recorder, path
        self.steps: list[dict[str, list[Any]]] = []

    def do(self, step: Callable[[], object]) -> None:
        self.recorder.mark(("before", len(self.steps)))
        step()
        self.recorder.mark(("after", len(self.steps)))
        with closing(sqlite3.connect(f"file:{self.path}?mode=ro", uri=True)) as connection:
            self.steps.append(contents(connection))

    def marked(self, first: dict[str, list[Any]]) -> list[Event]:
        """Return the events, each mark with the content saved by then, and the content after the step under way."""
        states = [first, *self.steps]
        return [
            Event(
                MARK,
                mark=(states[event.mark[1]], states[event.mark[1] + 1])
                if event.mark[0] == "before"
                else (states[event.mark[1] + 1],) * 2,
            )
            if event.kind == MARK
            else event
            for event in self.recorder.events
        ]


def texts(count: int) -> list[str]:
    return [f"Uber opens office {number} in Paris" for number in range(count)]


def say(store: Any, predictor: str, label: str, ids: Sequence[int], fingerprint: str = "1") -> None:
    run = start_run(store, predictor=predictor, kind="file", fingerprint=fingerprint, model="m")
    save_predictions(store, run, [Prediction(each, (Span(0, 4, label),)) for each in ids])


@pytest.mark.full
def test_what_was_saved_outlives_a_loss_of_power(tmp_path: Path, recorder: Recorder) -> None:
    began = time.monotonic()
    count, events = lose_power_while_reviewing(tmp_path, recorder, int(900 * SCALE))
    assert count > 300
    print(f"{count} states of {events} events, {time.monotonic() - began:.1f} s")  # noqa: T201


@pytest.mark.parametrize("synchronous", ["NORMAL", "OFF"])
def test_it_would_be_seen_if_a_store_did_not_sync(tmp_path: Path, recorder: Recorder, synchronous: str) -> None:
    with pytest.raises((AssertionError, StoreError)):
        lose_power_while_reviewing(tmp_path, recorder, 900, synchronous)


def lose_power_while_reviewing(
    tmp_path: Path, recorder: Recorder, most: int, synchronous: str = "FULL"
) -> tuple[int, int]:
    """Lose power at every step of a review; return the number of states checked, and of events."""
    path = tmp_path / "store.db"
    with recorder.recording():
        store = create_store(path)
        unfinished = [event for event in recorder.events if re.fullmatch(r"[0-9a-f]{16}\.db", event.file)]
        last = max(number for number, event in enumerate(unfinished) if event.kind == SYNC)
        # All is synced before the file gets its name.
        assert [event for event in unfinished[last:] if event.kind in (WRITE, TRUNCATE)] == []
        assert not any(event.kind == WRITE for event in recorder.events if event.file.startswith("store.db"))
        recorder.events.clear()
        before = path.read_bytes()
        first = contents(store.connection)
        store.connection.execute("PRAGMA wal_autocheckpoint = 12")
        store.connection.execute(f"PRAGMA synchronous = {synchronous}")
        work = Work(recorder, path)
        ids: list[int] = []
        work.do(lambda: ids.extend(add_examples(store, [Record(text) for text in texts(14)], "test")[0]))
        for predictor, label in (("left", "ORG"), ("right", "PERSON")):
            run = start_run(store, predictor=predictor, kind="file", fingerprint="1", model="m")
            for part in (ids[:7], ids[7:]):
                said = [Prediction(each, (Span(0, 4, label),)) for each in part]
                work.do(lambda run=run, said=said: save_predictions(store, run, said))  # type: ignore[misc]
        session = ReviewSession(store, "sam")
        review: Any = session.next()
        for number in range(10):
            kind = ("accept", "reject", "ignore")[number % 3]
            following: list[Any] = []
            work.do(lambda: following.append(session.answer(review, kind, seconds=1.0, keys=number)))  # type: ignore[arg-type] # noqa: B023
            [review] = following
            if number % 4 == 3:
                work.do(lambda: following.append(session.undo()))  # noqa: B023
                review = following[-1]
        session.remark(review, flagged=True, note="why")
        work.do(lambda: save_answer(store, Answer(ids[0], "kim", "s", "accept", (Span(0, 4, "ORG"),), keys=3)))
        work.do(lambda: undo_last_answer(store, "kim", "s"))
        work.do(lambda: session.leave(review))
        work.do(store.close)  # the close brings all of the WAL into the file, and deletes the WAL
        again = open_store(path)
        work.do(lambda: say(again, "left", "LOC", ids, "2"))
        work.do(lambda: save_answer(again, Answer(ids[1], "kim", "s", "accept", (Span(0, 4, "LOC"),), keys=4)))
        work.do(again.close)
    assert len(work.steps[-1][ANSWERS]) == 12
    folder = tmp_path / "states"
    folder.mkdir()
    events = [Event(MARK, mark=(first, first)), *work.marked(first)]
    return lose_power(events, "store.db", before, folder, most, assert_whole), len(events)


def raw_contents(path: Path) -> dict[str, list[Any]]:
    with closing(sqlite3.connect(path)) as connection:
        return contents(connection)


@pytest.mark.full
@pytest.mark.parametrize("version", range(1, schema.VERSION))
def test_a_migration_outlives_a_loss_of_power(
    data: Path, tmp_path: Path, recorder: Recorder, version: int, caplog: pytest.LogCaptureFixture
) -> None:
    began = time.monotonic()
    caplog.set_level(logging.ERROR)
    before = (data / f"store_v{version}.db").read_bytes()
    path = tmp_path / "old.db"
    path.write_bytes(before)
    with recorder.recording():
        open_store(path).close()
        recorder.mark("migrated")
    held = raw_contents(path)
    (tmp_path / "other.db").write_bytes(before)
    assert raw_contents(tmp_path / "other.db") == held

    versions = set()

    def check(path: Path, mark: Any) -> None:
        copies = [each.read_bytes() for each in (path, path.with_name(f"{path.name}-wal")) if each.exists()]
        look = path.with_name("look.db")
        for content, ending in zip(copies, ("", "-wal"), strict=False):
            look.with_name(look.name + ending).write_bytes(content)
        if not path.with_name(f"{path.name}-journal").exists():
            with closing(sqlite3.connect(look)) as connection:
                found = connection.execute("PRAGMA user_version").fetchone()[0]
            assert found in ((schema.VERSION,) if mark == "migrated" else (version, schema.VERSION))
            versions.add(found)
        for each in path.parent.glob("look.db*"):
            each.unlink()
        assert_whole(path, (held, held))

    folder = tmp_path / "states"
    folder.mkdir()
    count = lose_power(recorder.events, "old.db", before, folder, int(60 * SCALE), check)
    assert versions == {version, schema.VERSION}
    assert count > 15
    print(f"{count} states of {len(recorder.events)} events, {time.monotonic() - began:.1f} s")  # noqa: T201


WAL_HEADER, FRAME = 32, 24 + 4096


@pytest.mark.full
def test_a_torn_wal_keeps_all_that_was_whole_before_the_tear(tmp_path: Path) -> None:
    """If SQLite's files cannot be watched: the WAL cut at every frame and within it, its last page garbage."""
    path = tmp_path / "store.db"
    with create_store(path) as store:
        store.connection.execute("PRAGMA wal_autocheckpoint = 0")
        ids, _ = add_examples(store, [Record(text) for text in texts(8)], "test")
        say(store, "left", "ORG", ids)
        say(store, "right", "LOC", ids)
        wal = path.with_name("store.db-wal")
        ends, saved = [wal.stat().st_size], [contents(store.connection)]
        for number, each in enumerate(ids):
            save_answer(store, Answer(each, "sam", "s", "accept", (Span(0, 4, "ORG"),), keys=number))
            ends.append(wal.stat().st_size)
            saved.append(contents(store.connection))
            if number % 3 == 2:
                undo_last_answer(store, "sam", "s")
                ends.append(wal.stat().st_size)
                saved.append(contents(store.connection))
        base, log = path.read_bytes(), wal.read_bytes()
    assert (ends[0] - WAL_HEADER) % FRAME == 0
    chosen, copy = random.Random(1), tmp_path / "copy.db"
    for end in range(ends[0], len(log) + 1, FRAME):
        for cut, last in (
            (0, b""),
            (chosen.randint(1, FRAME - 1), b""),
            (24, bytes(4096)),
            (24, chosen.randbytes(4096)),
        ):
            copy.write_bytes(base)
            (tmp_path / "copy.db-wal").write_bytes(log[: end + cut] + last)
            state = saved[sum(each <= end for each in ends) - 1]
            assert_whole(copy, (state, state))
            for left in tmp_path.glob("copy.db*"):
                left.unlink()
