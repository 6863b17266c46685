"""Counts of answers: which predictors were right at their places, which patterns came up, which labels changed.

Counts of parts of the answers can be kept as JSON. Added up in order, they are the same as those of all at once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from typing import Any

from tiebreak.core.compare.patterns import Pattern, pattern_of
from tiebreak.core.insight.by_run import ByRun
from tiebreak.core.insight.corrected import OpenAnswers
from tiebreak.core.insight.counts import Count, Counts
from tiebreak.core.insight.tallying import OF_NOW, Tallying, garbage_collection_off
from tiebreak.core.records import AnswerValue, Difference, Marks, SettledDifference
from tiebreak.core.store.answers import SLICE
from tiebreak.core.store.connection import Store
from tiebreak.core.store.current import left_out_names
from tiebreak.core.store.given_answers import GivenAnswer, answers_of, given_answers
from tiebreak.core.store.reporting import readings_by_place
from tiebreak.core.store.standing import standing_answers
from tiebreak.core.store.status import RunStatus
from tiebreak.core.store.tallies import PART

LONGEST = 300.0  # seconds of an answer that count; an annotator who takes longer is away
PLACES = 3  # places that are shown with a pattern
CONTEXT = 30  # characters that are shown on either side of a pattern's place


@dataclass
class PatternPlaces:
    """How often a pattern came up, and its first places with different words in and around them."""

    times: int = 0
    places: dict[tuple[str, str, str], None] = field(default_factory=dict)


@dataclass
class AnswerCounts:
    """Counts of answers, named as in a `Report`. `changes` is by the labels from and to, `by_run` by id."""

    annotators: list[str] = field(default_factory=list)
    answers: dict[AnswerValue, int] = field(default_factory=lambda: {"accept": 0, "reject": 0, "ignore": 0})
    seconds: float = 0.0
    keys: int = 0
    of_slice: int = 0
    places: int = 0
    confirmed: int = 0
    nobody: int = 0
    by_predictor: Counts = field(default_factory=dict)
    by_kind: dict[str, Counts] = field(default_factory=dict)
    by_label: dict[str, Counts] = field(default_factory=dict)
    by_run: dict[int, Count] = field(default_factory=dict)
    open_answers: OpenAnswers = field(default_factory=OpenAnswers)
    patterns: dict[Pattern, PatternPlaces] = field(default_factory=dict)
    changes: Counter[tuple[str, str]] = field(default_factory=Counter)
    is_of_now: bool = False  # whether the counts also rest on what is compared now

    def add_up(self, counted: Mapping[str, Any]) -> None:
        """Add the counts of later answers, as `as_json` returned them."""
        self.annotators += [name for name in counted["annotators"] if name not in self.annotators]
        for name in ("seconds", "keys", "of_slice", "places", "confirmed", "nobody"):
            setattr(self, name, getattr(self, name) + counted[name])
        for answer in self.answers:
            self.answers[answer] += counted["answers"][answer]
        _add_up(self.by_predictor, counted["by_predictor"])
        for ours, theirs in ((self.by_kind, counted["by_kind"]), (self.by_label, counted["by_label"])):
            for name, counts in theirs.items():
                _add_up(ours.setdefault(name, {}), counts)
        for run_id, numbers in counted["by_run"].items():
            self.by_run.setdefault(int(run_id), Count()).add_up(numbers)
        self.open_answers.add_up(counted["open"])
        for kind, labels, text, times, places in counted["patterns"]:
            known = self.patterns.setdefault(Pattern(kind, tuple(labels), text), PatternPlaces())
            known.times += times
            if len(known.places) < PLACES:
                known.places.update(dict.fromkeys(map(tuple, places)))
        for old, new, times in counted["changes"]:
            self.changes[old, new] += times

    def as_json(self) -> dict[str, Any]:
        """Return a JSON object for `add_up`."""
        return {
            **{name: getattr(self, name) for name in ("annotators", "seconds", "keys", "of_slice", "places")},
            "confirmed": self.confirmed,
            "nobody": self.nobody,
            "answers": self.answers,
            "by_predictor": _numbers(self.by_predictor),
            "by_kind": {name: _numbers(counts) for name, counts in self.by_kind.items()},
            "by_label": {name: _numbers(counts) for name, counts in self.by_label.items()},
            "by_run": {str(run_id): each.numbers() for run_id, each in self.by_run.items()},
            "open": self.open_answers.as_json(),
            "patterns": [[*pattern, each.times, list(each.places)] for pattern, each in self.patterns.items()],
            "changes": [[old, new, times] for (old, new), times in self.changes.items()],
            OF_NOW: self.is_of_now,
        }


def all_counts(store: Store, runs: Sequence[RunStatus] = ()) -> AnswerCounts:
    """Return the counts of all answers in force, also for each of these `runs`; most come from kept counts."""
    parts: dict[int, list[int]] = {}
    with garbage_collection_off():
        for each in standing_answers(store):
            if not each.is_adjudication:  # an adjudication says which annotator was right, not which predictor
                parts.setdefault(each.id // PART, []).append(each.id)
    tallying = Tallying(store, "answers")
    found = AnswerCounts()
    basis = left_out_names(store), [(run.id, run.ok) for run in runs]

    def counted(ids: Sequence[int]) -> dict[str, Any]:
        return count_answers(store, given_answers(store, ids), runs).as_json()

    for part in tallying.count(parts, basis, counted):
        found.add_up(part)
    tallying.save()
    return found


def some_counts(store: Store, runs: Sequence[RunStatus], session: str | None, annotator: str | None) -> AnswerCounts:
    """Return the counts of the answers of one session, of one annotator, or of one annotator in one session."""
    return count_answers(store, given_answers(store, answers_of(store, session, annotator)), runs)


def count_answers(store: Store, answers: Iterable[GivenAnswer], runs: Sequence[RunStatus] = ()) -> AnswerCounts:
    """Count answers; no two are of the same annotator to the same example."""
    found, rules = AnswerCounts(), store.rules
    left_out, by_run = {*left_out_names(store)}, ByRun(store, runs)
    for answer in answers:
        _add_answer(found, answer)
        if answer.answer != "accept" or answer.view == SLICE:
            continue
        saved = answer.marks(rules)
        if not answer.is_as_shown:
            found.changes.update(_changed_labels(answer.first_shown(rules), saved))
        choices = answer.settled(rules)
        if not choices:
            found.open_answers.add(answer.predictors, answer.offers(rules), saved, store.task)
        places = _with_readings(store, found, answer, choices, left_out)
        by_run.add(answer.example_id, saved, places)
        for place in places:
            _add_place(found, place)
            _add_pattern(found, answer.text, place.difference)
    found.by_run = by_run.counts()
    return found


def _add_answer(found: AnswerCounts, answer: GivenAnswer) -> None:
    if answer.annotator not in found.annotators:
        found.annotators.append(answer.annotator)
    found.answers[answer.answer] += 1
    found.seconds += min(answer.seconds, LONGEST)
    found.keys += int(answer.keys)
    found.of_slice += answer.view == SLICE


def _with_readings(
    store: Store, found: AnswerCounts, answer: GivenAnswer, choices: Iterable[SettledDifference], left_out: Set[str]
) -> list[SettledDifference]:
    """Return the places of an answer at which the predictors that are compared now differ.

    A place that an older version saved without readings takes the current readings there.
    """
    now: Mapping[tuple[int, int], Mapping[str, Marks]] | None = None
    settled = []
    for each in choices:
        difference = each.difference
        if not difference.readings:
            now = readings_by_place(store, answer.example_id) if now is None else now
            found.is_of_now = True
            difference = difference._replace(readings=now.get((difference.start, difference.end), {}))
        if not left_out.isdisjoint(difference.readings):
            difference = _without(difference, left_out)
        if difference.readings:
            settled.append(each if difference is each.difference else replace(each, difference=difference))
    return settled


def _without(difference: Difference, left_out: Set[str]) -> Difference:
    """Return the difference without some predictors' readings; without any reading if the others do not differ."""
    readings = {name: marks for name, marks in difference.readings.items() if name not in left_out}
    return difference._replace(readings=readings if len({frozenset(each) for each in readings.values()}) > 1 else {})


