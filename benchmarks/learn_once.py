"""Rank the next examples and go through all of argv's STORE after an answer, and print CPU seconds and memory as JSON.

It is a process of its own, so that the memory is the learner's. It first learns from all stored answers and ranks; that
is not timed. `ranked` has the seconds of ranking after each of argv's ANSWERS further answers. `all` has the seconds of
going through all examples after the last.
"""

from __future__ import annotations

import json
import sys

from benchmarks.learning import answer, cpu_seconds
from benchmarks.load_once import peak_memory
from tiebreak.core.learning.learner import Learner
from tiebreak.core.store.opening import open_store

_PART = 50  # examples; saved together


def main(path: str, answers: str) -> None:
    with open_store(path) as store:
        learner = Learner(store)
        learner.catch_up()
        learner.rank(learner.unranked())
        ranked = []
        for number in range(int(answers)):
            answer(store, 1, seed=number)
            learner.catch_up()
            ranked.append(cpu_seconds(lambda: learner.rank(learner.unranked())))
        whole = cpu_seconds(lambda: _go_through(learner))
    print(json.dumps({"ranked": ranked, "all": whole, "megabytes": peak_memory()}))


def _go_through(learner: Learner) -> None:
    while stale := learner.stale(count=_PART):
        learner.save(stale)


if __name__ == "__main__":
    main(*sys.argv[1:])
