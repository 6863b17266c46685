"""The scorer of a store orders its queue, also after a change of scorer."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

import catalogue
import pytest

from tiebreak.core.compare.scorers import Compared, Scorer, registry
from tiebreak.core.errors import ConfigError
from tiebreak.core.records import Answer, LLMCall, Prediction, Span
from tiebreak.core.review.session import ReviewSession
from tiebreak.core.store import scoring
from tiebreak.core.store.answers import answers_in_force, save_answer
from tiebreak.core.store.calls import calls_of
from tiebreak.core.store.connection import Store
from tiebreak.core.store.opening import open_store
from tiebreak.core.store.predictions import all_texts, pending_count, save_predictions, start_run
from tiebreak.core.store.queue import iterate_queue
from tiebreak.core.store.scoring import scorer_name, set_scorer
from tiebreak.core.ways_out import Way, WayOut

Predict = Callable[[Store, str, Mapping[str, Iterable[Span] | str]], dict[str, int]]
LEFT = {"one longer span": [Span(0, 10, "A")], "three places": [Span(0, 5, "A"), Span(6, 8, "A"), Span(9, 12, "A")]}
RIGHT = {"one longer span": [Span(0, 15, "A")], "three places": [Span(0, 5, "A")]}


@pytest.fixture
def compared(store: Store, predict: Predict) -> Store:
    predict(store, "left", LEFT)
    predict(store, "right", RIGHT)
    return store


def scores(store: Store) -> list[tuple[str, float]]:
    return [(item.example.text, round(item.score, 3)) for item in iterate_queue(store)]


def test_another_scorer_orders_the_queue_again_and_the_next_sitting(compared: Store) -> None:
    assert scorer_name(compared) == "span_f1"
    assert scores(compared) == [("one longer span", 1.0), ("three places", 0.5)]
    assert set_scorer(compared, "count")
    assert scores(compared) == [("three places", 0.667), ("one longer span", 0.5)]
    review = ReviewSession(compared, "sam").next()
    assert review is not None
    assert review.item.example.text == "three places"
    assert not set_scorer(compared, "count")


def test_what_is_predicted_later_is_scored_alike_also_by_another_process(compared: Store, predict: Predict) -> None:
    set_scorer(compared, "partial_f1")
    with open_store(compared.path) as other:
        assert scorer_name(other) == "partial_f1"
        predict(other, "left", {"later and longer": [Span(0, 5, "A")]})
        predict(other, "right", {"later and longer": [Span(0, 9, "A")]})
    assert dict(scores(compared))["later and longer"] == 0.5


def test_answers_stay_as_they_are(compared: Store) -> None:
    [first, second] = [item.example.id for item in iterate_queue(compared)]
    save_answer(compared, Answer(first, "sam", "s", "accept", ()))
    before = list(answers_in_force(compared, ["accept"]))
    set_scorer(compared, "partial_f1")
    assert list(answers_in_force(compared, ["accept"])) == before
    assert [item.example.id for item in iterate_queue(compared)] == [second]


def test_a_scorer_that_does_not_fit_changes_nothing(compared: Store) -> None:
    before = scores(compared)
    for name in ("jaccard", "no_such"):
        with pytest.raises(ConfigError, match="which has span_f1, partial_f1, count"):
            set_scorer(compared, name)
    assert scorer_name(compared) == "span_f1"
    assert scores(compared) == before


def test_a_comparison_that_was_cut_short_is_taken_up_by_the_next_run(
    compared: Store, predict: Predict, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cut_short(store: Store) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(scoring, "compare_again", cut_short)
        with pytest.raises(KeyboardInterrupt):
            set_scorer(compared, "count")
    assert scores(compared)[0] == ("one longer span", 1.0)
    predict(compared, "third", {"a text of its own": []})
    assert scores(compared)[0] == ("three places", 0.667)


@pytest.fixture
def register() -> Iterator[None]:
    """Scorers of another package: one fails on all texts, the other on long texts."""

    def on_long_ones(compared: Compared) -> float:
        if compared.differences[0].end > 12:
            raise ValueError("too long")
        return 0.5

    own: dict[str, Scorer] = {"broken": lambda compared: 1 / 0, "short_only": on_long_ones}
    for name, scorer in own.items():
        registry().register(name, func=scorer)
    yield
    for name in own:
        catalogue.REGISTRY.pop(("tiebreak", "scorers", name))


@pytest.mark.usefixtures("register")
def test_a_scorer_that_fails_on_what_is_there_is_not_set(compared: Store) -> None:
    set_scorer(compared, "count")
    before = scores(compared)
    for name in ("broken", "short_only"):
        with pytest.raises(ConfigError, match=f"scorer '{name}': failed"):
            set_scorer(compared, name)
    assert scorer_name(compared) == "count"
    assert scores(compared) == before
    assert compared.execute("SELECT name FROM settings WHERE name GLOB 'compare*'").fetchall() == []


def test_the_default_is_no_setting(compared: Store) -> None:
    set_scorer(compared, "count")
    assert set_scorer(compared, "span_f1")
    assert compared.setting("scorer") is None
    assert scores(compared)[0] == ("one longer span", 1.0)


@pytest.mark.usefixtures("register")
def test_what_was_predicted_and_paid_for_is_saved_before_a_scorer_fails(compared: Store, predict: Predict) -> None:
    long = "a longer text than those before"
    predict(compared, "left", {long: [Span(0, 20, "A")]})
    compared.set_setting("scorer", "short_only")
    run = start_run(compared, predictor="right", kind="test", fingerprint="other", model="test")
    example_id = next(id for id, text in all_texts(compared) if text == long)
    call = LLMCall("prompt", "response", 0.1, 5, 6, b"request")
    with pytest.raises(ConfigError, match="scorer 'short_only': failed: ValueError: too long") as raised:
        save_predictions(compared, run, [Prediction(example_id, calls=(call,))])
    assert raised.value.way_out == WayOut(Way.NAME_SCORER, str(compared.path))
    assert [call.response for call in calls_of(compared, example_id, run, 5)] == ["response"]
    assert pending_count(compared, run) == 2
    set_scorer(compared, "count")
    assert dict(scores(compared))[long] == 0.5
