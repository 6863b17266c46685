"""Files that appear whole or not at all: a kill at any moment, a full disk, and access by other users."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from tiebreak.core.compare.patterns import Pattern
from tiebreak.core.errors import StoreBusyError, StoreError, TiebreakError
from tiebreak.core.files import unfinished
from tiebreak.core.files.unfinished import unfinished_folder
from tiebreak.core.files.whole import write_whole, write_whole_folder
from tiebreak.core.queue.finder import Finder
from tiebreak.core.records import Prediction, Record, Span
from tiebreak.core.review.session import ReviewSession
from tiebreak.core.selection.filter import DISAGREEING, Order, QueueFilter
from tiebreak.core.store import backup, connection, log, making, replacing
from tiebreak.core.store.answer_cache import AnswerCache
from tiebreak.core.store.backup import back_up
from tiebreak.core.store.checking import check_store
from tiebreak.core.store.connection import Store
from tiebreak.core.store.examples import add_examples
from tiebreak.core.store.history import answer_log
from tiebreak.core.store.inspection import inspect_example
from tiebreak.core.store.integrity import check_writable, open_unchanged
from tiebreak.core.store.migrating import migrate
from tiebreak.core.store.opening import create_store, open_store
from tiebreak.core.store.permissions import keep_shared, share_with
from tiebreak.core.store.predictions import save_predictions, start_run
from tiebreak.core.store.queue import iterate_queue
from tiebreak.core.store.replacing import restore
from tiebreak.core.ways_out import Way, WayOut

OURS = ("unfinished.py", "whole.py", "migrating.py", "opening.py", "making.py", "replacing.py", "backup.py", "log.py")


def a_store(path: Path, *texts: str) -> Path:
    with create_store(path) as store:
        add_examples(store, [Record(text) for text in texts], "test")
    return path


def texts_of(path: Path) -> list[str]:
    """Return the texts of a store, which must be whole."""
    with open_store(path) as store:
        assert [each for each in check_store(store) if each.is_fault] == []
        return [text for (text,) in store.execute("SELECT text FROM examples ORDER BY id")]


def hidden(folder: Path) -> list[str]:
    return [each.name for each in folder.iterdir() if each.name.startswith(".")]


def in_child(deed: Callable[[], object], prepare: Callable[[], object] = lambda: None) -> int:
    """Do something in a child process and return its exit status: 0 for success, 3 for an error of Tiebreak."""
    pid = os.fork()
    if pid == 0:
        status = 1
        with suppress(BaseException):
            prepare()
            try:
                deed()
                status = 0
            except TiebreakError:
                status = 3
        os._exit(status)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def killed_at(number: int) -> Callable[[], None]:
    """Have the process killed before the call of this number from Tiebreak's own modules into C."""
    left = number

    def profile(frame: FrameType, event: str, argument: Any) -> None:
        nonlocal left
        if event == "c_call" and os.path.basename(frame.f_code.co_filename) in OURS:  # noqa: PTH119
            left -= 1
            if left < 0:
                os.kill(os.getpid(), signal.SIGKILL)

    return lambda: sys.setprofile(profile)


def kill_everywhere(deed: Callable[[], object], look: Callable[[bool], object], step: int = 1) -> int:
    """Kill `deed` at each of its calls, and after each have `look` check that all is well; return their number."""
    for number in range(0, 10_000, step):
        status = in_child(deed, killed_at(number))
        assert status in (0, -signal.SIGKILL)
        look(status == 0)
        if status == 0:
            return number // step
    raise AssertionError("10,000 kills, and it still has not ended")


@pytest.mark.full
def test_a_new_store_is_whole_or_not_there_whenever_its_maker_is_killed(tmp_path: Path) -> None:
    path = tmp_path / "store.db"

    def look(is_done: bool) -> None:
        assert path.exists() or not is_done
        if not path.exists():
            create_store(path).close()
        assert texts_of(path) == []
        back_up(path, tmp_path / "another.db")
        assert hidden(tmp_path) == []  # the leftovers of the killed export are gone
        (tmp_path / "another.db").unlink()
        path.unlink()

    assert kill_everywhere(lambda: create_store(path).close(), look) > 20


