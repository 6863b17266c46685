"""Each kind of task at its work: reading predictions, comparing them, storing them and answering with them."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tiebreak.core.records import Category, Difference, Marks, Prediction, Record, Span, Task, TaskKind
from tiebreak.core.tasks.compare import compare, scorer_of
from tiebreak.core.tasks.registry import rules_of

SPAN = st.builds(
    lambda start, size, label: Span(start, start + size, label),
    st.integers(0, 20),
    st.integers(1, 6),
    st.sampled_from(["A", "B", ""]),
)
SPANS = st.frozensets(SPAN, max_size=5).map(lambda spans: tuple(sorted(spans)))
CATS = st.dictionaries(st.sampled_from("ABC"), st.floats(0, 1), max_size=3)
TASKS = st.sampled_from(Task)


def said(task: Task) -> st.SearchStrategy[Prediction]:
    if task.kind is TaskKind.SPANS:
        return SPANS.map(lambda spans: Prediction(1, spans))
    return CATS.map(lambda cats: Prediction(1, cats=cats))


PREDICTIONS = TASKS.flatmap(
    lambda task: st.tuples(
        st.just(task),
        st.lists(said(task), min_size=1, max_size=4).map(lambda each: dict(zip("abcd", each, strict=False))),
    )
)


def marks_at(differences: tuple[Difference, ...], name: str) -> list[object]:
    return [mark for difference in differences for mark in difference.readings[name]]


@given(PREDICTIONS)
def test_what_one_said_is_agreed_or_stands_at_one_difference(case: tuple[Task, dict[str, Prediction]]) -> None:
    task, predictions = case
    found = compare(predictions, task, scorer_of(task))
    for name in predictions:
        assert sorted([*found.agreed, *marks_at(found.differences, name)], key=str) == sorted(
            found.readings[name], key=str
        )


@given(PREDICTIONS)
def test_a_text_scores_above_0_exactly_if_there_are_differences(case: tuple[Task, dict[str, Prediction]]) -> None:
    task, predictions = case
    for name in rules_of(task).scorers:
        found = compare(predictions, task, scorer_of(task, name))
        assert 0.0 <= found.score <= 1.0
        assert (found.score > 0.0) == bool(found.differences)
    assert not compare({"a": next(iter(predictions.values()))}, task, scorer_of(task)).differences


@given(PREDICTIONS)
def test_all_kinds_of_readings_are_stored_as_spans_and_come_back(case: tuple[Task, dict[str, Prediction]]) -> None:
    task, predictions = case
    rules = rules_of(task)
    for each in predictions.values():
        marks = rules.marks_of(each)
        assert all(isinstance(span, Span) for span in rules.stored(marks))
        assert rules.restored(rules.stored(marks)) == marks


@given(PREDICTIONS)
def test_an_answer_with_these_marks_says_just_them(case: tuple[Task, dict[str, Prediction]]) -> None:
    task, predictions = case
    rules = rules_of(task)
    for each in predictions.values():
        marks = rules.marks_of(each)
        spans, cats = rules.decision(marks, rules.labels_of(each))
        assert rules.marks_of(Prediction(1, spans, cats)) == marks
        assert set(cats or ()) == (set() if task.kind is TaskKind.SPANS else set(rules.labels_of(each)))


@pytest.mark.parametrize(
    ("task", "stored"),
    [(Task.TEXTCAT, (Span(0, 0, "A"),)), (Task.TEXTCAT_MULTILABEL, (Span(0, 0, "A"), Span(0, 0, "B")))],
)
def test_a_category_is_stored_as_the_empty_span_at_0(task: Task, stored: Marks) -> None:
    rules = rules_of(task)
    marks = rules.marks_of(Prediction(1, cats={"A": 0.6, "B": 0.55}))
    assert all(isinstance(mark, Category) for mark in marks)
    assert rules.stored(marks) == stored


@pytest.mark.parametrize(
    ("task", "own", "other"),
    [
        (Task.NER, (Span(0, 3, "A"),), {"B": 1.0}),
        (Task.SPANCAT, (Span(0, 3, "A"),), {"B": 1.0}),
        (Task.TEXTCAT, {"B": 1.0}, ["carried along"]),
        (Task.TEXTCAT_MULTILABEL, {"B": 1.0}, ["carried along"]),
    ],
)
def test_a_record_says_things_of_the_task_and_things_of_the_other_kind(task: Task, own: object, other: object) -> None:
    fields: Mapping[str, object] = {"spans": ["carried along"]} if task.kind is TaskKind.CATEGORIES else {}
    record = Record("Ada", spans=(Span(0, 3, "A"),), cats={"B": 1.0}, other_fields=fields)
    assert rules_of(task).in_record(record) == (own, other)
    assert rules_of(task).in_record(Record("Ada")) == (None, None)


@pytest.mark.parametrize(
    ("task", "kind", "is_exclusive"),
    [
        (Task.NER, TaskKind.SPANS, True),
        (Task.SPANCAT, TaskKind.SPANS, False),
        (Task.TEXTCAT, TaskKind.CATEGORIES, True),
        (Task.TEXTCAT_MULTILABEL, TaskKind.CATEGORIES, False),
    ],
)
def test_tasks_are_of_two_kinds_with_one_label_a_unit_or_several(
    task: Task, kind: TaskKind, is_exclusive: bool
) -> None:
    assert (task.kind, task.is_exclusive) == (kind, is_exclusive)
