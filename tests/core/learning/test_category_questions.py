"""What is learned of categories: which label holds if at most one may, and whether each does if any may."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from teaching_steps import caught_up, hold, likely_at, say

from tiebreak.core.learning.askers import asker_of
from tiebreak.core.learning.asking import ReadText, most_probable
from tiebreak.core.learning.chooser import ChosenCandidate
from tiebreak.core.learning.model import CandidateModel
from tiebreak.core.records import Category, Marks, Record, Task
from tiebreak.core.store.connection import Store
from tiebreak.core.store.examples import add_examples, add_labels_in_order
from tiebreak.core.tasks.registry import rules_of

NewStore = Callable[[Task], Store]
LABELS = ("A", "B", "C", "D")
BOTH = (Task.TEXTCAT, Task.TEXTCAT_MULTILABEL)
SCORES = st.dictionaries(st.sampled_from(LABELS), st.sampled_from([0.0, 0.2, 0.5, 0.9, 1.0]))


def text_of(task: Task, scores: Mapping[str, Mapping[str, float]], text: str = "some words") -> ReadText:
    rules = rules_of(task)
    readings = {name: rules.marks_of(_Said(cats)) for name, cats in scores.items()}
    return ReadText.of(rules, text, readings, scores)


class _Said:
    spans = None

    def __init__(self, cats: Mapping[str, float]) -> None:
        self.cats = cats


@pytest.mark.parametrize("task", BOTH)
@given(data=st.data())
def test_whatever_is_taken_one_label_at_most_holds_or_each_may(task: Task, data: st.DataObject) -> None:
    """All lists of likely candidates of a text come from one choice, which is also the best."""
    text = text_of(task, {name: data.draw(SCORES) for name in "abc"[: data.draw(st.integers(1, 3))]})
    asker = asker_of(task, list(text.readings), LABELS)
    asked = asker.ask(text)
    model = CandidateModel()
    taken = []
    for each in asked:
        chances = model.probabilities(each.question)
        assert float(chances.sum()) == pytest.approx(1.0, abs=1e-5)
        numbers = st.integers(0, len(each.candidates) - 1)
        taken.append(ChosenCandidate(data.draw(numbers), chances))
    likely = asker.likely(text, asked, taken)
    assert len(likely) == len(text.differences)
    for place, here in zip(text.differences, likely, strict=True):
        assert {its.marks for its in here} <= {(), (Category(place.label),)}
        assert len({its.marks for its in here}) == len(here) >= 1
        assert sum(its.probability for its in here) <= 1.0001
    marks, confidence = most_probable(asked, taken)
    assert 0 <= confidence <= 1
    assert len(set(marks)) == len(marks)
    if task.is_exclusive:
        assert len(marks) <= 1
        assert sum(len(here[0].marks) for here in likely) <= 1
        disputed = {Category(place.label) for place in text.differences}
        shown = {mark for here in likely for mark in here[0].marks}
        assert shown <= disputed & set(marks)


@pytest.mark.parametrize("task", BOTH)
def test_a_bias_of_a_predictor_is_learned_by_label(task: Task, new_store: NewStore) -> None:
    """`a` is right about A and wrong about B; `b` is always wrong."""
    store = new_store(task)
    texts = [f"text {number}" for number in range(44)]
    say(store, "b", {each: {"C": 1.0} for each in texts})
    ids = list(say(store, "a", {text: {"AB"[at % 2]: 1.0} for at, text in enumerate(texts)}).values())
    for at, example_id in enumerate(ids[:40]):
        hold(store, example_id, [] if at % 2 else ["A"])
    learner = caught_up(store)
    for at, example_id in enumerate(ids[40:]):
        marks = () if at % 2 else (Category("A"),)
        assert learner.best(example_id).marks == marks
        assert tuple(mark for place in likely_at(learner, example_id) for mark in next(iter(place))) == marks


@pytest.mark.parametrize("task", BOTH)
def test_words_and_scores_teach(task: Task, new_store: NewStore) -> None:
    store = new_store(task)
    texts = [f"{'the cat sat' if at % 2 else 'a dog ran'} {at}" for at in range(40)]
    say(store, "a", {each: {"A": 0.7, "B": 0.3} for each in texts})
    ids = list(say(store, "b", {each: {"A": 0.4, "B": 0.6} for each in texts}).values())
    for at, example_id in enumerate(ids[:30]):
        hold(store, example_id, ["B" if at % 2 else "A"])
    learner = caught_up(store)
    best = [learner.best(each).marks for each in ids[30:]]
    assert best == [(Category("B"),) if at % 2 else (Category("A"),) for at in range(30, 40)]


@pytest.mark.parametrize("task", BOTH)
def test_what_all_agree_on_falls_once_it_was_often_wrong(task: Task, new_store: NewStore) -> None:
    store = new_store(task)
    texts = [f"text {number}" for number in range(40)]
    for name in ("a", "b"):
        ids = list(say(store, name, {each: {"A": 1.0} for each in texts}).values())
    say(store, "a", {"another": {"B": 1.0}})  # now the label is known
    assert caught_up(store).best(ids[-1]).marks == (Category("A"),)
    for example_id in ids[:30]:
        hold(store, example_id, ["B"])
    best = caught_up(store).best(ids[-1])
    assert best.marks == (Category("B"),)
    assert best.confidence > 0.3


@pytest.mark.parametrize("task", BOTH)
@pytest.mark.parametrize("count", [1, 200])
def test_one_label_and_two_hundred(task: Task, count: int, new_store: NewStore) -> None:
    store = new_store(task)
    labels = [f"label {number}" for number in range(count)]
    texts = [f"text {number}" for number in range(6)]
    scores: list[Any] = [
        {label: 1.0 if at == 0 else 0.0 for at, label in enumerate(labels)},
        dict.fromkeys(labels, 0.0),
    ]
    for name, said in zip("ab", scores, strict=True):
        ids = list(say(store, name, dict.fromkeys(texts, said)).values())
    for example_id in ids[:5]:
        hold(store, example_id, labels[-1:])
    learner = caught_up(store)
    assert {mark.label for mark in learner.best(ids[5]).marks} <= set(labels)
    [place] = likely_at(learner, ids[5])
    assert set(place) == {(), (Category(labels[0]),)}


@pytest.mark.parametrize("task", BOTH)
def test_a_predictor_that_fails_says_nothing_of_the_text(task: Task, new_store: NewStore) -> None:
    store = new_store(task)
    texts = [f"text {number}" for number in range(8)]
    say(store, "a", {text: {"A": 1.0} if at % 2 else None for at, text in enumerate(texts)})
    say(store, "b", {text: {"B": 1.0} for text in texts})
    ids = list(say(store, "c", {text: {"C": 1.0} if at % 3 else None for at, text in enumerate(texts)}).values())
    for example_id in ids[:6]:
        hold(store, example_id, ["B"])
    learner = caught_up(store)
    for example_id in ids:
        marks: Marks = learner.best(example_id).marks
        assert marks == (Category("B"),)
    assert np.isfinite(learner._of_compared.state().kept.model.weights).all()


@pytest.mark.parametrize("task", BOTH)
def test_each_label_of_the_only_model_is_a_question_and_what_people_say_instead_stands_first(
    task: Task, new_store: NewStore
) -> None:
    store = new_store(task)
    add_labels_in_order(store, ["C"])
    texts = [f"{'red' if at % 2 else 'blue'} {at}" for at in range(42)]
    ids = list(say(store, "only", {text: {"A": 1.0, "B": 0.0} for text in texts}).values())

    def rows_of(example_id: int) -> dict[str, tuple[Marks, float]]:
        [row], _ = learner.say(learner.texts([example_id]))
        firsts = [(offer.place.kind, offer.learned.candidates) for offer in row.learned.offers]
        return {f"{kind} {max(its)[0][0].label}": (its[0].marks, its[0].probability) for kind, its in firsts}

    hold(store, ids[0], ["A"])
    learner = caught_up(store)
    assert rows_of(ids[41])["agreed A"][0] == (Category("A"),)
    for at, example_id in enumerate(ids[1:40], 1):
        hold(store, example_id, ["B"] if at % 2 else ["A"])
    learner = caught_up(store)
    assert rows_of(ids[40])["agreed A"][0] == (Category("A"),)
    found = rows_of(ids[41])
    assert {name: marks for name, (marks, _) in found.items()} == {"agreed A": (), "unmarked B": (Category("B"),)}
    assert all(0.5 < chance <= 1 for _, chance in found.values())


@pytest.mark.parametrize("task", BOTH)
def test_where_nobody_has_read_a_text_no_label_is_proposed(task: Task, new_store: NewStore) -> None:
    store = new_store(task)
    add_labels_in_order(store, ["A", "B"])
    ids, _ = add_examples(store, [Record(f"text {number}") for number in range(9)], "test")
    for example_id in ids[:8]:
        hold(store, example_id, ["A"])
    learner = caught_up(store)
    assert learner.answers == 8
    rows, values = learner.say(learner.texts([ids[8]]))
    assert rows == []
    assert values[ids[8]].errors >= 0
