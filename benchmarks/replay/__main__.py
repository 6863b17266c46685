"""Replay a file, and print the figures as tables or as one JSON object."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks import replay
from benchmarks.replay.data import BadDataError, read_gold
from benchmarks.replay.measure import measure
from benchmarks.replay.tables import lines
from benchmarks.replay.targets import targets
from benchmarks.replay.upcoming import upcoming, upcoming_lines
from tiebreak.core.errors import TiebreakError
from tiebreak.core.records import Task


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the figures; return 1 if the file cannot be replayed (stderr says why), 130 if Ctrl+C ended the run."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.replay", description=replay.__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("file", metavar="FILE", type=Path, help="JSON lines with text, spans or cats (gold) and preds")
    parser.add_argument("--between", metavar="A,B[,...]", required=True, help="the systems, the left one first")
    parser.add_argument("--seeds", metavar="N", type=_count, default=5, help="number of seeds; default 5")
    parser.add_argument("--task", type=Task, choices=list(Task), help="the task; default: read from the file")
    parser.add_argument("--without-keys", action="store_true", help="do not press keys; that takes most of the time")
    parser.add_argument(
        "--upcoming",
        metavar="N",
        type=_count,
        help="only print the texts that come next after N answers, by order",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args(arguments)
    try:
        systems = [each.strip() for each in options.between.split(",") if each.strip()]
        data = read_gold(options.file, systems, options.task)
        if options.upcoming:
            print("\n".join(upcoming_lines(upcoming(data, options.upcoming))))
            return 0
        measured = measure(data, options.seeds, keys=not options.without_keys)
    except (BadDataError, TiebreakError) as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Interrupted; no figure is complete", file=sys.stderr)
        return 130
    found = {"file": options.file.name, **measured}
    found["targets"] = [each.as_object() for each in targets(found)]
    print(json.dumps(found, ensure_ascii=False) if options.json else "\n".join(lines(found)))
    return 0


def _count(value: str) -> int:
    if not value.isdecimal() or int(value) < 1:
        raise argparse.ArgumentTypeError(f"{value!r} is not a whole number of at least 1")
    return int(value)


if __name__ == "__main__":
    sys.exit(main())
