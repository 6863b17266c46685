"""Run the benchmarks and print each row as soon as it is measured."""

from __future__ import annotations

import argparse
import json
import sys
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console
from rich.text import Text

from benchmarks import (
    compare,
    engine,
    engine_keys,
    export,
    hour,
    learning,
    learning_keys,
    llm,
    load,
    long_example,
    open_texts,
    order_keys,
    player,
    report,
    review_keys,
    review_screen,
    team,
)
from benchmarks import spacy_run as spacy
from benchmarks.bench import Bench, own_bench
from benchmarks.rows import HEADER, NotMeasured, Row

Benchmark = Callable[[Bench], Iterator[Row]]

BENCHMARKS: Mapping[str, Benchmark] = {
    "start": review_screen.start_rows,
    "next": review_screen.next_rows,
    "open": open_texts.rows,
    "keys": review_keys.key_rows,
    "bytes": review_keys.byte_rows,
    "orders": order_keys.rows,
    "long": long_example.rows,
    "hour": hour.rows,
    "player": player.rows,
    "load": load.rows,
    "compare": compare.rows,
    "llm": llm.rows,
    "spacy": spacy.rows,
    "engine": engine.rows,
    "cpu": engine.cpu_rows,
    "memory": engine.memory_rows,
    "together": engine.together_rows,
    "engine-keys": engine_keys.rows,
    "report": report.rows,
    "team": team.rows,
    "export": export.rows,
    "learning": learning.rows,
    "learning-keys": learning_keys.rows,
}


def main(arguments: Sequence[str] | None = None, benchmarks: Mapping[str, Benchmark] = BENCHMARKS) -> int:
    """Run the chosen benchmarks in turn and print each row as it is measured; progress goes to stderr.

    Return 1 if a benchmark failed, 130 if Ctrl+C ended the run.
    """
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--only", action="append", choices=benchmarks, metavar="NAME", help=", ".join(benchmarks))
    parser.add_argument("--json", action="store_true", help="print JSON, an object a row")
    parser.add_argument(
        "--quick", action="store_true", help="smaller sizes, to check that all works; do not quote them"
    )
    options = parser.parse_args(arguments)
    show = _print_json if options.json else _print_line
    if not options.json:
        print(HEADER, flush=True)
    names = list(options.only or benchmarks)
    failed = False
    with TemporaryDirectory(prefix="tiebreak-benchmarks-") as folder:
        for number, name in enumerate(names, 1):
            try:
                with own_bench(Path(folder), quick=options.quick) as bench:
                    for row in _measured(name, benchmarks[name](bench)):
                        show(row)
            except KeyboardInterrupt:
                left = f"; not begun: {', '.join(names[number:])}" if names[number:] else ""
                print(f"Interrupted while measuring {name}{left}", file=sys.stderr)
                return 130
            except Exception as error:
                traceback.print_exc()
                show(NotMeasured(name, f"{type(error).__name__}: {error}"))
                failed = True
    return 1 if failed else 0


def _measured(name: str, rows: Iterator[Row]) -> Iterator[Row]:
    """Yield the rows as they come; until the next row is there, a line on stderr names the benchmark."""
    progress = Console(stderr=True)
    while True:
        with progress.status(f"measuring {name}"):
            row = next(rows, None)
        if row is None:
            return
        yield row


def _print_json(row: Row | NotMeasured) -> None:
    print(json.dumps(row.as_object(), ensure_ascii=False), flush=True)


def _print_line(row: Row | NotMeasured) -> None:
    style = "bold red" if row.reached is False else ""
    Console().print(Text(row.line()), style=style, soft_wrap=True)


if __name__ == "__main__":
    sys.exit(main())