@pytest.mark.full
def test_a_backup_is_whole_or_not_there_whenever_it_is_killed(tmp_path: Path) -> None:
    path, out = a_store(tmp_path / "store.db", "Ada", "Bob"), tmp_path / "copy.db"

    def look(is_done: bool) -> None:
        if out.exists():
            assert texts_of(out) == ["Ada", "Bob"]
            out.unlink()
        else:
            assert not is_done
        back_up(path, tmp_path / "another.db")
        assert hidden(tmp_path) == []
        (tmp_path / "another.db").unlink()

    assert kill_everywhere(lambda: back_up(path, out), look) > 20


@pytest.mark.full
@pytest.mark.parametrize("state", ["closed", "killed"])
def test_restoring_leaves_the_one_store_or_the_other_whenever_it_is_killed(tmp_path: Path, state: str) -> None:
    old, saved = a_store(tmp_path / "old.db", "old"), a_store(tmp_path / "saved.db", "saved")
    path = tmp_path / "store.db"
    seen: set[str] = set()

    def leave_log() -> None:
        store = open_store(path)
        add_examples(store, [Record("in the log")], "test")
        os.kill(os.getpid(), signal.SIGKILL)

    def begin() -> list[str]:
        shutil.copy(old, path)
        if state == "closed":
            return ["old"]
        assert in_child(leave_log) == -signal.SIGKILL
        assert path.with_name("store.db-wal").stat().st_size
        return ["old", "in the log"]

    def look(is_done: bool) -> None:
        found = texts_of(path)
        assert found in (before, ["saved"])
        seen.add(found[-1])
        kept = list(tmp_path.glob("store.db.replaced.*.backup"))
        if found == ["saved"]:
            assert [texts_of(each) for each in kept] == [before]
        else:
            assert not is_done
            assert kept == []
            restore(saved, path, replace=True)
            assert texts_of(path) == ["saved"]
            assert hidden(tmp_path) == []
        for each in tmp_path.glob("store.db*"):
            each.unlink()
        begin()

    before = begin()
    assert kill_everywhere(lambda: restore(saved, path, replace=True), look, 2 if state == "killed" else 5) > 10
    assert len(seen) == 2


@pytest.mark.full
def test_a_file_and_a_folder_are_whole_or_as_they_were_whenever_their_writer_is_killed(tmp_path: Path) -> None:
    path, folder = tmp_path / "out.jsonl", tmp_path / "dataset"

    def write() -> None:
        with write_whole(path) as file:
            file.write(b"new" * 1000)
        with write_whole_folder(folder) as new:
            (new / "data").mkdir()
            (new / "data" / "file").write_bytes(b"new" * 1000)

    def write_another() -> None:
        with write_whole(tmp_path / "another") as file:
            file.write(b"")

    def begin() -> None:
        shutil.rmtree(folder, ignore_errors=True)
        (folder / "data").mkdir(parents=True)
        for each in (path, folder / "data" / "file"):
            each.write_bytes(b"old")

    def look(is_done: bool) -> None:
        write_another()
        assert hidden(tmp_path) == []
        found = {each.read_bytes() for each in (path, folder / "data" / "file")}
        assert found <= ({b"new" * 1000} if is_done else {b"old", b"new" * 1000})
        begin()

    begin()
    assert kill_everywhere(write, look) > 20