def _add_place(found: AnswerCounts, place: SettledDifference) -> None:
    difference, holds, confirmed = place.difference, {*place.marks}, place.confirmed
    found.places += 1
    found.confirmed += confirmed
    readings = {name: {*marks} for name, marks in difference.readings.items()}
    labels = sorted({mark.label for marks in (holds, *readings.values()) for mark in marks})
    tables = [found.by_predictor, found.by_kind.setdefault(difference.kind, {})]
    tables += [found.by_label.setdefault(label, {}) for label in labels]
    anybody = False
    for name, marks in readings.items():
        right = marks == holds
        anybody = anybody or right
        for table in tables:
            if name not in table:
                table[name] = Count()
            table[name].add(right, confirmed)
    found.nobody += not anybody


def _add_pattern(found: AnswerCounts, text: str, difference: Difference) -> None:
    pattern = pattern_of(text, difference)
    known = found.patterns.get(pattern)
    if known is None:
        known = found.patterns[pattern] = PatternPlaces()
    known.times += 1
    if len(known.places) < PLACES:
        start, end = difference.start, difference.end
        known.places[text[max(0, start - CONTEXT) : start], text[start:end], text[end : end + CONTEXT]] = None


def _changed_labels(shown: Marks, saved: Marks) -> list[tuple[str, str]]:
    """Return (from, to) of each mark that was first shown with one label and saved with another, on the same bounds."""
    removed, added = {*shown} - {*saved}, {*saved} - {*shown}
    changes = []
    for bounds in sorted({mark[:-1] for mark in removed}):
        old = [mark.label for mark in removed if mark[:-1] == bounds]
        new = [mark.label for mark in added if mark[:-1] == bounds]
        if len(old) == len(new) == 1:
            changes.append((old[0], new[0]))
    return changes


def _add_up(ours: Counts, theirs: Mapping[str, Iterable[int]]) -> None:
    for name, counts in theirs.items():
        ours.setdefault(name, Count()).add_up(counts)


def _numbers(counts: Counts) -> dict[str, list[int]]:
    return {name: each.numbers() for name, each in counts.items()}
