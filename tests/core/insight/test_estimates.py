"""Estimates of models and of the export, held against the truth."""

from __future__ import annotations

import pytest
from review_steps import answer
from sliced_stores import LABELS, Truth, give_slice, gold_store, score
from teaching_steps import caught_up, hold

from tiebreak.core.estimates.estimator import COUNTED, Interval, Scores
from tiebreak.core.insight.estimates import Estimates, SystemEstimate, make_estimates
from tiebreak.core.records import Spans
from tiebreak.core.review.session import ReviewSession
from tiebreak.core.selection.filter import DISAGREEING, OPEN, Order
from tiebreak.core.store.comparisons import compare_examples
from tiebreak.core.store.connection import Store
from tiebreak.core.store.queue import current_predictions, next_examples
from tiebreak.core.store.slices import begin_slice, set_slice_share, take_off

SEEDS = range(4)


@pytest.fixture
def truth(store: Store) -> Truth:
    return gold_store(store, 300)


def scores_of(estimate: SystemEstimate | None) -> Scores:
    assert estimate is not None
    assert isinstance(estimate.scores, Scores)
    return estimate.scores


def holds(interval: Interval | None, value: float) -> bool:
    assert interval is not None
    return interval.low <= value <= interval.high


def said(store: Store, truth: Truth, name: str) -> dict[int, Spans]:
    rules = store.rules
    return {each: rules.stored(current_predictions(store, each)[name].marks) for each in truth}


def answer_in_order(store: Store, truth: Truth, count: int) -> None:
    """Answer the next examples by disagreement, as a sitting gives them out; slice texts leave the slice's list."""
    begin_slice(store)
    for example_id in next_examples(store, DISAGREEING, count=count):
        take_off(store, example_id)
        hold(store, example_id, truth[example_id])


@pytest.mark.parametrize("seed", SEEDS)
def test_the_intervals_of_models_hold_the_truth(store: Store, seed: int) -> None:
    truth = gold_store(store, 300, seed)
    set_slice_share(store, 0.2)
    answer_in_order(store, truth, 40)
    give_slice(store, truth, 40)
    found = make_estimates(store)
    assert (found.texts, found.answered, found.n, found.missing, found.more) == (300, 80, 40, 0, 0)
    for name in ("left", "right"):
        scores, true = scores_of(found.models[name]), score(said(store, truth, name), truth)
        for interval, value in zip((scores.precision, scores.recall, scores.f1), true, strict=True):
            assert holds(interval, value)
        assert (scores.n, scores.unknown) == (40, 220)


def test_below_ten_slice_texts_there_are_no_estimates(store: Store, truth: Truth) -> None:
    give_slice(store, truth, 7)
    found = make_estimates(store)
    assert (found.models, found.export, found.agreed_errors) == ({}, None, None)
    assert (found.n, found.more, found.waiting, found.share_that_does) == (7, 3, 23, 0.1)


def test_a_list_that_is_too_short_says_which_share_would_do(store: Store) -> None:
    truth = gold_store(store, 40)
    begin_slice(store)
    set_slice_share(store, 0)
    found = make_estimates(store)
    assert (found.more, found.waiting, found.share_that_does) == (10, 0, 0.5)
    assert len(truth) == 40


def test_where_all_is_answered_all_is_counted(store: Store) -> None:
    truth = gold_store(store, 30)
    for example_id, marks in truth.items():
        hold(store, example_id, marks)
    scores = scores_of(make_estimates(store).models["left"])
    assert (scores.method, scores.is_counted) == (COUNTED, True)
    assert scores.f1 is not None
    assert scores.f1.value == pytest.approx(score(said(store, truth, "left"), truth)[2])


def check_export(store: Store, truth: Truth) -> tuple[Estimates, Truth]:
    """Let the learner save what would be exported, check that the estimates hold the truth, and return both."""
    learner = caught_up(store)
    learner.save([*truth])
    waiting = {*truth} - answered(store)
    exported = {each: store.rules.stored(learner.best(each).marks) for each in waiting}
    exported = {each: exported.get(each, gold) for each, gold in truth.items()}
    found = make_estimates(store)
    scores = scores_of(found.export)
    for interval, value in zip((scores.precision, scores.recall, scores.f1), score(exported, truth), strict=True):
        assert holds(interval, value)
    return found, exported


def test_the_export_is_estimated_once_the_learner_has_said_it(store: Store, truth: Truth) -> None:
    answer_in_order(store, truth, 40)
    give_slice(store, truth, 20)
    assert make_estimates(store).export is None
    found, exported = check_export(store, truth)
    errors = sum(len({*exported[each]} ^ {*gold}) for each, gold in truth.items())
    assert holds(scores_of(found.export).errors, errors)
    assert found.next_answers is not None
    assert found.next_answers.answers == min(50, len(next_examples(store, DISAGREEING, count=300)))
    assert found.next_answers.errors.low <= found.next_answers.errors.value <= found.next_answers.errors.high
    assert found.next_minutes is not None
    assert found.next_minutes.minutes <= 10