def test_what_another_process_is_writing_is_no_leftover(tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl"
    with unfinished_folder(path) as theirs:
        (theirs.folder / "file").write_bytes(b"theirs")
        (tmp_path / ".out.jsonl.0123abcd.tiebreak").mkdir(mode=0o700)
        (tmp_path / ".out.jsonl.0123abcd.tiebreak" / "notes").touch()  # not Tiebreak's, whatever its name

        def write() -> None:
            with write_whole(path) as file:
                file.write(b"ours")

        assert in_child(write) == 0
        assert (theirs.folder / "file").read_bytes() == b"theirs"
    assert path.read_bytes() == b"ours"
    assert hidden(tmp_path) == [".out.jsonl.0123abcd.tiebreak"]


@contextmanager
def disk(folder: Path, size: int) -> Iterator[Callable[[int], None]]:
    """Mount a file system at `folder`; it yields a function that fills it up to a number of free bytes."""
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)]
    if not shutil.which("mount") or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("mounting a file system needs root")

    def leave(room: int) -> None:
        with (folder / "filler").open("wb", buffering=0) as file:
            with suppress(OSError):
                while True:
                    file.write(bytes(16384))
            file.truncate(file.tell() - room)

    try:
        yield leave
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=False)


@pytest.mark.full
def test_on_a_disk_that_is_nearly_full_nothing_gets_its_name_that_is_not_whole(tmp_path: Path, data: Path) -> None:
    saved = a_store(tmp_path / "saved.db", "saved")
    small = tmp_path / "small"
    path, out = small / "store.db", small / "out"

    def export() -> None:
        with write_whole(out) as file:
            file.write(bytes(500_000))

    deeds: dict[str, Callable[[], object]] = {
        "export": export,
        "load": lambda: create_store(path).close(),
        "backup": lambda: back_up(saved, out),
        "restore": lambda: restore(data / "store_v3.db", out, time.time()),
        "replace": lambda: restore(saved, path, replace=True),
        "migrate": lambda: open_store(path).close(),
    }
    done = dict.fromkeys(deeds, 0)
    with disk(small, 3_000_000) as leave:
        for room in range(0, 1_000_000, 98_304):
            for name, deed in deeds.items():
                if name == "replace":
                    a_store(path, "old")
                elif name == "migrate":
                    shutil.copy(data / "store_v3.db", path)
                leave(room)
                status = in_child(deed)
                assert status in (0, 3), name
                (small / "filler").unlink()
                done[name] += status == 0
                if name in ("export", "load", "backup", "restore"):
                    made = path if name == "load" else out
                    assert made.exists() == (status == 0)
                    if status == 0 and name == "export":
                        assert made.stat().st_size == 500_000
                    elif status == 0:
                        texts_of(made)
                elif name == "replace":
                    assert texts_of(path) == (["saved"] if status == 0 else ["old"])
                else:
                    assert len(texts_of(path)) == 4
                assert hidden(small) == []
                for each in small.iterdir():
                    each.unlink()
    assert all(0 < count < 11 for count in done.values()), done


def test_a_store_whose_log_cannot_be_brought_into_its_file_gets_no_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    readers: list[Store] = []

    def fill(store: Store) -> None:
        migrate(store)
        readers.append(connection.connect(store._at, store.path))
        readers[0].execute("BEGIN").connection.execute("SELECT count(*) FROM sqlite_master").fetchone()

    monkeypatch.setattr(making, "migrate", fill)
    store = tmp_path / "store.db"
    monkeypatch.setattr(connection, "LOCK_TIMEOUT", 0.1)
    with pytest.raises(StoreError, match=r"store\.db: "):
        create_store(store)
    readers[0].close()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.full
def test_what_is_loaded_by_several_at_once_into_a_new_store_is_all_there(tmp_path: Path) -> None:
    for number in range(12):
        path = tmp_path / f"store{number}.db"
        path.with_name(f"{path.name}-wal").write_bytes(b"of a store that was deleted")
        ready, start = os.pipe()

        def load(who: int, path: Path = path, ready: int = ready) -> None:
            os.read(ready, 1)
            with create_store(path) if not path.exists() else open_store(path) as store:
                for part in range(5):
                    add_examples(store, [Record(f"{who} {part}")], "test")

        pids = []
        for who in range(4):
            if not (pid := os.fork()):
                status = 1
                with suppress(BaseException):
                    load(who)
                    status = 0
                os._exit(status)
            pids.append(pid)
        os.write(start, b"go!!")
        assert [os.waitpid(pid, 0)[1] for pid in pids] == [0] * 4
        assert sorted(texts_of(path)) == sorted(f"{who} {part}" for who in range(4) for part in range(5))
        assert hidden(tmp_path) == []
        for each in (ready, start):
            os.close(each)


