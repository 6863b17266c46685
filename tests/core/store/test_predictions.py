"""Runs and predictions: which are pending, which replace others, and up-to-date comparisons and counts."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from stores import create_store

from tiebreak.core.compare.scorers import span_f1
from tiebreak.core.compare.spans import find_differences
from tiebreak.core.errors import ConfigError
from tiebreak.core.records import LLMCall, Prediction, Record, Span
from tiebreak.core.selection.filter import DISAGREEING
from tiebreak.core.store import predictions as predictions_module
from tiebreak.core.store.connection import Store
from tiebreak.core.store.examples import add_examples, label_names
from tiebreak.core.store.predictions import pending_count, pending_texts, save_predictions, start_run
from tiebreak.core.store.queue import current_predictions, iterate_queue, read_example
from tiebreak.core.store.status import store_status

A, B = Span(0, 1, "A"), Span(2, 3, "B")
EVERYTHING = DISAGREEING.with_statuses("disagreeing", "agreed", "answered")
Start = Callable[..., int]


@pytest.fixture
def start(store: Store) -> Start:
    """Five examples, and a function that starts a run of a predictor at a fingerprint."""
    add_examples(store, [Record(f"text {number}") for number in range(1, 6)], "test")

    def start(predictor: str, fingerprint: str = "1") -> int:
        return start_run(store, predictor=predictor, kind="spacy", fingerprint=fingerprint, model="test")

    return start


def pending(store: Store, run_id: int) -> list[int]:
    return [example_id for example_id, _ in pending_texts(store, run_id, chunk=2)]


def compared(store: Store) -> dict[int, float]:
    return {item.example.id: item.score for item in iterate_queue(store, EVERYTHING)}


def counts(store: Store) -> list[tuple[str, int, int, bool]]:
    return [(run.predictor, run.ok, run.failed, run.current) for run in store_status(store).runs]


def test_what_is_pending_is_what_has_no_ok_prediction(store: Store, start: Start) -> None:
    run_id = start("left")
    assert (pending(store, run_id), pending_count(store, run_id)) == ([1, 2, 3, 4, 5], 5)
    save_predictions(store, run_id, [Prediction(1, (A,)), Prediction(3), Prediction(4, error="HTTP 500")])
    assert (pending(store, run_id), pending_count(store, run_id)) == ([2, 4, 5], 3)
    add_examples(store, [Record("new")], "test")
    assert (pending(store, run_id), pending_count(store, run_id)) == ([2, 4, 5, 6], 4)


def test_what_was_pending_can_be_saved_while_it_is_read(store: Store, start: Start) -> None:
    run_id = start("left")
    seen = []
    for example_id, text in pending_texts(store, run_id, chunk=2):
        assert text == f"text {example_id}"
        seen.append(example_id)
        save_predictions(store, run_id, [Prediction(example_id)])
    assert seen == [1, 2, 3, 4, 5]
    assert pending_count(store, run_id) == 0


def test_a_failed_prediction_is_replaced_by_an_ok_one_and_never_the_other_way_round(store: Store, start: Start) -> None:
    run_id = start("left")
    save_predictions(store, run_id, [Prediction(1, error="first"), Prediction(2, (A,))])
    assert save_predictions(store, run_id, [Prediction(1, error="second"), Prediction(2, error="late")]) == 1
    assert current_predictions(store, 1)["left"].error == "second"
    assert current_predictions(store, 2)["left"].marks == (A,)
    assert counts(store) == [("left", 1, 1, True)]
    assert save_predictions(store, run_id, [Prediction(1, (B,))]) == 1
    assert (current_predictions(store, 1)["left"].marks, current_predictions(store, 1)["left"].error) == ((B,), None)
    assert counts(store) == [("left", 2, 0, True)]


def test_a_prediction_that_says_the_same_is_no_news(store: Store, start: Start) -> None:
    run_id = start("left")
    assert save_predictions(store, run_id, [Prediction(1, (A,)), Prediction(2)]) == 2
    assert save_predictions(store, run_id, [Prediction(1, (A,)), Prediction(2, (B,))]) == 1


def test_a_failed_prediction_is_never_compared(store: Store, start: Start) -> None:
    save_predictions(store, start("left"), [Prediction(1, (A,)), Prediction(2, (A,))])
    right = start("right")
    save_predictions(store, right, [Prediction(1, error="HTTP 500"), Prediction(2, ())])
    assert compared(store) == {2: 1.0}
    third = start("third")
    save_predictions(store, third, [Prediction(1, (A,)), Prediction(2, error="HTTP 500")])
    assert compared(store) == {1: 0.0, 2: 1.0}
    [item] = iterate_queue(store)
    assert list(item.differences[0].readings) == ["left", "right"]
    save_predictions(store, right, [Prediction(1, (B,))])
    assert compared(store)[1] == pytest.approx(2 / 3)


def test_comparisons_follow_each_prediction_as_it_arrives(store: Store, start: Start) -> None:
    left, right = start("left"), start("right")
    save_predictions(store, left, [Prediction(1, (A, B))])
    assert compared(store) == {}
    save_predictions(store, right, [Prediction(1, (A,))])
    assert compared(store) == {1: pytest.approx(1 / 3)}
    save_predictions(store, right, [Prediction(1, (A, B))])
    assert compared(store) == {1: 0.0}
    assert list(iterate_queue(store)) == []


def test_a_new_fingerprint_is_a_new_run_that_takes_over_example_by_example(store: Store, start: Start) -> None:
    save_predictions(store, start("left"), [Prediction(1, (A,)), Prediction(2, (A,))])
    save_predictions(store, start("right", "old"), [Prediction(1, ()), Prediction(2, ())])
    new = start("right", "new")
    assert pending_count(store, new) == 5
    assert counts(store) == [("left", 2, 0, True), ("right", 2, 0, False), ("right", 0, 0, True)]
    save_predictions(store, new, [Prediction(1, (A,))])
    assert compared(store) == {1: 0.0, 2: 1.0}
    assert current_predictions(store, 1)["right"].marks == (A,)


def test_going_back_to_an_earlier_fingerprint_compares_what_it_said(store: Store, start: Start) -> None:
    save_predictions(store, start("left"), [Prediction(1, (A,)), Prediction(2, (A,))])
    old = start("right", "old")
    save_predictions(store, old, [Prediction(1, ()), Prediction(2, ())])
    save_predictions(store, start("right", "new"), [Prediction(1, (A,)), Prediction(2, (A,))])
    assert compared(store) == {1: 0.0, 2: 0.0}
    assert start("right", "old") == old
    assert compared(store) == {1: 1.0, 2: 1.0}
    assert [current for _, _, _, current in counts(store)] == [True, True, False]
    assert pending(store, old) == [3, 4, 5]


def test_starting_the_current_run_again_changes_nothing(store: Store, start: Start) -> None:
    first = start("left")
    save_predictions(store, first, [Prediction(1, (A,))])
    other = start("right")
    assert (start("left"), start("right")) == (first, other)
    assert counts(store) == [("left", 1, 0, True), ("right", 0, 0, True)]


def test_the_predictor_that_came_first_stays_left(store: Store, start: Start) -> None:
    for name in ("zebra", "ant", "zebra"):
        save_predictions(store, start(name, f"of {name}"), [Prediction(1, (A,) if name == "ant" else ())])
    assert list(current_predictions(store, 1)) == ["zebra", "ant"]
    [item] = iterate_queue(store)
    assert list(item.differences[0].readings) == ["zebra", "ant"]


def test_a_predictor_without_a_name_is_refused(start: Start) -> None:
    with pytest.raises(ConfigError, match="name is empty"):
        start(" ")


def test_tokens_of_the_first_pipeline_stay_and_those_of_the_source_go_before(store: Store, start: Start) -> None:
    [given_tokens], _ = add_examples(store, [Record("a b", tokens=((0, 3),))], "test")
    run_id = start("left")
    save_predictions(
        store, run_id, [Prediction(1, tokens=((0, 4), (5, 6))), Prediction(given_tokens, tokens=((0, 1),))]
    )
    save_predictions(store, start("right"), [Prediction(1, tokens=((0, 6),))])
    assert read_example(store, 1).tokens == ((0, 4), (5, 6))
    assert read_example(store, given_tokens).tokens == ((0, 3),)


def test_labels_are_known_in_the_order_in_which_they_were_seen(store: Store, start: Start) -> None:
    run_id = start("left")
    save_predictions(store, run_id, [Prediction(1, (Span(0, 1, "Z"), Span(1, 2, "M")))])
    save_predictions(store, run_id, [Prediction(2, (Span(0, 1, "A"), Span(1, 2, "Z")))])
    assert label_names(store) == ["M", "Z", "A"]


def test_the_calls_of_an_llm_are_kept_also_where_they_failed(store: Store, start: Start) -> None:
    run_id = start("llm")
    call = LLMCall("prompt", "nonsense", 0.5, 7, 2)
    save_predictions(store, run_id, [Prediction(1, error="unreadable", calls=(call,))])
    save_predictions(store, run_id, [Prediction(1, (A,), calls=(LLMCall("prompt", "A", 0.25),))])
    rows = store.execute(
        "SELECT example_id, run_id, prompt, response, error, seconds, prompt_tokens, completion_tokens FROM llm_calls"
    ).fetchall()
    assert rows == [
        (1, run_id, "prompt", "nonsense", "unreadable", 0.5, 7, 2),
        (1, run_id, "prompt", "A", None, 0.25, None, None),
    ]


IDS = range(1, 5)
SPANS = st.sampled_from([(), (A,), (A, B), (Span(0, 3, "A"),)])


class PredictionsMachine(RuleBasedStateMachine):
    """Any sequence of runs and predictions, against a plain model of the store's content."""

    @initialize()
    def begin(self) -> None:
        self.folder = TemporaryDirectory()
        self.store = create_store(Path(self.folder.name) / "store.db")
        add_examples(self.store, [Record(f"text {number}") for number in IDS], "test")
        self.said: dict[tuple[str, str], dict[int, Prediction]] = {}
        self.activated: dict[str, list[str]] = {}

    def teardown(self) -> None:
        if hasattr(self, "store"):
            self.store.close()
            self.folder.cleanup()

    @rule(
        predictor=st.sampled_from(["left", "right", "third"]),
        fingerprint=st.sampled_from(["1", "2"]),
        predictions=st.lists(
            st.tuples(st.sampled_from(IDS), st.one_of(SPANS, st.sampled_from(["HTTP 500", "cut off"]))), max_size=4
        ),
    )
    def run(self, predictor: str, fingerprint: str, predictions: list[tuple[int, Any]]) -> None:
        run_id = start_run(
            self.store, predictor=predictor, kind="spacy", fingerprint=fingerprint, model="test", label_map=""
        )
        order = self.activated.setdefault(predictor, [])
        if fingerprint in order:
            order.remove(fingerprint)
        order.append(fingerprint)
        known = self.said.setdefault((predictor, fingerprint), {})
        saved = [
            Prediction(example_id, error=said) if isinstance(said, str) else Prediction(example_id, said)
            for example_id, said in predictions
        ]
        save_predictions(self.store, run_id, saved)
        for each in {prediction.example_id: prediction for prediction in saved}.values():
            if not (each.status == "failed" and each.example_id in known and known[each.example_id].status == "ok"):
                known[each.example_id] = each
        ok = {example_id for example_id, each in known.items() if each.status == "ok"}
        assert pending(self.store, run_id) == [example_id for example_id in IDS if example_id not in ok]
        assert pending_count(self.store, run_id) == len(IDS) - len(ok)

    @invariant()
    def counts_are_right(self) -> None:
        if not hasattr(self, "store"):
            return
        for run in store_status(self.store).runs:
            statuses = [each.status for each in self.said[run.predictor, run.fingerprint].values()]
            assert (run.ok, run.failed) == (statuses.count("ok"), statuses.count("failed"))
            assert run.current == (self.activated[run.predictor][-1] == run.fingerprint)

    @invariant()
    def the_newest_predictions_are_compared(self) -> None:
        if not hasattr(self, "store"):
            return
        items = {item.example.id: item for item in iterate_queue(self.store, EVERYTHING)}
        for example_id in IDS:
            readings = {}
            for predictor, order in self.activated.items():
                newest = [
                    self.said[predictor, each][example_id] for each in order if example_id in self.said[predictor, each]
                ]
                if newest and newest[-1].status == "ok":
                    readings[predictor] = newest[-1].spans
            assert (example_id in items) == (len(readings) >= 2)
            if len(readings) >= 2:
                assert items[example_id].score == pytest.approx(span_f1(readings))
                assert items[example_id].differences == find_differences(readings)


PredictionsMachine.TestCase.settings = settings(max_examples=25, stateful_step_count=12, deadline=None)
test_whatever_runs_and_predictions_the_store_keeps_up = PredictionsMachine.TestCase


def test_a_comparison_that_was_cut_short_comes_again_with_the_next_run(
    store: Store, start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    save_predictions(store, start("left", "old"), [Prediction(1, (A,))])
    save_predictions(store, start("right"), [Prediction(1, (A,))])
    save_predictions(store, start("left", "new"), [Prediction(1, (B,))])
    assert compared(store) == {1: 1.0}

    def be_killed(store: Store, run_id: int) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(predictions_module, "compare_run", be_killed)
        with pytest.raises(KeyboardInterrupt):
            start("left", "old")
    start("right")
    assert compared(store) == {1: 0.0}
