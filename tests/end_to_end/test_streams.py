"""Standard streams that are closed, full, or without a reader: a plain message or silence, and a true status."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from command_line import TIEBREAK
from end_to_end.terminal import Terminal

pytestmark = pytest.mark.full

READ_AT_ONCE = "head -c 1 > /dev/null"  # then the pipe closes
FULL = "tiebreak: standard output: No space left on device\n"


def run(store: Path, line: str) -> tuple[int, str, str]:
    """Run a line in the shell, with `tiebreak` and `DB` filled in; return its status, output and errors."""
    line = line.replace("tiebreak ", f"{TIEBREAK} ", 1).replace("DB", str(store))
    done = subprocess.run(["bash", "-c", f"set -o pipefail; {line}"], capture_output=True, text=True, check=False)
    return done.returncode, done.stdout, done.stderr


LINES = [
    ("tiebreak status DB >&-", 0, ""),
    ("tiebreak --help >&-", 0, ""),
    ("tiebreak queue DB >&- 2>&-", 0, ""),
    ("tiebreak doctor DB >&- <&-", 0, ""),
    ("tiebreak status DB.none >&- 2>&-", 1, ""),
    ("tiebreak nonsense DB 2>&-", 2, ""),
    (
        "tiebreak review DB >&-",
        1,
        "tiebreak: review needs a terminal; to print the queue as text use `tiebreak queue`\n",
    ),
    ("tiebreak status DB > /dev/full", 1, FULL),
    ("tiebreak export DB - --include unanswered --format jsonl > /dev/full", 1, FULL),
    ("tiebreak status DB.none 2> /dev/full", 1, ""),
    (f"tiebreak queue DB --json | {READ_AT_ONCE}", None, ""),
    ("tiebreak status DB | true", None, ""),
    ("tiebreak nonsense DB 2>&1 | true", None, ""),
]


def test_streams_that_take_nothing(store: Path) -> None:
    before = store.read_bytes()
    for line, status, errors in LINES:
        if "/dev/full" in line and not Path("/dev/full").exists():
            continue  # macOS has none
        found, _, said = run(store, line)
        assert said == errors, line
        assert found == status or (status is None and found in (0, 1, 2)), line  # it may end before its reader
    assert store.read_bytes() == before


@pytest.mark.parametrize("where", ["/dev/null", "&-"])
def test_the_review_is_drawn_on_the_terminal_also_if_standard_error_is_not(store: Path, where: str) -> None:
    with Terminal(["sh", "-c", f"exec {TIEBREAK} review {store} --annotator sam 2>{where}"]) as terminal:
        terminal.wait_for("8 left")
        terminal.send("q")
        assert terminal.wait(10) == 0


def test_nothing_is_printed_into_a_store_that_is_made_while_all_streams_are_closed(tmp_path: Path) -> None:
    texts, store = tmp_path / "texts.txt", tmp_path / "new.db"
    texts.write_text("Uber hires Ada\n")
    assert run(store, f"tiebreak load DB {texts} <&- >&- 2>&-") == (0, "", "")
    status, told, _ = run(store, "tiebreak status DB")
    assert status == 0
    assert "examples  1" in told


def test_the_version_is_printed(store: Path) -> None:
    status, told, errors = run(store, "tiebreak --version")
    assert (status, told.split()[0], errors) == (0, "tiebreak", "")