WAYS: dict[str, Callable[[Path], object]] = {
    "open": open_store,
    "look": lambda path: open_unchanged(path).__enter__(),
    "write": check_writable,
    "backup": lambda path: back_up(path, path.with_name("copy.db")),
    "replace": lambda path: restore(path.with_name("saved.db"), path, replace=True),
}


@pytest.mark.parametrize("way", WAYS)
def test_a_store_of_two_names_is_refused_with_the_other_name(tmp_path: Path, way: str) -> None:
    path = a_store(tmp_path / "store.db", "Ada")
    a_store(tmp_path / "saved.db")
    (tmp_path / "other one.db").hardlink_to(path)
    with pytest.raises(StoreError, match=r"other one\.db \(a hard link\).*`rm '.*other one\.db'`") as refused:
        WAYS[way](path)
    assert refused.value.way_out == WayOut(Way.BACK_UP)
    (tmp_path / "sub").mkdir()
    (tmp_path / "other one.db").rename(tmp_path / "sub" / "other.db")
    with pytest.raises(StoreError, match="it has a second name in another folder"):
        WAYS[way](path)
    (tmp_path / "sub" / "other.db").unlink()
    WAYS[way](path)


def test_the_name_with_a_log_is_the_one_to_go_on_with(tmp_path: Path) -> None:
    path, other = a_store(tmp_path / "store.db", "Ada"), tmp_path / "other.db"
    with open_store(path) as store:
        other.hardlink_to(path)
        with pytest.raises(StoreError, match=r"`rm \S*other\.db`"):  # also while it is open
            store.set_setting("x", "y")
        with pytest.raises(StoreError, match=r"`rm \S*other\.db` and go on with \S*store\.db"):
            open_store(other)
        other.unlink()
        store.set_setting("x", "y")
    cache = tmp_path / "cache"
    AnswerCache(cache).close()
    other.hardlink_to(cache)
    with pytest.raises(StoreError, match="a hard link"):
        AnswerCache(cache)


def test_a_store_that_a_link_leads_to_is_one_store(tmp_path: Path) -> None:
    path, link = a_store(tmp_path / "store.db", "Ada"), tmp_path / "sub" / "link.db"
    link.parent.mkdir()
    link.symlink_to(path)
    with open_store(path) as store, open_store(link) as same:
        same.set_setting("x", "y")
        assert store.setting("x") == "y"
    restore(a_store(tmp_path / "saved.db", "saved"), link, replace=True)
    assert link.is_symlink()
    assert texts_of(path) == ["saved"]
    link.unlink()
    link.symlink_to(tmp_path / "nowhere")
    with pytest.raises(StoreError, match="a link to a file that does not exist"):
        create_store(link)
    with pytest.raises(StoreError, match=r"link\.db: cannot be opened"):
        AnswerCache(link)
    assert not (tmp_path / "nowhere").exists()


@pytest.mark.full
def test_a_store_that_is_open_elsewhere_is_not_replaced(tmp_path: Path) -> None:
    path, saved = a_store(tmp_path / "store.db", "old"), a_store(tmp_path / "saved.db", "saved")
    before = sorted(each.name for each in tmp_path.iterdir())
    with open_store(path) as store:
        with pytest.raises(StoreBusyError, match="it is open in another process"):
            restore(saved, path, replace=True)
        store.set_setting("x", "y")
    assert sorted(each.name for each in tmp_path.iterdir()) == before
    assert texts_of(path) == ["old"]


