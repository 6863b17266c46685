"""A predictor left out of the comparison: the store acts as if it had never been loaded, until it is put back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from random import Random
from typing import Any

import pytest

from tiebreak.core.errors import ConfigError
from tiebreak.core.export.records import ExportSelection, exported_records
from tiebreak.core.insight.report import make_report
from tiebreak.core.insight.sampling import sampled_groups
from tiebreak.core.learning.learner import Learner
from tiebreak.core.queue.lookups import Lookups
from tiebreak.core.records import Answer, Prediction, Record, SettledDifference, Span
from tiebreak.core.review.session import ReviewSession
from tiebreak.core.selection.filter import DISAGREEING, OPEN, Order, QueueFilter
from tiebreak.core.store import left_out
from tiebreak.core.store.answers import save_answer
from tiebreak.core.store.connection import Store
from tiebreak.core.store.examples import add_examples
from tiebreak.core.store.given_answers import answers_of, given_answers
from tiebreak.core.store.left_out import compare_moved, leave_out, put_back
from tiebreak.core.store.opening import create_store, open_store
from tiebreak.core.store.predictions import save_predictions, start_run
from tiebreak.core.store.queue import iterate_queue, queue_counts, queue_item
from tiebreak.core.store.searching import matching_ids

Said = Mapping[str, Mapping[int, tuple[Span, ...] | str]]  # by predictor, and by number of the text
WORDS = ["Ada", "met", "Bob", "in", "Rome", "on", "Monday"]


def texts(count: int) -> list[str]:
    return [f"{' '.join(WORDS)} {number}" for number in range(count)]


def random_said(random: Random, count: int) -> Said:
    """Make predictions of three predictors for some of the texts; now and then one fails."""
    return {
        name: {
            number: "it failed" if random.random() < 0.1 else _spans(random)
            for number in range(count)
            if random.random() < 0.7
        }
        for name in ("left", "right", "third")
    }


def _spans(random: Random) -> tuple[Span, ...]:
    spans, at = [], 0
    for word in WORDS:
        if random.random() < 0.3:
            spans.append(Span(at, at + len(word), random.choice("AB")))
        at += len(word) + 1
    return tuple(spans)


def fill(store: Store, said: Said, count: int, fingerprint: str = "1") -> None:
    ids, _ = add_examples(store, [Record(text) for text in texts(count)], "test")
    for name, by_text in said.items():
        run = start_run(store, predictor=name, kind="file", fingerprint=fingerprint, model="test")
        predictions = [
            Prediction(ids[number], error=each) if isinstance(each, str) else Prediction(ids[number], each)
            for number, each in by_text.items()
        ]
        save_predictions(store, run, predictions)


def answer(store: Store, numbers: Iterable[int]) -> None:
    """Answer these examples as a sitting does, each with its own differences."""
    for number in numbers:
        item = queue_item(store, number + 1)
        settled = tuple([SettledDifference(each, "neither", (), confirmed=True) for each in item.differences])
        save_answer(store, Answer(number + 1, "sam", "s", "accept", (), settled, answered_at=1.0))


def compared(store: Store) -> dict[str, Any]:
    """Return all that follows from the comparison, in the store and as its readers see it."""
    orders = {
        (status, order): list(matching_ids(store, QueueFilter.parse(f"status:{status}"), order))
        for status in ("disagreeing", "agreed", "open", "failed")
        for order in Order
    }
    return {
        "differences": store.execute("SELECT * FROM differences ORDER BY 1, 2").fetchall(),
        "queue": store.execute("SELECT * FROM queue ORDER BY 1").fetchall(),
        "items": list(iterate_queue(store, QueueFilter.parse("status:all"))),
        "counts": queue_counts(store),
        "orders": orders,
        "sums": [part.sums for part in sampled_groups(store)],
        "source": list(exported_records(store, ExportSelection(versions=True))),
        "says": list(matching_ids(store, QueueFilter.parse("says:third=A"), Order.SOURCE)),
    }


@pytest.mark.parametrize("seed", [0, *(pytest.param(seed, marks=pytest.mark.full) for seed in range(1, 20))])
def test_out_is_as_never_loaded_and_out_then_in_is_as_before(tmp_path: Path, seed: int) -> None:
    random, count = Random(seed), 15
    said = random_said(random, count)
    answered = random.sample(range(count), 4)
    with create_store(tmp_path / "all.db") as store, create_store(tmp_path / "without.db") as without:
        for each, predictors in ((store, said), (without, {name: said[name] for name in ("left", "right")})):
            fill(each, predictors, count)
            answer(each, answered)
        before, answers = compared(store), list(given_answers(store, answers_of(store, None, None)))
        assert leave_out(store, "third")
        assert compared(store) == compared(without)
        assert put_back(store, "third")
        assert compared(store) == before
        assert list(given_answers(store, answers_of(store, None, None))) == answers


@pytest.fixture
def three(store: Store) -> Store:
    """Three texts: first `left` and `right` differ; then `third` differs from both; then `left` and `third` differ."""
    a, b = Span(0, 3, "A"), Span(8, 11, "A")
    said: Said = {
        "left": {0: (a,), 1: (a,), 2: (a,)},
        "right": {0: (b,), 1: (a,)},
        "third": {0: (a,), 1: (b,), 2: (b,)},
    }
    fill(store, said, 3)
    return store


def statuses(store: Store) -> list[tuple[int, int]]:
    """Return for each text how many predictors have read it, and at how many places they differ."""
    return store.execute("SELECT predictors, differences FROM queue ORDER BY example_id").fetchall()


def test_a_sitting_notices_by_itself_and_goes_over_to_open_texts_and_back(three: Store) -> None:
    session = ReviewSession(three, "sam")
    assert sorted(session.upcoming(5)) == [1, 2, 3]
    with open_store(three.path) as other:
        leave_out(other, "third")
        session.keep_up()
        assert session.upcoming(5) == [1]
        review = session.next()
        assert review is not None
        assert list(review.item.predictions) == ["left", "right"]
        lookups = Lookups(three.path)
        assert [name for name, *_ in lookups.progress(session.queue).runs] == ["left", "right"]
        lookups.close()
        leave_out(other, "right")
        assert statuses(three) == [(1, 0), (1, 0), (1, 0)]
        session.keep_up()
        assert session.queue == OPEN
        assert len(session.upcoming(5)) == 3
        put_back(other, "right")
        put_back(other, "third")
        session.keep_up()
    assert session.queue == DISAGREEING
    assert statuses(three) == [(3, 2), (3, 2), (2, 2)]


def test_what_comes_in_of_a_predictor_that_is_out_is_stored_and_compared_once_it_is_back(three: Store) -> None:
    leave_out(three, "third")
    three.execute("UPDATE queue SET errors = 1, seconds = 2")
    run = start_run(three, predictor="third", kind="file", fingerprint="2", model="newer")
    save_predictions(three, run, [Prediction(1, (Span(0, 3, "B"),)), Prediction(2, (Span(0, 3, "A"),))])
    assert three.execute("SELECT count(*) FROM predictions WHERE run_id = ?", (run,)).fetchone() == (2,)
    assert statuses(three) == [(2, 2), (2, 0), (1, 0)]
    assert three.execute("SELECT total(errors) FROM queue").fetchone() == (3,)  # the learned values stay
    put_back(three, "third")
    assert statuses(three) == [(3, 2), (3, 0), (2, 2)]


def test_cut_short_it_is_taken_up_by_whoever_comes_next_and_another_may_turn_it_round(
    three: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(left_out, "_PART", 1)

    def stop(at: int, last: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        leave_out(three, "third", stop)
    assert statuses(three) == [(2, 2), (3, 2), (2, 2)]
    start_run(three, predictor="new", kind="file", fingerprint="1", model="new")
    assert statuses(three) == [(2, 2), (2, 0), (1, 0)]

    def turn(at: int, last: int) -> None:
        with open_store(three.path) as other:
            leave_out(other, "third")

    assert put_back(three, "third", turn)
    assert statuses(three) == [(2, 2), (2, 0), (1, 0)]
    assert three.execute("SELECT name FROM settings WHERE name GLOB 'compare*'").fetchall() == []


def test_the_learner_and_the_report_go_without_it(three: Store) -> None:
    answer(three, [0, 1])
    before = make_report(three)
    assert set(before.by_predictor) == {"left", "right", "third"}
    learner = Learner(three)
    learner.catch_up()
    assert {name for text in learner.texts([1, 2]) for name in text.text.readings} == {"left", "right", "third"}
    leave_out(three, "third")
    assert learner.catch_up()
    assert {name for text in learner.texts([1, 2]) for name in text.text.readings} == {"left", "right"}
    report = make_report(three)
    assert set(report.by_predictor) == {"left", "right"}
    assert report.places == before.places - 2  # at the second text the others agree
    assert not leave_out(three, "third")
    put_back(three, "third")
    assert make_report(three) == before


def test_a_name_that_is_not_there_changes_nothing(three: Store) -> None:
    with pytest.raises(ConfigError, match="no predictor is named 'thrid'; it has left, right, third"):
        leave_out(three, "thrid")
    compare_moved(three)
    assert statuses(three) == [(3, 2), (3, 2), (2, 2)]
