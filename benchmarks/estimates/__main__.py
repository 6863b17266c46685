"""Simulate processes of review, and print how their estimates did as a table or as one JSON object a line."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Sequence

from benchmarks import estimates
from benchmarks.estimates.accepting import accepted
from benchmarks.estimates.plans import DESIGNS, PLANS, SETS
from benchmarks.estimates.real import simulate_real
from benchmarks.estimates.simulating import Row, simulate
from benchmarks.estimates.tables import HEADER, accepting_lines, as_object, line, summary

_SIZES = (20, 40, 100, 150)


def main(arguments: Sequence[str] | None = None) -> int:
    """Print each row as soon as it is simulated; return 130 if Ctrl+C ended the run."""
    options = _parser().parse_args(arguments)
    rows: list[Row] = []
    if not options.json:
        print(HEADER, flush=True)
    try:
        for row in _rows(options):
            rows.append(row)
            print(json.dumps(as_object(row)) if options.json else line(row), flush=True)
    except KeyboardInterrupt:
        print("Interrupted; the rows above are complete", file=sys.stderr)
        return 130
    if not options.json:
        print("\n".join(["", *summary(rows), *accepting_lines(accepted(0.01, 10_000), accepted(0.05, 10_000))]))
    return 0


def _rows(options: argparse.Namespace) -> Iterator[Row]:
    if options.real:
        yield from simulate_real(options.real)
        return
    plans = {name: PLANS.get(name) or DESIGNS[name] for name in options.plan or PLANS}
    for name in options.texts or SETS:
        texts = SETS[name]()
        for plan in plans.items():
            corpus = texts.silent() if plan[1].silent else texts.corpus
            for size in options.size or _SIZES:
                yield from simulate(name, corpus, plan, size, options.runs)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.estimates",
        description=estimates.__doc__,
        formatter_class=argparse.RawTextHelpFormatter,
    )
    parser.add_argument("--texts", action="append", choices=[*SETS], help="a set of texts, repeatable; default: all")
    parser.add_argument(
        "--plan", action="append", choices=[*PLANS, *DESIGNS], help="a process, repeatable; default: the first nine"
    )
    parser.add_argument("--size", action="append", type=int, help="texts in the slice; default: 20, 40, 100 and 150")
    parser.add_argument("--runs", type=int, default=1000, help="runs a row; default 1000")
    parser.add_argument("--real", metavar="N", type=int, help="only play the product's session and learner, N times")
    parser.add_argument("--json", action="store_true", help="print one JSON object a row, with all cells")
    return parser


if __name__ == "__main__":
    sys.exit(main())