def test_of_two_that_put_a_store_back_at_once_the_second_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, saved = a_store(tmp_path / "store.db", "old"), a_store(tmp_path / "saved.db", "saved")
    connect = making.connect_plainly

    def late(each: Path, *arguments: Any, **named: Any) -> Any:
        connected = connect(each, *arguments, **named)
        if each == path:
            monkeypatch.undo()
            restore(saved, path, replace=True)
        return connected

    monkeypatch.setattr(replacing, "connect_plainly", late)
    with pytest.raises(StoreBusyError):
        restore(saved, path, replace=True)
    assert texts_of(path) == ["saved"]
    assert len(list(tmp_path.glob("store.db.replaced.*"))) == 1


@pytest.mark.parametrize("damage", ["torn", "zeros", "page"])
def test_a_damaged_store_is_replaced_and_kept_with_its_log(tmp_path: Path, damage: str) -> None:
    path, saved = a_store(tmp_path / "store.db", "old"), a_store(tmp_path / "saved.db", "saved")
    content = path.read_bytes()
    spoilt = {"torn": content[:700], "zeros": bytes(4096) + content[4096:], "page": content[:4096] + bytes(8192)}[
        damage
    ]
    path.write_bytes(spoilt)
    path.with_name("store.db-wal").write_bytes(b"a log of something else")
    kept = restore(saved, path, replace=True).kept
    assert texts_of(path) == ["saved"]
    assert kept is not None
    assert kept.read_bytes()[4096:] == spoilt[4096:]
    path.with_name("notes.txt").write_text("no store at all")
    with pytest.raises(StoreError, match="not a Tiebreak store"):
        restore(saved, path.with_name("notes.txt"), replace=True)


def test_a_store_that_was_deleted_leaves_nothing_to_the_one_that_is_restored(tmp_path: Path) -> None:
    path, saved = a_store(tmp_path / "store.db", "old"), a_store(tmp_path / "saved.db", "saved")

    def leave_log() -> None:
        add_examples(open_store(path), [Record("in the log")], "test")
        os.kill(os.getpid(), signal.SIGKILL)

    in_child(leave_log)
    path.unlink()
    assert path.with_name("store.db-wal").exists()
    assert restore(saved, path).kept is None
    assert texts_of(path) == ["saved"]


def test_a_store_that_is_replaced_while_it_is_opened_is_opened_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, other = a_store(tmp_path / "store.db", "old"), a_store(tmp_path / "other.db", "new")

    def replace(path: Path) -> None:
        if other.exists():
            other.replace(path)

    monkeypatch.setattr(connection, "keep_shared", replace)
    with open_store(path) as store:
        store.set_setting("x", "y")
    assert texts_of(path) == ["new"]


def swapped(folder: Path, victim: Path) -> None:
    """Have the hidden folder's name lead to another folder, as a user who may write to the folder around it could."""
    [name] = hidden(folder)
    (folder / name).rename(folder / "away")
    (folder / name).symlink_to(victim)


def test_whoever_swaps_the_hidden_folder_gets_nothing_written_or_changed_elsewhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, victim = tmp_path / "shared", tmp_path / "victim"
    folder.mkdir()
    victim.mkdir(mode=0o700)
    (victim / "file").write_text("theirs")
    (victim / "file").chmod(0o600)
    path = a_store(folder / "store.db", "Ada")
    with write_whole(folder / "out") as file:
        file.write(b"ours")
        swapped(folder, victim)
    assert (folder / "out").read_bytes() == b"ours"
    for each in (*folder.glob(".*"), folder / "away"):
        each.unlink() if each.is_symlink() else shutil.rmtree(each)
    copy = backup._copy

    def late(*arguments: Any) -> None:
        swapped(folder, victim)
        copy(*arguments)

    monkeypatch.setattr(backup, "_copy", late)
    with pytest.raises(StoreError):
        back_up(path, folder / "copy.db")
    assert not (folder / "copy.db").exists()
    assert [each.name for each in victim.iterdir()] == ["file"]
    assert ((victim / "file").read_text(), stat.S_IMODE((victim / "file").stat().st_mode)) == ("theirs", 0o600)


