"""Play one of the ways to review, and print its keys by purpose as a table or as one JSON object."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks import player_keys
from benchmarks.bench import ROOT
from benchmarks.player_keys.figures import Ratio, halves, ratio, ratio_lines, table
from benchmarks.player_keys.habit import Habits
from benchmarks.player_keys.playing import GoldText, Played, play_one, play_rows, play_scratch, play_two, read_texts
from tiebreak.core.records import Task

_DATA = ROOT / "benchmarks" / "data"
_FILES = {
    "scratch": "wikigold_train.jsonl",
    "one": "wikigold_pairs.jsonl",
    "two": "neurotrial.jsonl",
    "rows": "neurotrial.jsonl",
}
_MODELS = {"one": ["spacy"], **{way: ["biobert-v1.1", "gpt-4"] for way in ("two", "rows")}}
_HABITS = {
    "enter and tab": Habits(),
    "all keys": Habits(picks_on=True, at_once=True),
    "all keys, going on": Habits(picks_on=True, goes_on=True, at_once=True),
}
_LEARNED, _PLAIN, _SCRATCH, _PLAIN_SCRATCH = (
    "learned",
    "nothing learned",
    "scratch, learned",
    "scratch, nothing learned",
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Play the chosen way and print its figures."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.player_keys",
        description=player_keys.__doc__,
        formatter_class=argparse.RawTextHelpFormatter,
    )
    parser.add_argument(
        "way", choices=list(_FILES), help="mark from scratch, correct one model, settle two, or go through all rows"
    )
    parser.add_argument("file", nargs="?", type=Path, help="JSON lines with text, spans (gold) and preds")
    parser.add_argument("--models", metavar="A[,B]", help="the models whose predictions are corrected or settled")
    parser.add_argument("--texts", metavar="N", type=int, default=200, help="how many texts of the file; default 200")
    parser.add_argument(
        "--task",
        type=Task,
        choices=[Task.NER, Task.SPANCAT],
        default=None,
        help="the task; default: spancat for two and rows, else ner",
    )
    parser.add_argument("--no-proposals", action="store_true", help="only play without learned proposals")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args(arguments)
    way: str = options.way
    task: Task = options.task or (Task.SPANCAT if way in ("two", "rows") else Task.NER)
    texts = read_texts(options.file or _DATA / _FILES[way], options.texts, task)
    models = options.models.split(",") if options.models else _MODELS.get(way, [])
    runs = _runs(way, texts, models, task, learned=not options.no_proposals)
    ratios = list(_ratios(way, runs))
    per = "differences" if way in ("two", "rows") else "spans"
    if options.json:
        print(json.dumps(_as_object(runs, ratios, per), ensure_ascii=False))
    else:
        print("\n".join([*table(runs, per), *ratio_lines(ratios)]))
    return 0


def _runs(way: str, texts: list[GoldText], models: list[str], task: Task, *, learned: bool) -> dict[str, Played]:
    """Return the runs of a way, by name: with learning and without; for one model also the runs from scratch."""
    if way == "rows":
        return {name: play_rows(texts, models, task, habits) for name, habits in _HABITS.items()}
    both = {_LEARNED: True, _PLAIN: False} if learned else {_PLAIN: False}
    if way == "scratch":
        return {name: play_scratch(texts, proposals=proposals) for name, proposals in both.items()}
    if way == "two":
        return {name: play_two(texts, models, task, proposals=proposals) for name, proposals in both.items()}
    marked = {_SCRATCH: True, _PLAIN_SCRATCH: False} if learned else {_PLAIN_SCRATCH: False}
    return {
        **{name: play_one(texts, models[0], proposals=proposals) for name, proposals in both.items()},
        **{name: play_scratch(texts, proposals=proposals) for name, proposals in marked.items()},
    }


def _ratios(way: str, runs: dict[str, Played]) -> list[Ratio]:
    found = []
    if _LEARNED in runs:
        aim = 0.7 if way == "scratch" else None
        what = f"{_LEARNED} against {_PLAIN}, second half"
        found.append(ratio(what, runs[_LEARNED], runs[_PLAIN], "second half", aim))
    for run, against, aim in (
        (_PLAIN, _PLAIN_SCRATCH, 0.6),
        (_LEARNED, _PLAIN_SCRATCH, 0.6),
        (_LEARNED, _SCRATCH, None),
    ):
        if run in runs and against in runs:
            found.append(ratio(f"one model, {run}, against {against}", runs[run], runs[against], most=aim))
    return found


def _as_object(runs: dict[str, Played], ratios: list[Ratio], per: str) -> dict[str, Any]:
    return {
        "runs": {name: {**halves(played, per), "given_up": len(played.given_up)} for name, played in runs.items()},
        "ratios": [each._asdict() for each in ratios],
    }


if __name__ == "__main__":
    sys.exit(main())
