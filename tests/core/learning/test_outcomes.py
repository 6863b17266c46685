"""The outcome of an answer at each difference."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st
from teaching_steps import readings

from tiebreak.core.compare.agreed import agreed_marks
from tiebreak.core.compare.cats import find_category_differences
from tiebreak.core.compare.spans import find_differences
from tiebreak.core.learning.askers import asker_of
from tiebreak.core.learning.asking import ReadText
from tiebreak.core.learning.outcomes import marks_at
from tiebreak.core.records import Category, Span, Spans, Task
from tiebreak.core.tasks.registry import rules_of

TEXT = "abcdefghijklmnopqrstuvwxyz"
SPAN = st.builds(lambda start, length: Span(start, start + length, "ORG"), st.integers(0, 14), st.integers(1, 9))


@given(said=readings(Task.SPANCAT), truth=st.sets(SPAN))
def test_no_mark_belongs_to_two_differences_and_each_that_touches_one_belongs(
    said: Mapping[str, Spans], truth: set[Span]
) -> None:
    differences, agreed = find_differences(said), agreed_marks(said)
    found = marks_at(differences, tuple(truth), agreed)
    assert len(found) == len(differences)
    marks = [mark for here in found for mark in here]
    assert len(set(marks)) == len(marks)
    touching = {span for span in truth for place in differences if place.start < span.end and span.start < place.end}
    assert set(marks) == touching - set(agreed)


@pytest.mark.parametrize("task", [Task.NER, Task.SPANCAT])
@given(data=st.data())
def test_what_was_proposed_is_what_holds_if_the_answer_says_so(task: Task, data: st.DataObject) -> None:
    """Take any candidate at each difference: the outcomes of the answer are these candidates."""
    said = data.draw(readings(task))
    text = ReadText.of(rules_of(task), TEXT, said, {})
    asker = asker_of(task, list(said), ["LOC", "ORG", "PER"])
    asked = asker.ask(text)
    taken = [data.draw(st.integers(0, len(each.candidates) - 1)) for each in asked]
    truth = tuple(sorted({mark for each, at in zip(asked, taken, strict=True) for mark in each.candidates[at].marks}))
    held = asker.held(text, asked, truth)
    for each, at, its in zip(asked, taken, held, strict=True):
        if each.about == "difference":
            others = set(text.agreed) & set(each.candidates[at].marks)
            assert others or each.candidates[its].marks == each.candidates[at].marks
        else:
            assert its == at


@pytest.mark.parametrize("task", [Task.TEXTCAT, Task.TEXTCAT_MULTILABEL])
@given(data=st.data())
def test_of_labels_what_holds_is_what_the_answer_says(task: Task, data: st.DataObject) -> None:
    labels = ["A", "B", "C", "D"]
    most = 1 if task.is_exclusive else 4
    some = st.sets(st.sampled_from(labels), max_size=most).map(
        lambda found: tuple(Category(each) for each in sorted(found))
    )
    said = {name: data.draw(some) for name in "abc"[: data.draw(st.integers(1, 3))]}
    truth = data.draw(some)
    text = ReadText.of(rules_of(task), TEXT, said, {})
    asker = asker_of(task, list(said), labels)
    asked = asker.ask(text)
    held = [each.candidates[at].marks for each, at in zip(asked, asker.held(text, asked, truth), strict=True)]
    assert tuple(sorted(mark for marks in held for mark in marks)) == truth
    for place, marks in zip(text.differences, marks_at(text.differences, truth, text.agreed), strict=True):
        assert marks == tuple(mark for mark in truth if mark.label == place.label)


def test_a_label_that_nobody_proposed_is_no_mark_of_a_text_without_differences() -> None:
    said = {"a": (Category("A"),), "b": (Category("A"),)}
    assert find_category_differences(said) == ()
    assert marks_at((), (Category("B"),), (Category("A"),)) == []


def test_what_nobody_proposed_is_none_of_the_candidates() -> None:
    said = {"a": (Span(0, 4, "ORG"),), "b": ()}
    text = ReadText.of(rules_of(Task.NER), TEXT, said, {})
    asker = asker_of(Task.NER, list(said), ["ORG"])
    [asked] = asker.ask(text)
    assert asker.held(text, [asked], (Span(1, 6, "ORG"),)) == [len(asked.candidates)]
