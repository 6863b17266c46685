"""Nothing that is learned depends on left or right; the left predictor only wins ties."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest
from teaching_steps import LABELS, caught_up, hold, likely_at, say

from tiebreak.core.records import Span, Task
from tiebreak.core.store.connection import Store

NewStore = Callable[[Task], Store]
WORDS = "the bank of Ulm met Ada Lovelace near Paris and Bonn while Apple hired Mr Smith of Rome"


def texts(chance: random.Random, count: int) -> list[str]:
    return [f"{number} {' '.join(chance.choices(WORDS.split(), k=8))}" for number in range(count)]


def spans_in(text: str, chance: random.Random, *, overlap: bool) -> tuple[Span, ...]:
    """Return some words of a text, labelled."""
    found: list[Span] = []
    at = 0
    for word in text.split():
        start = text.index(word, at)
        at = start + len(word)
        if chance.random() < 0.4:
            span = Span(start, at, chance.choice(LABELS))
            if overlap and found and chance.random() < 0.5:
                span = Span(found[-1].start, at, span.label)
            found.append(span)
    return tuple(sorted(set(found)))


def taught(store: Store, names: tuple[str, ...], *, answers: int) -> list[dict[Any, float]]:
    """Return the likely candidates at all differences of ten texts; `names` are the predictors, the left first."""
    said: dict[str, dict[str, Any]] = {name: {} for name in sorted(names)}
    truth: dict[str, tuple[Any, ...]] = {}
    chance = random.Random(17)
    is_spans = store.task in (Task.NER, Task.SPANCAT)
    for text in texts(chance, 10 + answers):
        for of_text in said.values():
            of_text[text] = (
                spans_in(text, chance, overlap=store.task.allows_overlap)
                if is_spans
                else {label: round(chance.random(), 2) for label in LABELS}
            )
        truth[text] = spans_in(text, chance, overlap=False) if is_spans else tuple(chance.sample(LABELS, 1))
    for name in names:
        ids = say(store, name, said[name])
    for text, example_id in list(ids.items())[:answers]:
        hold(store, example_id, truth[text])
    learner = caught_up(store)
    return [place for example_id in list(ids.values())[answers:] for place in likely_at(learner, example_id)]


@pytest.mark.parametrize("names", [("a", "b"), ("a", "b", "c")], ids=len)
@pytest.mark.parametrize("task", Task)
def test_the_same_is_learned_whoever_stands_left(task: Task, names: tuple[str, ...], new_store: NewStore) -> None:
    ours = taught(new_store(task), names, answers=20)
    theirs = taught(new_store(task), names[::-1], answers=20)
    assert len(ours) > 5
    for one, other in zip(ours, theirs, strict=True):
        assert {marks: p for marks, p in one.items() if p > 0.005} == pytest.approx(
            {marks: other.get(marks) for marks, p in one.items() if p > 0.005}, abs=0.002
        )


# Each predictor has another reading of the text; if any number may hold, only the first has a label.
ONE_EACH: dict[Task, list[Any]] = {
    Task.NER: [(Span(0, 3, label),) for label in LABELS],
    Task.SPANCAT: [(Span(0, 3, "ORG"),), (), ()],
    Task.TEXTCAT: [{label: 0.9} for label in LABELS],
    Task.TEXTCAT_MULTILABEL: [{"ORG": 0.9}, {"ORG": 0.1}, {"ORG": 0.1}],
}


@pytest.mark.parametrize("names", [("a", "b"), ("b", "a"), ("c", "a", "b"), ("b", "c", "a")], ids="".join)
@pytest.mark.parametrize("task", [Task.NER, Task.TEXTCAT])
def test_where_nothing_was_learned_the_left_reading_comes_first(
    task: Task, names: tuple[str, ...], new_store: NewStore
) -> None:
    store = new_store(task)
    for name, said in zip(names, ONE_EACH[task], strict=False):
        [example_id] = say(store, name, {"Ulm lies on the Danube": said}).values()
    places = likely_at(caught_up(store), example_id)
    holding = {mark.label for place in places for mark in next(iter(place))}
    assert holding == {LABELS[0]}


@pytest.mark.parametrize("names", [("a", "b"), ("b", "a")], ids="".join)
@pytest.mark.parametrize("task", [Task.SPANCAT, Task.TEXTCAT_MULTILABEL])
def test_of_two_of_whom_one_says_something_the_left_comes_first_or_the_one_who_says_it(
    task: Task, names: tuple[str, ...], new_store: NewStore
) -> None:
    for turned in (False, True):
        store = new_store(task)
        said = ONE_EACH[task][:2]
        for name, marks in zip(names, reversed(said) if turned else said, strict=True):
            [example_id] = say(store, name, {"Ulm lies on the Danube": marks}).values()
        [place] = likely_at(caught_up(store), example_id)
        yes, no = sorted(place, key=len, reverse=True)[:2]
        left = no if turned else yes
        assert next(iter(place)) == left, (place, turned)
