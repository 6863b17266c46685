"""The benchmarks' runner prints rows as they are measured; a failing benchmark loses only its own rows."""

from __future__ import annotations

import importlib
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tiebreak.core.review.session import ReviewSession
from tiebreak.core.store.annotators import read_bookmark
from tiebreak.core.store.opening import open_store

if TYPE_CHECKING:
    from benchmarks.bench import Bench
    from benchmarks.rows import Row

Benchmark = Callable[["Bench"], Iterator["Row"]]


@pytest.fixture(autouse=True)
def _importable(monkeypatch: pytest.MonkeyPatch) -> None:
    """`benchmarks` can be imported, though it is not installed."""
    monkeypatch.syspath_prepend(str(Path(__file__).parents[1]))


@pytest.fixture
def output(tmp_path: Path) -> Path:
    """The file to which `run` writes its stdout."""
    return tmp_path / "stdout"


def run(output: Path, benchmarks: Mapping[str, Benchmark], *arguments: str) -> int:
    """Run benchmarks in this process and return the exit status; unflushed output is not yet in `output`."""
    with output.open("w", encoding="utf-8") as file, redirect_stdout(file):
        status: int = importlib.import_module("benchmarks.__main__").main(arguments, benchmarks)
    return status


def row(what: str, **values: Any) -> Row:
    made: Row = importlib.import_module("benchmarks.rows").Row(what, 1.5, "ms", **values)
    return made


def measured(*names: str) -> Benchmark:
    """Make a benchmark that measures these rows."""
    return lambda bench: iter([row(name) for name in names])


def fails_after(*names: str) -> Benchmark:
    def rows(bench: Bench) -> Iterator[Row]:
        yield from measured(*names)(bench)
        raise RuntimeError("the screen\nstayed empty")

    return rows


def is_interrupted_after(*names: str) -> Benchmark:
    def rows(bench: Bench) -> Iterator[Row]:
        yield from measured(*names)(bench)
        raise KeyboardInterrupt

    return rows


def what_it_says(output: Path) -> list[str]:
    """Return the last column of each line of the table, without the header."""
    header, *lines = output.read_text("utf-8").splitlines()
    return [line[header.index("what") :] for line in lines]


@pytest.mark.parametrize("options", [(), ("--json",)], ids=["table", "json"])
def test_a_row_is_printed_before_the_next_is_measured(options: tuple[str, ...], output: Path) -> None:
    seen: list[str] = []

    def rows(bench: Bench) -> Iterator[Row]:
        yield row("first")
        seen.append(output.read_text("utf-8"))
        yield row("second")

    assert run(output, {"some": rows}, *options) == 0
    assert "first" in seen[0]
    assert "second" not in seen[0]
    assert "second" in output.read_text("utf-8")


def test_columns_are_aligned_though_rows_do_not_wait_for_one_another(output: Path) -> None:
    reach = importlib.import_module("benchmarks.rows").Reach("at most", 1.5)
    full = row("[long]" * 20, against=1234.0, against_what="bare app", ratio=0.25, reach=reach)
    assert run(output, {"some": lambda bench: iter([row("short"), full])}) == 0
    header, short, long = output.read_text("utf-8").splitlines()
    for column, value in (("reach", "at most 1.5×"), ("ok?", "yes"), ("what", "[long]" * 20 + " (bare app)")):
        assert long[header.index(column) :].startswith(value)
    assert short[header.index("what") :] == "short"
    for column, value in (("measured", "1.50 ms"), ("against", "1,234 ms"), ("ratio", "0.25×")):
        assert long[: header.index(column) + len(column)].endswith(f" {value}")


def test_a_benchmark_that_fails_says_so_at_once_and_the_rest_goes_on(
    output: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    seen: list[str] = []

    def later(bench: Bench) -> Iterator[Row]:
        seen.extend(what_it_says(output))
        yield row("a later row")

    status = run(output, {"one": measured("a first row"), "two": fails_after("half of two"), "three": later})
    assert status == 1
    so_far = ["a first row", "half of two", "two: not measured: RuntimeError: the screen stayed empty"]
    assert seen == so_far
    assert what_it_says(output) == [*so_far, "a later row"]
    assert "Traceback" in capsys.readouterr().err


def test_json_has_a_line_for_each_row_and_for_what_failed(output: Path) -> None:
    assert run(output, {"one": fails_after("half"), "two": measured("whole")}, "--json") == 1
    half, failed, whole = map(json.loads, output.read_text("utf-8").splitlines())
    assert half == {
        "what": "half",
        "measured": 1.5,
        "unit": "ms",
        "against": None,
        "against_what": "",
        "ratio": None,
        "reach": None,
        "ok": None,
    }
    assert failed == {"what": "one", "error": "RuntimeError: the screen\nstayed empty"}
    assert whole["what"] == "whole"


def test_an_interrupted_run_keeps_its_rows_and_says_what_it_left_out(
    output: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    benchmarks = {
        "one": measured("a first row"),
        "two": is_interrupted_after("half of two"),
        "three": measured("never"),
        "four": measured("never"),
    }
    assert run(output, benchmarks) == 130
    assert what_it_says(output) == ["a first row", "half of two"]
    assert "Interrupted while measuring two; not begun: three, four" in capsys.readouterr().err


def test_only_those_asked_for_run_in_the_order_asked_for(output: Path) -> None:
    benchmarks = {name: measured(name) for name in ("one", "two", "three")}
    assert run(output, benchmarks, "--only", "three", "--only", "one") == 0
    assert what_it_says(output) == ["three", "one"]


@pytest.mark.parametrize(("store", "copies"), [("review_store", 1), ("large_store", 10)])
def test_what_one_benchmark_does_to_its_store_another_does_not_see(
    store: str, copies: int, output: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importlib.import_module("benchmarks.bench").Bench, "size", lambda self, full, quick: 40)
    folders: list[Path] = []
    shown: list[str] = []

    def reviews(bench: Bench) -> Iterator[Row]:
        """Look at a store, answer an example in it, and leave with another one on screen."""
        folders.append(bench.folder)
        with open_store(getattr(bench, store)) as opened:
            assert opened.execute("SELECT count(*) FROM examples").fetchone() == (40 * copies,)
            for table in ("answers", "annotators", "claims", "on_screen", "assignments", "engines"):
                assert opened.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,), table
            session = ReviewSession(opened, "bench")
            review = session.resume() or session.next()
            assert review is not None
            shown.append(review.item.example.text)
            session.leave(session.answer(review, "accept", seconds=1, keys=1))
            assert read_bookmark(opened, "bench") is not None
        yield row("reviewed")

    assert run(output, {"one": reviews, "two": reviews}) == 0, what_it_says(output)
    assert len(shown) == 2
    assert shown[0] == shown[1]
    assert folders[0] != folders[1]
    assert not any(folder.exists() for folder in folders)
