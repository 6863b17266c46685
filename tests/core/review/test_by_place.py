"""A sitting place by place: drafts, the next place, and answers that are complete with their last place."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import pytest
from review_steps import learned_place, offer_of, opened

from tiebreak.core.errors import ConfigError, TakenError
from tiebreak.core.export.records import exported_records
from tiebreak.core.records import Answer, Learned, Prediction, Record, Span, Task
from tiebreak.core.review.by_place import PlaceSession
from tiebreak.core.review.review import AnyReview
from tiebreak.core.review.session import ReviewSession
from tiebreak.core.selection.filter import WITH_AGREED, Order
from tiebreak.core.store.answers import answer_of
from tiebreak.core.store.backup import back_up, go_back
from tiebreak.core.store.checking import check_store
from tiebreak.core.store.connection import Store
from tiebreak.core.store.drafts import draft_count, read_draft
from tiebreak.core.store.examples import add_examples, name_labels
from tiebreak.core.store.learned import LearnedRow, basis_of, save_learned
from tiebreak.core.store.opening import open_store
from tiebreak.core.store.predictions import save_predictions, start_run
from tiebreak.core.store.queue import queue_item

Predict = Callable[[Store, str, Mapping[str, Iterable[Span] | str]], dict[str, int]]
WORDS = 12  # words of each text, of one letter each; every other word is in question
TEXTS = [f"{each} b c d e f g h i j k l" for each in "xyz"]
PLACES = 3  # places of each text


def at(word: int, label: str) -> Span:
    return Span(2 * word, 2 * word + 1, label)


@pytest.fixture
def long(store: Store, predict: Predict) -> dict[str, int]:
    """The ids of three texts on which two predictors differ at three places each, and agree at a fourth."""
    agreed = at(10, "C")
    predict(store, "left", {text: [at(1, "A"), at(3, "A"), at(5, "A"), agreed] for text in TEXTS})
    return predict(store, "right", {text: [at(1, "B"), at(3, "B"), at(5, "B"), agreed] for text in TEXTS})


@pytest.fixture
def session(store: Store, long: dict[str, int]) -> PlaceSession:
    return PlaceSession(store, "sam", order=Order.SOURCE)


def where(review: AnyReview | None) -> tuple[int, int]:
    """Return the example on screen, and the number of its place."""
    review = opened(review)
    assert review.alone
    return review.item.example.id, review.focus


def settle(session: PlaceSession, review: AnyReview | None, reading: int = 0) -> AnyReview | None:
    review = opened(review)
    review.choose(reading)
    return session.settle(review, seconds=2.0, keys=1)


def answered(store: Store, example_id: int, annotator: str = "sam") -> Answer:
    answer = answer_of(store, example_id, annotator)
    assert answer is not None
    return answer


def test_a_text_is_answered_with_its_last_place(store: Store, session: PlaceSession) -> None:
    review = session.next()
    assert where(review) == (1, 0)
    review = settle(session, review, 1)
    assert where(review) == (1, 1)
    assert answer_of(store, 1, "sam") is None
    review = settle(session, review)
    assert where(settle(session, review, 1)) == (2, 0)
    answer = answered(store, 1)
    assert (answer.answer, answer.seconds, answer.keys, answer.view) == ("accept", 6.0, 3, "review")
    assert answer.spans == (at(1, "B"), at(3, "A"), at(5, "B"), at(10, "C"))
    assert [each.confirmed for each in answer.choices] == [True] * PLACES
    assert [each.choice for each in answer.choices] == ["right", "left", "right"]
    screen = answer.screen or {}
    assert (screen["by"], screen["selected_by"]) == ("place", "source")
    assert [(each["at"], each["seconds"], each["keys"]) for each in screen["places"]] == [(n, 2.0, 1) for n in range(3)]
    assert (session.done, session.places, session.begun, draft_count(store)) == (1, 3, 0, 0)


def test_what_is_settled_survives_the_process(store: Store, session: PlaceSession) -> None:
    settle(session, session.next(), 1)
    with open_store(store.path) as again:  # as if the other process were killed
        draft = read_draft(again, 1, "sam")
        assert draft is not None
        assert (draft.seconds, draft.keys, [each.at for each in draft.places]) == (2.0, 1, [0])
        later = PlaceSession(again, "sam", order=Order.RANDOM)
        assert later.begun == 1
        review = later.resume()
        assert where(review) == (1, 1)
        assert [each.confirmed for each in opened(review).choices] == [True, False, False]
        assert at(1, "B") in opened(review).marks


def test_a_draft_is_in_no_export(store: Store, session: PlaceSession) -> None:
    settle(session, settle(session, session.next(), 1))
    assert draft_count(store) == 1
    assert [*exported_records(store)] == []
    settle(session, session.next())
    assert [record["text"] for record in exported_records(store)] == [TEXTS[0]]
    assert draft_count(store) == 0


def test_place_answers_are_taken_back_one_by_one_also_after_a_restart(store: Store, session: PlaceSession) -> None:
    review = session.next()
    for reading in (1, 0, 1, 1):
        review = settle(session, review, reading)
    assert where(review) == (2, 1)
    later = PlaceSession(store, "sam", order=Order.SOURCE)
    states = []
    for _ in range(4):
        review = later.undo()
        states.append((where(review), [each.confirmed for each in opened(review).choices]))
    assert states == [
        ((2, 0), [False, False, False]),
        ((1, 2), [True, True, False]),
        ((1, 1), [True, False, False]),
        ((1, 0), [False, False, False]),
    ]
    assert opened(review).marks == (at(1, "A"), at(3, "A"), at(5, "A"), at(10, "C"))
    assert later.undo() is None
    assert (draft_count(store), later.begun) == (0, 0)
    assert answer_of(store, 1, "sam") is None


def test_what_is_taken_back_is_settled_anew(store: Store, session: PlaceSession) -> None:
    review = session.next()
    for reading in (1, 0, 1):
        review = settle(session, review, reading)
    review = settle(session, session.undo(), 0)
    assert where(review) == (2, 0)
    answer = answered(store, 1)
    assert answer.spans == (at(1, "B"), at(3, "A"), at(5, "A"), at(10, "C"))
    assert (answer.seconds, answer.keys) == (6.0, 3)


def test_an_edit_goes_with_its_place_and_comes_back_with_it(store: Store, session: PlaceSession) -> None:
    review = opened(session.next())
    review.replace_spans([*review.marks, at(8, "D")])  # type: ignore[attr-defined]  # a review of spans
    review.choose(0)
    assert where(session.settle(review, seconds=1.0, keys=5)) == (1, 1)
    draft = read_draft(store, 1, "sam")
    assert draft is not None
    assert at(8, "D") in draft.marks
    assert at(8, "D") not in opened(session.undo()).marks


def test_a_place_that_is_skipped_comes_back_unsettled(session: PlaceSession) -> None:
    review = opened(session.next())
    review.choose(1)
    review = opened(session.skip(review))
    assert where(review) == (1, 1)
    for _ in range(3 * PLACES - 1):
        review = opened(settle(session, review))
    assert where(review) == (1, 0)
    assert review.choices[0].name == "right"
    assert not review.choices[0].confirmed
    assert settle(session, review) is None


def test_rejecting_answers_the_whole_text_and_is_taken_back_with_its_draft(store: Store, session: PlaceSession) -> None:
    review = opened(settle(session, session.next(), 1))
    assert where(session.answer(review, "reject", seconds=1.0, keys=1)) == (2, 0)
    answer = answered(store, 1)
    assert (answer.answer, answer.seconds, answer.keys) == ("reject", 3.0, 2)
    review = opened(session.undo())
    assert where(review) == (1, 1)
    assert [each.confirmed for each in review.choices] == [True, False, False]
    assert draft_count(store) == 1


def test_two_annotators_have_their_own_drafts_and_never_the_same_text(store: Store, session: PlaceSession) -> None:
    other = PlaceSession(store, "kim", order=Order.SOURCE)
    assert where(session.next()) == (1, 0)
    review = other.next()
    assert where(review) == (2, 0)
    review = settle(other, review)
    settle(session, session.next())
    assert where(review) == (2, 1)
    assert [draft_count(store), session.begun, other.begun] == [2, 1, 1]
    with pytest.raises(TakenError):
        session.open(2)


def test_a_text_that_another_has_answered_meanwhile_is_passed_over(store: Store, session: PlaceSession) -> None:
    first = opened(settle(session, session.next()))
    session.skip(first)
    session.leave(None)
    whole = ReviewSession(store, "kim", order=Order.SOURCE)
    whole.answer(whole.open(1), "accept", seconds=1.0, keys=1)
    whole.leave(None)
    assert where(session.next())[0] == 2
    assert session.begun == 0


def test_an_ordinary_sitting_goes_on_from_a_draft_and_ends_it(store: Store, session: PlaceSession) -> None:
    settle(session, session.next(), 1)
    session.leave(None)
    whole = ReviewSession(store, "sam", order=Order.SOURCE)
    review = opened(whole.next())
    assert not review.alone
    assert [each.name for each in review.choices] == ["right", "left", "left"]
    whole.answer(review, "accept", seconds=1.0, keys=2)
    assert draft_count(store) == 0
    assert (answered(store, 1).seconds, answered(store, 1).keys) == (3.0, 3)


def test_what_was_chosen_at_the_place_on_screen_is_there_at_the_next_start(store: Store, session: PlaceSession) -> None:
    review = opened(settle(session, session.next()))
    review.choose(1)
    session.leave(review)
    later = PlaceSession(store, "sam")
    review = opened(later.resume())
    assert where(review) == (1, 1)
    assert review.choices[1].name == "right"
    assert where(later.settle(review, seconds=1.0, keys=1)) == (1, 2)


def test_other_predictions_leave_what_still_fits(store: Store, session: PlaceSession, predict: Predict) -> None:
    settle(session, settle(session, session.next(), 1), 1)
    agreed = at(10, "C")
    for name, label in (("left", "A"), ("right", "B")):
        marks = [at(1, label), at(7, label), agreed]
        predict_again(store, name, dict.fromkeys(TEXTS, marks))
    review = opened(PlaceSession(store, "sam", order=Order.SOURCE).next())
    assert [each.start for each in review.differences] == [2, 14]
    assert [each.confirmed for each in review.choices] == [True, False]
    assert at(1, "B") in review.marks


def predict_again(store: Store, name: str, said: Mapping[str, list[Span]]) -> None:
    run = start_run(store, predictor=name, kind="file", fingerprint="2", model="test")
    save_predictions(store, run, [Prediction(id, tuple(each)) for id, each in enumerate(said.values(), start=1)])


def test_what_all_agree_on_is_given_out_whole(store: Store, long: dict[str, int], predict: Predict) -> None:
    for name in ("left", "right"):
        predict_again(store, name, {TEXTS[0]: [at(1, "A")]})
    session = PlaceSession(store, "sam", WITH_AGREED, order=Order.DISAGREEMENT)
    review = session.next()
    for _ in range(2 * PLACES):
        review = settle(session, review)
    review = opened(review)
    assert not review.alone
    assert session.answer(review, "accept", seconds=1.0, keys=1) is None
    assert "by" not in (answered(store, 1).screen or {})


def test_drafts_are_json_that_others_can_read(store: Store, session: PlaceSession) -> None:
    settle(session, session.next(), 1)
    [(draft, seconds, keys)] = store.execute("SELECT draft, seconds, keys FROM drafts").fetchall()
    value = json.loads(draft)
    assert [each["confirmed"] for each in value["choices"]] == [True, False, False]
    assert {"start": 2, "end": 3, "label": "B"} in value["spans"]
    assert (value["places"][0]["at"], seconds, keys) == (0, 2.0, 1)


def learn(store: Store, example_id: int, *certain: float, answers: int = 12) -> None:
    """Save for each place the probability that its left reading holds; otherwise the right reading does."""
    item = queue_item(store, example_id)
    places = []
    for probability, each in zip(certain, item.differences, strict=True):
        left, right = each.readings.values()
        both = sorted([(left, probability), (right, 1 - probability)], key=lambda each: -each[1])
        places.append(learned_place(*both))
    save_learned(store, [LearnedRow(example_id, basis_of(item.differences), Learned(answers, tuple(places)))])


def test_the_least_sure_place_comes_first_across_texts(store: Store, long: dict[str, int]) -> None:
    learn(store, 1, 0.9, 0.6, 0.95)
    learn(store, 2, 0.7, 0.99, 0.55)
    learn(store, 3, 0.98, 0.97, 0.96)
    session = PlaceSession(store, "sam", order=Order.SOURCE)
    review, given = session.next(), []
    while review is not None:
        given.append(where(review))
        review = session.settle(confirmed(review), seconds=1.0, keys=1)
    assert given == [(2, 2), (2, 0), (1, 1), (1, 0), (1, 2), (3, 2), (3, 1), (3, 0), (2, 1)]


def confirmed(review: AnyReview) -> AnyReview:
    review.confirm()
    return review


def test_places_that_nobody_settled_start_as_what_was_learned_since_has_it(store: Store, session: PlaceSession) -> None:
    settle(session, session.next(), 0)
    session.leave(None)
    learn(store, 1, 0.1, 0.2, 0.9)
    review = PlaceSession(store, "sam", order=Order.SOURCE).open(1)
    assert where(review) == (1, 1)
    assert [each.name for each in review.choices] == ["left", "right", "left"]
    assert [each.confirmed for each in review.choices] == [True, False, False]
    kept = review.settled()
    assert [each.probability for each in kept] == [None, 0.8, 0.9]
    assert [each.first for each in kept] == [(at(1, "A"),), (at(3, "B"),), (at(5, "A"),)]


def test_categories_have_no_places(new_store: Callable[[Task], Store]) -> None:
    with pytest.raises(ConfigError, match="categories are about the whole text"):
        PlaceSession(new_store(Task.TEXTCAT), "sam")


def test_check_and_going_back_know_drafts(store: Store, session: PlaceSession, tmp_path: Path) -> None:
    settle(session, session.next())
    assert check_store(store) == []
    for moment, drafts in ((0.0, 0), (time.time() + 60, 1)):
        with open_store(restored(store.path, tmp_path / f"then{drafts}.db", moment)) as then:
            assert draft_count(then) == drafts
    with store.transaction():
        store.execute("UPDATE drafts SET draft = '[]'")
    assert "drafts" in str(check_store(store))


def restored(path: Path, out: Path, moment: float) -> Path:
    back_up(path, out)
    go_back(out, out, moment)
    return out


def propose(store: Store) -> None:
    """Propose two spans in each of the first two texts, which no predictor has read."""
    offers = tuple([offer_of({}, (), ((span,), 0.6)) for span in (at(1, "A"), at(3, "A"))])
    rows = [LearnedRow(each, basis_of(()), Learned(30, (), offers)) for each in (1, 2)]
    save_learned(store, rows)


@pytest.mark.parametrize("is_proposed", [True, False])
def test_a_text_that_no_model_has_read_comes_whole_and_is_put_off_whole(store: Store, *, is_proposed: bool) -> None:
    add_examples(store, [Record(text) for text in TEXTS[:2]], "test")
    name_labels(store, ["A", "B"])
    if is_proposed:
        propose(store)
    session = PlaceSession(store, "sam", order=Order.SOURCE)
    review, seen = session.next(), []
    for _ in range(4):
        review = opened(review)
        assert not review.alone
        assert len(review.differences) == 2 * is_proposed
        seen.append(review.item.example.id)
        review = session.skip(review)
    assert seen == [1, 2, 1, 2]
    session.answer(opened(review), "accept", seconds=1.0, keys=1)
    assert "by" not in (answered(store, 1).screen or {})
