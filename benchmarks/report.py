"""`report` and `agreement` at 200,000 answers, each as a whole process, against the seconds that it may take.

Two annotators have answered texts of a store of 200,000 examples; a quarter of the texts have answers of both. The
first report counts everything; the next one starts from the stored tallies.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.bench import Bench
from benchmarks.large_store import multiply
from benchmarks.rows import Reach, Row
from benchmarks.terminal import installed_environment
from tiebreak.core.records import Answer, Difference, SettledDifference
from tiebreak.core.store.answers import save_answer
from tiebreak.core.store.connection import Store
from tiebreak.core.store.encoding import decode_readings
from tiebreak.core.store.opening import open_store

_COLD, _CURRENT = 10.0, 2.0  # seconds that they may take


def rows(bench: Bench) -> Iterator[Row]:
    """Yield the rows of the report that counts everything, the report after it, and the agreement."""
    path = bench.review_store
    multiply(path, 2)
    with open_store(path) as store:
        count = _answer(store)
    for command in ("report", "agreement"):
        _seconds(command, path)  # not counted: it compiles what it imports
    with open_store(path) as store:
        store.execute("DELETE FROM tallies")
    for command, what, most in (
        ("report", "report that counts all", _COLD),
        ("report", "report after it", _CURRENT),
        ("agreement", "agreement", _COLD),
    ):
        seconds = _seconds(command, path)
        name = f"{what}, {count:,} answers, whole process"
        yield Row(name, seconds, "s", most, "what it may take", seconds / most, Reach("at most", 1.0))


def _answer(store: Store) -> int:
    """Have each text answered by one of two annotators, a quarter of them by both; return the number of answers."""
    rows = store.execute('SELECT example_id, start, "end", kind, readings FROM differences').fetchall()
    places: dict[int, list[Difference]] = {}
    for example_id, start, end, kind, readings in rows:
        difference = Difference(start, end, kind, store.restored(decode_readings(readings)))
        places.setdefault(example_id, []).append(difference)
    [texts] = store.execute("SELECT max(id) FROM examples").fetchone()
    plan = [("one", 1, 5 * texts // 8), ("other", 3 * texts // 8, 3 * texts // 4)]
    with store.transaction():
        for annotator, first, last in plan:
            for example_id in range(first, last):
                save_answer(store, _answer_to(example_id, annotator, places.get(example_id, [])))
    return sum(last - first for _, first, last in plan)


def _answer_to(example_id: int, annotator: str, places: list[Difference]) -> Answer:
    """Return an answer that takes the right model's readings."""
    choices = tuple([SettledDifference(each, "right", each.readings["right"], True, ("right",)) for each in places])
    spans = tuple([mark for each in choices for mark in each.marks])
    screen = {"predictors": ["left", "right"]}
    return Answer(example_id, annotator, "bench", "accept", spans, choices, (), 5.0, 3, screen=screen)  # type: ignore[arg-type]  # spans


def _seconds(command: str, path: Path) -> float:
    tiebreak = Path(sys.executable).with_name("tiebreak")
    began = time.perf_counter()
    subprocess.run([tiebreak, command, path], check=True, capture_output=True, env=installed_environment())
    return time.perf_counter() - began