def test_a_link_in_the_place_of_a_file_beside_a_store_is_never_followed(tmp_path: Path) -> None:
    if os.geteuid():
        pytest.skip("giving files to another group needs root")
    grp = pytest.importorskip("grp")
    group = next(each for each in grp.getgrall() if each.gr_gid != 0)
    path, victim = a_store(tmp_path / "store.db"), tmp_path / "victim"
    victim.touch(mode=0o600)
    wal = path.with_name("store.db-wal")
    for link in (wal.symlink_to, wal.hardlink_to):
        link(victim)
        for deed in (open_store, lambda path: back_up(path, tmp_path / "copy.db")):
            with pytest.raises(StoreError, match=r"store\.db-wal: a link, or a file with several names"):
                deed(path)
        with pytest.raises(StoreError, match="a link, or has several names"):
            share_with(path, group.gr_name)
        keep_shared(path)
        wal.unlink()
    assert (victim.stat().st_gid, stat.S_IMODE(victim.stat().st_mode)) == (0, 0o600)


def test_a_store_that_is_swapped_while_it_is_copied_gives_no_copy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise the readers of the other store could read the copy of a private store."""
    path, private = a_store(tmp_path / "store.db", "Ada"), a_store(tmp_path / "private.db", "secret")
    path.chmod(0o660)
    connect = making.connect_plainly

    def swap(each: Path, *arguments: Any, **named: Any) -> Any:
        if each != path:
            return connect(each, *arguments, **named)
        path.rename(tmp_path / "away")
        path.symlink_to(private)
        connected = connect(path.resolve(), *arguments, **named)
        path.unlink()
        (tmp_path / "away").rename(path)
        return connected

    monkeypatch.setattr(backup, "connect_plainly", swap)
    with pytest.raises(StoreError, match="replaced while it was opened"):
        back_up(path, tmp_path / "copy.db")


def test_root_copies_no_stores_in_a_folder_of_another_user_and_members_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if os.geteuid():
        pytest.skip("acting as several users needs root")
    folder = tmp_path / "theirs"
    folder.mkdir()
    path = a_store(folder / "store.db", "Ada")
    os.chown(folder, 40001, 54321)
    os.chown(path, 40001, 54321)
    path.chmod(0o660)
    folder.chmod(0o2770)
    for each in (tmp_path, *tmp_path.parents):
        if each == Path("/tmp"):
            break
        each.chmod(each.stat().st_mode | 0o011)
    for deed in (
        lambda: back_up(path, folder / "copy.db"),
        lambda: restore(path, folder / "copy.db"),
        lambda: write_whole_folder(folder / "dataset").__enter__(),
    ):
        with pytest.raises(TiebreakError, match=r"the folder belongs to another user \(number 40001\)"):
            deed()
    with write_whole(folder / "out.jsonl") as file:  # works by open numbers alone, not by names
        file.write(b"x")
    back_up(path, tmp_path / "copy.db")  # a store in that folder
    monkeypatch.setenv("SUDO_UID", "40001")
    back_up(path, folder / "by sudo.db")
    assert hidden(folder) == []

    def member() -> None:
        os.setgroups([])
        os.setgid(54321)
        os.setuid(40002)

    assert in_child(lambda: back_up(path, folder / "copy.db"), member) == 0
    assert in_child(lambda: a_store(folder / "new.db", "Bob"), member) == 0
    status = (folder / "copy.db").stat()
    assert (status.st_uid, status.st_gid, stat.S_IMODE(status.st_mode)) == (40002, 54321, 0o660)


def answer_many(store: Store, count: int) -> None:
    for number in range(count):
        store.set_setting("x", str(number) * 2000)


def test_the_log_is_cut_once_nobody_reads_in_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log, "LARGE", 300_000)
    monkeypatch.setattr(log, "_PAUSE", 0.0)
    path = a_store(tmp_path / "store.db", "Ada")
    wal = path.with_name("store.db-wal")
    with open_store(path) as store, open_store(path) as reader:
        answer_many(store, 100)
        assert wal.stat().st_size < 500_000  # a reader that has it open without reading makes no difference
        with reader.snapshot():
            reader.setting("x")
            answer_many(store, 100)
            assert wal.stat().st_size > 800_000
        answer_many(store, 1)
        assert wal.stat().st_size < 500_000
        assert reader.setting("x") == "0" * 2000


@pytest.mark.full
def test_what_a_review_and_its_lists_read_keeps_no_log_from_being_cut(tmp_path: Path) -> None:
    path = a_store(tmp_path / "store.db", *(f"text {number}" for number in range(700)))
    with open_store(path) as store, open_store(path) as other, closing(Finder(path)) as finder:
        for predictor, spans in (("left", (Span(0, 4, "A"),)), ("right", ())):
            run = start_run(store, predictor=predictor, kind="file", fingerprint="1", model="m")
            save_predictions(store, run, [Prediction(example, spans) for example in range(1, 701)])
        session = ReviewSession(store, "sam")
        review = session.next()
        pattern = Pattern("missing", ("A",), "text")

        def answer() -> object:
            return session.answer(session.open(3), "accept", seconds=1, keys=1)

        for _ in range(600):
            review = review and session.answer(review, "accept", seconds=1, keys=1)
        log_of_answers = answer_log(store)
        for deed in (
            lambda: next(log_of_answers),
            answer,
            session.undo,
            lambda: session.skip(session.open(4)),
            lambda: session.upcoming(3),
            lambda: finder.progress(DISAGREEING),
            finder.engine_overview,
            finder.names,
            finder.index,
            lambda: finder.find(QueueFilter.parse("text"), Order.RANDOM),
            lambda: finder.rows([1, 2, 3]),
            lambda: finder.alike(pattern, 0),
            lambda: next(iterate_queue(store)),
            lambda: inspect_example(store, 1),
        ):
            deed()
            other.set_setting("x", "y")  # now there is a log to cut
            assert other.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0] == 0, deed


def test_a_file_gets_its_name_where_there_are_no_hard_links(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(1, "no hard links here")

    monkeypatch.setattr(os, "link", refuse)
    path = a_store(tmp_path / "store.db", "one")
    with pytest.raises(StoreError, match=r"no hard links|exists already"):
        create_store(path)
    assert texts_of(path) == ["one"]
    restored = restore(path, tmp_path / "other.db")
    assert restored.kept is None
    kept = restore(path, tmp_path / "other.db", replace=True).kept
    assert kept is not None
    assert texts_of(tmp_path / "other.db") == texts_of(kept) == ["one"]
    assert hidden(tmp_path) == []


def test_whoever_holds_a_folder_locked_for_long_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unfinished, "_PATIENCE", 0.01)
    one, other = (os.open(tmp_path, os.O_RDONLY) for _ in range(2))
    try:
        with unfinished.alone_in(one), pytest.raises(TimeoutError, match="locked"), unfinished.alone_in(other):
            pass
        with unfinished.alone_in(other):
            pass
    finally:
        os.close(one)
        os.close(other)


def test_a_store_is_put_back_under_a_new_name_or_over_a_store_alone(tmp_path: Path) -> None:
    backup = a_store(tmp_path / "backup.db", "one")
    there = a_store(tmp_path / "there.db", "two")
    with pytest.raises(StoreError, match="exists already; name a new file"):
        restore(backup, there)
    with pytest.raises(StoreError, match="not a file"):
        restore(backup, tmp_path, replace=True)
    foreign = tmp_path / "foreign.db"
    with closing(sqlite3.connect(foreign)) as other:
        other.execute("CREATE TABLE texts (text)")
    with pytest.raises(StoreError, match="not a Tiebreak store"):
        restore(backup, foreign, replace=True)
    assert texts_of(there) == ["two"]
