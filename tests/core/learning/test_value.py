"""The expected gain and cost of an answer: laws of errors, seconds and offers, and how they are learned."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from teaching_steps import caught_up, hold, readings, say

from tiebreak.core.learning.acts import LONGEST, PRICES, Act, ActTimes, acts_of, nothing_done
from tiebreak.core.learning.candidates import Candidate
from tiebreak.core.learning.chooser import Chooser, ChosenCandidate
from tiebreak.core.learning.learner import Learner
from tiebreak.core.learning.model import CandidateModel
from tiebreak.core.learning.ridge import Doubles, Ridge
from tiebreak.core.records import Answer, Category, Difference, SettledDifference, Span, Task, Value
from tiebreak.core.store.connection import Store
from tiebreak.core.store.opening import create_store
from tiebreak.core.store.valued import answers_behind_values, value_of

PARIS, SPAIN = Span(0, 5, "LOC"), Span(0, 5, "ORG")


def values(learner: Learner, example_ids: Sequence[int]) -> dict[int, Value]:
    return learner.say(learner.texts(example_ids))[1]


def acts(**counts: float) -> Doubles:
    found = nothing_done()
    for name, count in counts.items():
        found[Act[name]] = count
    return found


@pytest.mark.parametrize("factor", [0.5, 1.0, 2.0, 4.0])
def test_how_long_acts_take_is_learned_from_answers(factor: float) -> None:
    times = ActTimes()
    for number in range(200):
        done = acts(READ=10 + number % 30, LOOK=number % 4, PICK=number % 3, EDIT=number % 2)
        times.learn(done, factor * float((done * PRICES).sum()))
    done = acts(READ=40, LOOK=3, PICK=2, EDIT=1)
    assert times.seconds(done) == pytest.approx(factor * (done * PRICES).sum(), rel=0.1)


def test_an_answer_of_hours_counts_five_minutes_and_one_without_time_nothing() -> None:
    long, longest, none = ActTimes(), ActTimes(), ActTimes()
    done = acts(READ=40, LOOK=3)
    long.learn(done, 10_000.0)
    longest.learn(done, LONGEST)
    none.learn(done, 0.0)
    assert long.seconds(done) == longest.seconds(done) > none.seconds(done) == pytest.approx((done * PRICES).sum())


@given(st.lists(st.tuples(st.integers(0, 500), st.integers(0, 9), st.floats(0, 1e6)), max_size=20))
def test_seconds_are_positive_whatever_was_learned(answers: list[tuple[int, int, float]]) -> None:
    times = ActTimes()
    for words, edits, seconds in answers:
        times.learn(acts(READ=words, EDIT=edits), seconds)
    assert 0 < times.seconds(acts(READ=1)) < 100


def test_the_acts_of_an_answer_are_distinguished_from_what_stood_first() -> None:
    difference = Difference(0, 5, "label", {"left": (PARIS,), "right": (SPAIN,)})
    offer = Difference(9, 12, "agreed", {"left": (Span(9, 12, "PER"),), "right": (Span(9, 12, "PER"),)})
    other = Span(0, 5, "PER")

    def answer(marks: tuple[Span, ...], kept: tuple[Span, ...], added: tuple[Span, ...] = ()) -> Answer:
        shown = (PARIS, Span(9, 12, "PER"))
        choices = (SettledDifference(difference, "left", marks, True, first=(PARIS,)),)
        offered = (SettledDifference(offer, "left", kept, True, first=(Span(9, 12, "PER"),)),)
        spans = tuple(sorted((*marks, *kept, *added)))
        return Answer(1, "sam", "s", "accept", spans, choices, shown, 5.0, offered=offered)

    def counts(given: Answer) -> tuple[float, ...]:
        return tuple(acts_of(given, 4, Task.NER))

    keep = (Span(9, 12, "PER"),)
    assert counts(answer((PARIS,), keep)) == (4, 2, 0, 0, 0)
    assert counts(answer((SPAIN,), keep)) == (4, 2, 1, 0, 0)
    assert counts(answer((), ())) == (4, 2, 2, 0, 0)
    assert counts(answer((other,), keep)) == (4, 2, 0, 0, 1)
    assert counts(answer((PARIS,), keep, (Span(20, 22, "LOC"),))) == (4, 2, 0, 0, 1)


def test_one_pick_settles_all_labels_that_exclude_each_other() -> None:
    places = [
        Difference(0, 0, "missing", {"left": (Category(label),) * left, "right": (Category(label),) * (not left)})
        for label, left in (("A", True), ("B", False))
    ]
    choices = tuple(
        SettledDifference(place, "right", marks, True, first=first)
        for place, marks, first in zip(places, ((), (Category("B"),)), ((Category("A"),), ()), strict=True)
    )
    given = Answer(1, "sam", "s", "accept", (), choices, (Category("A"),), 5.0, cats={"A": 0.0, "B": 1.0})
    assert tuple(acts_of(given, 4, Task.TEXTCAT)) == (4, 2, 1, 0, 0)


def test_a_regression_starts_at_its_prior_and_ends_at_the_truth() -> None:
    ridge = Ridge([1.0, 2.0], 3.0)
    assert ridge.predict(np.array([1.0, 1.0])) == pytest.approx(3.0)
    state = ridge.state()
    chance = np.random.default_rng(1)
    for features in chance.random((5000, 2)):
        ridge.learn(features, float(features @ [5.0, -1.0]))
    assert ridge.weights == pytest.approx([5.0, -1.0], abs=0.2)
    ridge.restore(state)
    assert ridge.weights == pytest.approx([1.0, 2.0])


def test_what_is_in_doubt_is_worth_more_than_what_is_not(store: Store) -> None:
    texts = [f"Paris won {number} times" for number in range(30)]
    left = say(store, "left", {text: [PARIS] for text in texts} | {"Paris is empty now": [PARIS]})
    say(store, "right", {text: [SPAIN] for text in texts} | {"Paris is empty now": [PARIS]})
    for text in texts[:20]:
        hold(store, left[text], [PARIS])
    found = values(caught_up(store), [left[texts[25]], left["Paris is empty now"]])
    agreed, doubt = found[left["Paris is empty now"]], found[left[texts[25]]]
    assert 0 <= agreed.errors < doubt.errors < 1
    assert doubt.seconds > agreed.seconds > 0


def test_errors_fall_as_answers_say_the_same(store: Store) -> None:
    texts = [f"Paris won {number} times" for number in range(60)]
    ids = say(store, "left", {text: [PARIS] for text in texts})
    say(store, "right", {text: [SPAIN] for text in texts})
    errors = []
    for text in texts[:40]:
        hold(store, ids[text], [SPAIN])
        errors.append(values(caught_up(store), [ids[texts[50]]])[ids[texts[50]]].errors)
    assert errors[-1] < errors[20] < errors[5]


def test_once_all_is_taken_back_examples_are_worth_what_they_were_first(store: Store) -> None:
    ids = say(store, "left", {"Paris won": [PARIS], "Paris lost": [PARIS]})
    say(store, "right", {"Paris won": [SPAIN], "Paris lost": [SPAIN]})
    order = "SELECT example_id, value, errors FROM queue ORDER BY example_id"
    before = store.execute(order).fetchall()
    answer_id = hold(store, ids["Paris won"], [PARIS])
    learner = caught_up(store)
    learner.rank(learner.unranked())
    assert answers_behind_values(store) == 1
    assert value_of(store, ids["Paris lost"]) is not None
    with store.transaction():
        store.execute("INSERT INTO undone_answers VALUES (?, 's', 0)", (answer_id,))
        store.execute("UPDATE queue SET answered = 0")
    learner.catch_up()
    learner.save(learner.stale())
    assert store.execute(order).fetchall() == before
    assert answers_behind_values(store) == 0


def test_a_rank_that_changes_nothing_writes_nothing(store: Store) -> None:
    ids = say(store, "left", {f"Paris {number}": [PARIS] for number in range(5)})
    say(store, "right", {text: [SPAIN] for text in ids})
    hold(store, ids["Paris 0"], [PARIS])
    learner = caught_up(store)
    learner.rank(list(ids.values()))
    written = store.connection.total_changes
    learner.rank(list(ids.values()))
    assert store.connection.total_changes == written


@given(said=readings())
def test_many_questions_together_have_the_probabilities_of_each_alone(said: dict[str, tuple[Span, ...]]) -> None:
    with TemporaryDirectory() as folder, create_store(Path(folder) / "s.db", Task.NER) as store:
        text = "one two three four five six"
        for name, spans in said.items():
            say(store, name, {text: spans, "seven eight": []})
        learner = Learner(store)
        learner.catch_up()
        [(_, _, asked)] = learner.texts([1])
        model = CandidateModel()
        together = model.all_probabilities([each.question for each in asked])
        for each, its in zip(asked, together, strict=True):
            assert model.probabilities(each.question) == pytest.approx(its, abs=1e-5)
            assert its.sum() == pytest.approx(1.0, abs=1e-5)


def test_offers_are_made_once_that_has_paid() -> None:
    chooser = Chooser()
    candidates = Candidate((PARIS,), "keep", ("left", "right")), Candidate((), "drop")
    assert len(candidates) == 2
    assert chooser.offered_above == float("inf")
    sure, unsure = (ChosenCandidate(0, np.array([1 - chance, chance, 0.0], np.float32)) for chance in (0.75, 0.55))
    for _ in range(3):
        chooser.record_unasked(sure, 1)
        chooser.record_unasked(unsure, 0)
    assert chooser.offered_above == 0.6
    before = chooser.state()
    for _ in range(4):
        chooser.record_unasked(sure, 0)
    assert chooser.offered_above == float("inf")
    chooser.restore(before)
    assert chooser.offered_above == 0.6


def test_a_span_that_all_have_and_people_drop_is_offered_to_be_dropped(store: Store) -> None:
    texts = [f"Paris won {number} times in Rome" for number in range(60)]
    rome = [Span(text.index("Rome"), text.index("Rome") + 4, "LOC") for text in texts]
    ids = say(store, "left", {text: [PARIS, city] for text, city in zip(texts, rome, strict=True)})
    say(store, "right", {text: [SPAIN, city] for text, city in zip(texts, rome, strict=True)})
    for text in texts[:40]:
        hold(store, ids[text], [PARIS])
    rows, _ = caught_up(store).say(caught_up(store).texts([ids[texts[50]]]))
    [offer] = rows[0].learned.offers
    assert (offer.place.kind, offer.place[:2]) == ("agreed", rome[50][:2])
    assert offer.learned.candidates[0].marks == ()
    assert offer.learned.candidates[0].probability > 0.5
