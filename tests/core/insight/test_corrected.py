"""What became of the only model's marks and of marks added to them, and the forecast for waiting texts."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st
from review_steps import answer, opened

from tiebreak.core.insight.corrected import Fate, OpenAnswers
from tiebreak.core.insight.counting import all_counts
from tiebreak.core.insight.estimates import make_estimates
from tiebreak.core.insight.reflection import reflect
from tiebreak.core.insight.report import make_report
from tiebreak.core.records import Prediction, Record, SettledDifference, Span, Task
from tiebreak.core.review.places import to_confirm
from tiebreak.core.review.session import ReviewSession
from tiebreak.core.review.spans import SpanReview
from tiebreak.core.store.connection import Store
from tiebreak.core.store.examples import add_examples, name_labels
from tiebreak.core.store.predictions import save_predictions, start_run
from tiebreak.core.store.slices import set_slice_share
from tiebreak.tui.cli.json_objects import report_object
from tiebreak.tui.pages.report_page import report_markdown

Predict = Callable[[Store, str, Mapping[str, Iterable[Span] | str]], dict[str, int]]
TEXTS = [f"aaaa bbbb {number:02}" for number in range(20)]
A, B = Span(0, 4, "A"), Span(5, 9, "B")


def counted(proposed: Iterable[Span], saved: Iterable[Span]) -> Fate:
    """Return what became of the marks of the only model that had read the text."""
    rows = to_confirm(tuple(sorted(proposed)), ["m"])
    settled = tuple([SettledDifference(row.difference, "left", (), True) for row in rows])
    found = OpenAnswers()
    found.add(["m"], settled, tuple(saved), Task.SPANCAT)
    return found.corrected["m"].all


marks = st.sets(
    st.builds(
        lambda at, size, label: Span(at, at + size, label), st.integers(0, 8), st.integers(1, 4), st.sampled_from("AB")
    ),
    max_size=6,
)


@given(marks, marks)
def test_each_mark_of_the_model_and_of_the_answer_counts_once(proposed: set[Span], saved: set[Span]) -> None:
    fate = counted(proposed, saved)
    assert fate.marks == len(proposed)
    assert fate.kept == len(proposed & saved)
    assert fate.kept + fate.relabelled + fate.moved + fate.added == len(saved)


@pytest.mark.parametrize(
    ("saved", "fate"),
    [
        ([A, B], Fate(kept=2)),
        ([A._replace(label="B"), B], Fate(kept=1, relabelled=1)),
        ([A._replace(end=3), B], Fate(kept=1, moved=1)),
        ([B], Fate(kept=1, dropped=1)),
        ([A, B, Span(10, 12, "A")], Fate(kept=2, added=1)),
        ([Span(0, 9, "B")], Fate(moved=1, dropped=1)),
    ],
)
def test_what_became_of_marks(saved: list[Span], fate: Fate) -> None:
    assert counted([A, B], saved) == fate


@pytest.mark.parametrize(
    ("task", "fate"), [(Task.TEXTCAT, Fate(relabelled=1)), (Task.TEXTCAT_MULTILABEL, Fate(dropped=1, added=1))]
)
def test_another_category_stands_in_the_place_of_one_where_one_holds(
    new_store: Callable[[Task], Store], task: Task, fate: Fate
) -> None:
    store = new_store(task)
    ids, _ = add_examples(store, [Record("text")], "test")
    name_labels(store, ["a", "b"])
    run = start_run(store, predictor="m", kind="file", fingerprint="1", model="test")
    save_predictions(store, run, [Prediction(ids[0], cats={"a": 0.9, "b": 0.1})])
    session = ReviewSession(store, "sam")
    review = opened(session.next())
    review.choose_neither()
    review.relabel("b")
    answer(session, review)
    assert all_counts(store).open_answers.corrected["m"].all == fate


@pytest.fixture
def one(store: Store, predict: Predict) -> Store:
    """Twenty texts in which the only model says A and B; ten are answered, and B was always wrong."""
    set_slice_share(store, 0)
    predict(store, "spacy", {text: [A, B] for text in TEXTS})
    session = ReviewSession(store, "sam")
    review = session.next()
    for _ in range(10):
        assert isinstance(review, SpanReview)
        review.replace_spans([A])
        review = answer(session, review)
    return store


def test_a_report_says_what_became_of_the_marks_and_how_many_texts_wait(one: Store) -> None:
    report = make_report(one)
    found = report.open_answers.corrected["spacy"]
    assert (found.texts, found.all) == (10, Fate(kept=10, dropped=10))
    assert found.by_label == {"A": Fate(kept=10), "B": Fate(dropped=10)}
    assert (report.places, report.left) == (0, 10)
    page = report_markdown(report, make_estimates(one), [])
    assert "| B | 0/10 (0%) | 0 | 0 | 10 | 0 |" in page
    assert "Which model was right" not in page
    assert "Nothing was learned" not in page
    printed = json.loads(json.dumps(report_object(report, make_estimates(one), [])))
    assert printed["corrected"]["spacy"]["kept"] == 10
    assert printed["corrected"]["spacy"]["by_label"]["B"]["dropped"] == 10
    assert "spacy" not in report_markdown(report, None, [], blind=True)


def test_what_to_do_next_counts_the_marks_of_the_only_model(one: Store) -> None:
    found = {each.said.label: each for each in reflect(one).findings}
    assert (found["B"].right, found["B"].settled, found["B"].waiting) == (0, 10, 10)
    assert str(found["B"].said.queue) == "says:spacy=B"
    assert found["A"].right == 10


def test_answers_to_compared_texts_are_no_corrections(one: Store, predict: Predict) -> None:
    before = all_counts(one).open_answers
    predict(one, "llm", {text: [A] for text in TEXTS})
    session = ReviewSession(one, "sam")
    answer(session, session.next())
    assert all_counts(one).open_answers == before
    assert before.texts == 10


def test_where_no_model_has_read_the_texts_the_labels_are_counted(store: Store) -> None:
    add_examples(store, [Record(text) for text in TEXTS], "test")
    name_labels(store, ["A", "B"])
    session = ReviewSession(store, "sam")
    review = session.next()
    for spans in ([A, B], [A], []):
        assert isinstance(review, SpanReview)
        review.replace_spans(spans)
        review = answer(session, review)
    report = make_report(store)
    assert (report.open_answers.marked.texts, report.open_answers.marked.labels) == (3, {"A": 2, "B": 1})
    printed = json.loads(json.dumps(report_object(report, make_estimates(store), [])))
    assert printed["marked"] == {"texts": 3, "labels": {"A": 2, "B": 1}}
    assert report.left == len(TEXTS) - 3
    page = report_markdown(report, make_estimates(store), [])
    assert "3 marks in 3 texts." in page
    assert "No model has read them" in page
    assert "too small" not in page
    assert reflect(store).is_unread
