"""Run the benchmarks and print one table."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import traceback
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from benchmarks import (
    compare,
    engine,
    engine_keys,
    hour,
    llm,
    load,
    long_example,
    player,
    review_keys,
    review_screen,
    team,
)
from benchmarks import spacy_run as spacy
from benchmarks.bench import Bench
from benchmarks.rows import Row

BENCHMARKS: Mapping[str, Callable[[Bench], Iterator[Row]]] = {
    "start": review_screen.start_rows,
    "next": review_screen.next_rows,
    "keys": review_keys.key_rows,
    "bytes": review_keys.byte_rows,
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
    "team": team.rows,
}


def main() -> int:
    """Run what was asked for, one after the other; progress goes to stderr. Returns 1 where a benchmark failed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--only", action="append", choices=BENCHMARKS, metavar="NAME", help=", ".join(BENCHMARKS))
    parser.add_argument("--json", action="store_true", help="print JSON, an object a row")
    parser.add_argument("--quick", action="store_true", help="smaller sizes: to see that all works, not to quote")
    options = parser.parse_args()
    rows: list[Row] = []
    failed: dict[str, str] = {}
    progress = Console(stderr=True)
    with tempfile.TemporaryDirectory(prefix="tiebreak-benchmarks-") as folder:
        bench = Bench(Path(folder), options.quick)
        for name in options.only or BENCHMARKS:
            try:
                with progress.status(f"measuring {name}"):
                    rows += BENCHMARKS[name](bench)
            except Exception as error:
                traceback.print_exc()
                failed[name] = f"{type(error).__name__}: {error}"
    if options.json:
        for each in [*(row.as_object() for row in rows), *({"what": name, "error": failed[name]} for name in failed)]:
            print(json.dumps(each, ensure_ascii=False))
    else:
        Console().print(_table(rows, failed))
    return 1 if failed else 0


def _table(rows: list[Row], failed: Mapping[str, str]) -> Table:
    table = Table(title="Tiebreak: targets for speed")
    for column in ("what", "measured", "against (same run)", "ratio", "reach", "ok?"):
        table.add_column(column, justify="right" if column in ("measured", "ratio") else "left")
    for row in rows:
        table.add_row(*row.cells(), style="bold red" if row.reached is False else "")
    for name, error in failed.items():
        table.add_row(escape(f"{name}: not measured: {error}"), "", "", "", "", "NO", style="bold red")
    return table


if __name__ == "__main__":
    sys.exit(main())
