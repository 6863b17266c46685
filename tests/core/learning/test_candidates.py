"""The candidates of a difference: all readings are among them, no two alike, none that the task forbids."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st
from teaching_steps import LABELS, readings

from tiebreak.core.compare.spans import find_differences, first_overlap
from tiebreak.core.learning.candidates import candidates_of
from tiebreak.core.records import Difference, Span, Spans, Task


def turned(difference: Difference) -> Difference:
    """Return the same difference with the predictors in the opposite order."""
    return difference._replace(readings=dict(reversed(list(difference.readings.items()))))


@pytest.mark.parametrize("task", [Task.NER, Task.SPANCAT])
@given(data=st.data())
def test_all_readings_are_candidates_and_no_two_are_alike(task: Task, data: st.DataObject) -> None:
    for difference in find_differences(data.draw(readings(task))):
        candidates = candidates_of(difference, task, LABELS)
        marks = [each.marks for each in candidates]
        assert len(set(marks)) == len(marks)
        distinct = list(dict.fromkeys(difference.readings.values()))
        assert marks[: len(distinct)] == distinct
        assert () in marks
        for name, reading in difference.readings.items():
            assert name in candidates[marks.index(reading)].voters
        assert all(not each.voters for each in candidates[len(distinct) :])


@given(readings())
def test_no_candidate_overlaps_itself_where_spans_may_not(said: Mapping[str, Spans]) -> None:
    for difference in find_differences(said):
        for candidate in candidates_of(difference, Task.NER, LABELS):
            assert first_overlap(candidate.marks) is None  # type: ignore[arg-type]  # spans, all of them


@pytest.mark.parametrize("task", [Task.NER, Task.SPANCAT])
@given(data=st.data())
def test_what_may_hold_does_not_depend_on_who_stands_left(task: Task, data: st.DataObject) -> None:
    for difference in find_differences(data.draw(readings(task))):
        ours = {each.marks: (each.name, set(each.voters)) for each in candidates_of(difference, task, LABELS)}
        theirs = candidates_of(turned(difference), task, LABELS)
        assert {each.marks: (each.name, set(each.voters)) for each in theirs} == ours


def test_any_label_may_hold_on_proposed_bounds() -> None:
    [difference] = find_differences({"a": (Span(0, 4, "ORG"),), "b": (Span(0, 8, "ORG"),)})
    marks = {each.marks for each in candidates_of(difference, Task.NER, LABELS)}
    assert {(Span(0, end, label),) for end in (4, 8) for label in LABELS} <= marks