def answered(store: Store) -> set[int]:
    return {each for (each,) in store.execute("SELECT example_id FROM answers")}


def test_labels_that_ten_sampled_texts_hold_have_estimates(store: Store, truth: Truth) -> None:
    give_slice(store, truth, 30)
    by_label = make_estimates(store).models["left"].by_label
    assert {*by_label} == {*LABELS}
    for label, scores in by_label.items():
        marks = {each: tuple(span for span in spans if span.label == label) for each, spans in truth.items()}
        of_label = {
            each: tuple(span for span in spans if span.label == label)
            for each, spans in said(store, truth, "left").items()
        }
        assert holds(scores.f1, score(of_label, marks)[2])


def test_what_annotators_opened_themselves_is_counted(store: Store, truth: Truth) -> None:
    session = ReviewSession(store, "sam")
    for _ in range(19):
        answer(session, session.next())
    assert (make_estimates(store).opened, make_estimates(store).is_opened_too_often) == (0, False)
    for example_id in session.upcoming(8)[-2:]:
        answer(session, session.open(example_id))
    assert (make_estimates(store).opened, make_estimates(store).is_opened_too_often) == (2, True)


def test_an_empty_store_has_nothing_to_estimate(store: Store) -> None:
    found = make_estimates(store)
    assert (found.texts, found.n, found.more, found.models) == (0, 0, 0, {})


@pytest.mark.parametrize("seed", range(2))
def test_the_intervals_of_the_only_model_hold_the_truth(store: Store, seed: int) -> None:
    truth = gold_store(store, 300, seed, names=["left"])
    set_slice_share(store, 0.2)
    begin_slice(store)
    for example_id in next_examples(store, OPEN, count=40, order=Order.VALUE):
        take_off(store, example_id)
        hold(store, example_id, truth[example_id])
    give_slice(store, truth, 40)
    found = make_estimates(store)
    assert (found.texts, found.answered, found.n, found.others, found.readers) == (300, 80, 40, 0, 1)
    scores, true = scores_of(found.models["left"]), score(said(store, truth, "left"), truth)
    for interval, value in zip((scores.precision, scores.recall, scores.f1), true, strict=True):
        assert holds(interval, value)
        assert interval is not None
        assert interval.low < interval.value < interval.high
    assert found.agreed_errors is None


def test_the_only_model_and_the_export_are_counted_where_all_is_answered(store: Store) -> None:
    truth = gold_store(store, 30, names=["left"])
    for example_id, marks in truth.items():
        hold(store, example_id, marks)
    found = make_estimates(store)
    scores, true = scores_of(found.models["left"]), score(said(store, truth, "left"), truth)
    for interval, value in zip((scores.precision, scores.recall, scores.f1), true, strict=True):
        assert interval is not None
        assert (interval.low, interval.value, interval.high) == pytest.approx((value,) * 3)
    export = scores_of(found.export).f1
    assert export is not None
    assert export.value == 1.0


@pytest.mark.full
def test_the_export_of_one_model_and_the_next_answers_are_estimated(store: Store) -> None:
    truth = gold_store(store, 200, names=["left"])
    begin_slice(store)
    for example_id in next_examples(store, OPEN, count=40, order=Order.VALUE):
        take_off(store, example_id)
        hold(store, example_id, truth[example_id])
    give_slice(store, truth, 15)
    found, _ = check_export(store, truth)
    assert found.next_answers is not None
    assert found.next_answers.answers == 50


def test_what_fewer_have_read_than_are_compared_is_no_part_of_the_estimates(store: Store) -> None:
    gold_store(store, 60)
    gold_store(store, 40, again=1, names=["left"])
    found = make_estimates(store)
    assert (found.texts, found.others, found.readers) == (60, 40, 2)
    assert found.waits_for_sitting
    begin_slice(store)
    assert not make_estimates(store).waits_for_sitting


def test_where_no_model_has_read_anything_there_is_nothing_to_measure(store: Store) -> None:
    truth = gold_store(store, 60, names=["left"])
    store.execute("UPDATE predictions SET status = 'failed', error = 'HTTP 500'")
    store.execute("UPDATE runs SET ok = 0, failed = 60")
    compare_examples(store, [*truth])
    for example_id, marks in truth.items():
        hold(store, example_id, marks)
    found = make_estimates(store)
    assert (found.readers, found.models, found.export, found.more) == (0, {}, None, 0)
