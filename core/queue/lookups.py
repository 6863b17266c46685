"""Slow look-ups on a connection of their own, so that no key waits for them: counts, searches, lists."""

from __future__ import annotations

import time
from array import array
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tiebreak.core.compare.patterns import Pattern
from tiebreak.core.records import ExampleRow
from tiebreak.core.selection.filter import AnyOrder, QueueFilter
from tiebreak.core.selection.portion import Portion
from tiebreak.core.store.connection import Store
from tiebreak.core.store.engines import Engine, engines
from tiebreak.core.store.opening import open_store
from tiebreak.core.store.queue import queue_length
from tiebreak.core.store.searching import (
    AlikeExamples,
    Names,
    alike,
    example_rows,
    give_up_once,
    known_names,
    matching_ids,
)
from tiebreak.core.store.status import Failure, RunStatus, failures, mention_counts, run_statuses
from tiebreak.core.store.team import on_screen
from tiebreak.core.store.words import WordIndex, index_words, word_index

_SHARE = 10  # times as long as a count took; then it may run again, so counts take a tenth of the time at most


@dataclass(frozen=True, slots=True)
class QueueProgress:
    """The progress of the queue and the runs. `runs` has (predictor, ok, failed) of each current, compared run.

    `engines` are the engines at work, the newest first; `annotators` have an example on screen.
    """

    remaining: int
    runs: tuple[tuple[str, int, int], ...]
    engines: tuple[Engine, ...] = ()
    annotators: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RunOutcomes:
    """The outcomes of the current runs: mention counts by the id of the run, and failures by reason.

    `last` is the newest engine that has ended.
    """

    mentions: Mapping[int, Mapping[str, int]]
    failures: tuple[Failure, ...]
    last: Engine | None


@dataclass(frozen=True, slots=True)
class EngineOverview:
    """The engines at work, the newest first, and the current runs, as `run_statuses` has them."""

    engines: tuple[Engine, ...]
    runs: tuple[RunStatus, ...]
    outcomes: RunOutcomes


@dataclass(frozen=True, slots=True)
class FoundExamples:
    """The ids that a filter finds, in order, and the state of the word index at that time."""

    ids: array[int]
    index: WordIndex


class Lookups:
    """Runs slow reads of a store on its own connection; call it from one thread."""

    def __init__(self, path: Path, portion: Portion | None = None) -> None:
        self._path = path
        self.portion = portion  # the share of the annotator that counts and searches are for
        self._opened: Store | None = None
        self._counted: tuple[tuple[QueueFilter, Portion | None], tuple[int, int], int] | None = None
        self._count_again = 0.0
        self._outcomes: tuple[tuple[int, int], RunOutcomes] | None = None
        self._read_again = 0.0
        self._found: tuple[tuple[QueueFilter, Portion | None], AnyOrder, tuple[int, int], FoundExamples] | None = None

    def open(self) -> None:
        """Open the store, if it is not open yet."""
        self._opened = self._opened or open_store(self._path)

    @property
    def _store(self) -> Store:
        self.open()
        assert self._opened is not None
        return self._opened

    def progress(self, queue: QueueFilter) -> QueueProgress:
        """Return the runs, and the length of `queue`; it is counted again after a write, but not too often."""
        version = self._store.version()
        began = time.monotonic()
        wanted = queue, self.portion
        known = self._counted is not None and self._counted[0] == wanted
        if self._counted is None or not known or (self._counted[1] != version and began >= self._count_again):
            self._counted = wanted, version, queue_length(self._store, queue, self.portion)
            self._count_again = began + (1 + _SHARE) * (time.monotonic() - began)
        runs = tuple((run.predictor, run.ok, run.failed) for run in self._current_runs() if not run.left_out)
        annotators = tuple(sorted({each.annotator for each in on_screen(self._store)}))
        return QueueProgress(self._counted[2], runs, tuple(engines(self._store, live=True)), annotators)

    def engine_overview(self) -> EngineOverview:
        """Return the engines and the current runs with their outcomes, which are read again as seldom as counts."""
        store, runs, version, began = self._store, self._current_runs(), self._store.version(), time.monotonic()
        if self._outcomes is None or (self._outcomes[0] != version and began >= self._read_again):
            mentions = {run.id: mention_counts(store, run.id) for run in runs}
            last = next((engine for engine in engines(store) if not engine.alive), None)
            self._outcomes = version, RunOutcomes(mentions, tuple(failures(store)), last)
            self._read_again = began + (1 + _SHARE) * (time.monotonic() - began)
        return EngineOverview(tuple(engines(store, live=True)), runs, self._outcomes[1])

    def _current_runs(self) -> tuple[RunStatus, ...]:
        return tuple(run for run in run_statuses(self._store) if run.current)

    def find(
        self, queue: QueueFilter, order: AnyOrder, superseded: Callable[[], bool] = lambda: False
    ) -> FoundExamples:
        """Return all examples of `queue`. Raises SupersededError once `superseded()`."""
        version = self._store.version()
        wanted = queue, self.portion
        if self._found is None or self._found[:3] != (wanted, order, version):
            with give_up_once(self._store, superseded):
                found = FoundExamples(matching_ids(self._store, queue, order, self.portion), word_index(self._store))
            self._found = wanted, order, version, found
        return self._found[3]

    def rows(self, ids: Sequence[int]) -> list[ExampleRow]:
        return example_rows(self._store, ids)

    def names(self) -> Names:
        return known_names(self._store)

    def index(self) -> WordIndex:
        """Go on building the word index for a moment."""
        return index_words(self._store)

    def alike(self, pattern: Pattern, after: int) -> AlikeExamples:
        return alike(self._store, pattern, after)

    def close(self) -> None:
        if self._opened is not None:
            self._opened.close()
