"""Editing by the keyboard: a cursor over tokens or characters, and spans that stay sound whatever is pressed."""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tiebreak.core.editing import SpanEditor
from tiebreak.core.records import Span, Spans, Task
from tiebreak.core.tokens import tokenize

TEXT = "Ada met Bob in Rome"
ADA, BOB = Span(0, 3, "PERSON"), Span(8, 11, "PERSON")


def editor(*spans: Span, task: Task = Task.NER, text: str = TEXT, at: int = 0) -> SpanEditor:
    return SpanEditor(text, tokenize(text), spans, task, at)


def test_the_cursor_moves_by_tokens_and_stops_at_the_ends() -> None:
    edit = editor()
    seen = []
    for step in (-1, 1, 1, 2, 5):
        edit.move(step)
        seen.append(TEXT[slice(*edit.selection)])
    assert seen == ["Ada", "met", "Bob", "Rome", "Rome"]


def test_the_cursor_starts_where_it_is_asked_to() -> None:
    assert editor(at=9).selection == (8, 11)
    assert editor(at=7).selection == (8, 11)
    assert editor(at=99).selection == (15, 19)


def test_a_selection_grows_both_ways_and_becomes_a_span() -> None:
    edit = editor(at=8)
    edit.move(1, extend=True)
    assert edit.selection == (8, 14)
    edit.move(-2, extend=True)
    assert edit.selection == (4, 11)
    edit.label("EVENT")
    assert edit.spans == (Span(4, 11, "EVENT"),)
    edit.move(1)
    assert edit.selection == (8, 11)


def test_a_label_goes_on_the_span_under_the_cursor_or_makes_one() -> None:
    edit = editor(ADA)
    edit.label("ORG")
    assert list(edit.spans) == [Span(0, 3, "ORG")]
    edit.move(1)
    edit.label("VERB")
    assert list(edit.spans) == [Span(0, 3, "ORG"), Span(4, 7, "VERB")]


def test_a_new_span_takes_the_place_of_those_it_overlaps_where_the_task_forbids_that() -> None:
    rome = Span(15, 19, "GPE")
    for task, left in ((Task.NER, ()), (Task.SPANCAT, (ADA, BOB))):
        edit = editor(ADA, BOB, rome, task=task, at=1)
        edit.move(2, extend=True)
        edit.label("EVENT")
        assert edit.spans == tuple(sorted((*left, Span(0, 11, "EVENT"), rome)))


def test_delete_takes_the_span_under_the_cursor_and_no_other() -> None:
    edit = editor(ADA, BOB, at=8)
    edit.delete()
    edit.delete()
    assert edit.spans == (ADA,)


def test_the_ends_of_a_span_move_by_tokens_and_never_past_each_other() -> None:
    edit = editor(BOB, at=8)
    for move, step, expected in (
        (edit.move_end, 1, (8, 14)),
        (edit.move_start, -1, (4, 14)),
        (edit.move_start, 1, (8, 14)),
        (edit.move_start, 1, (12, 14)),
        (edit.move_start, 1, (12, 14)),
        (edit.move_end, -1, (12, 14)),
        (edit.move_end, 1, (12, 19)),
        (edit.move_end, 1, (12, 19)),
    ):
        move(step)
        assert [(span.start, span.end) for span in edit.spans] == [expected]
        assert edit.current == edit.spans[0]


def test_characters_express_what_tokens_cannot() -> None:
    edit = editor(at=15)
    edit.toggle_characters()
    assert edit.by_characters
    edit.move(1)
    edit.move(1, extend=True)
    edit.label("X")
    assert [TEXT[span.start : span.end] for span in edit.spans] == ["om"]
    edit.move_end(1)
    assert edit.spans == (Span(16, 19, "X"),)
    edit.toggle_characters()
    assert not edit.by_characters
    assert edit.selection == (15, 19)
    edit.move_start(-1)
    assert edit.spans == (Span(15, 19, "X"),)


def test_stepping_from_span_to_span_goes_round() -> None:
    edit = editor(ADA, BOB, Span(15, 19, "GPE"), at=4)
    seen = []
    for step in (1, 1, 1, -1, -1):
        edit.move_to_span(step)
        assert edit.current is not None
        seen.append(edit.current.start)
    assert seen == [8, 15, 0, 15, 8]
    empty = editor(at=4)
    empty.move_to_span(1)
    assert empty.selection == (4, 7)


@pytest.mark.parametrize(
    "spans",
    [
        [Span(0, 11, "EVENT"), Span(8, 11, "PERSON"), Span(15, 19, "GPE")],
        [Span(0, 11, "EVENT"), Span(0, 3, "PERSON"), Span(15, 19, "GPE")],
        [Span(0, 3, "PERSON"), Span(0, 3, "ORG"), Span(15, 19, "GPE")],
    ],
    ids=["nested", "same start", "same bounds"],
)
def test_stepping_reaches_every_span_where_they_overlap(spans: list[Span]) -> None:
    edit = editor(*spans, task=Task.SPANCAT)
    reached = set()
    for _ in range(2 * len(spans)):
        edit.move_to_span(1)
        reached.add(edit.current)
    assert reached == set(spans)


def test_a_text_without_tokens_is_one_unit() -> None:
    edit = SpanEditor("   ", tokenize("   "), (), Task.NER)
    edit.move(1)
    edit.label("X")
    assert edit.spans == (Span(0, 3, "X"),)


def select_and_label(step: int) -> Callable[[SpanEditor], None]:
    def press(edit: SpanEditor) -> None:
        edit.move(step, extend=True)
        edit.label("X")

    return press


TEXTS = st.just(TEXT) | st.sampled_from([" a ", "   ", "x", "a.b", "é\u0301 👩\u200d💻  \r\n نص", "\u2028\x00\t"])
A_SPAN = st.builds(
    lambda start, length, label: Span(start, start + length, label),
    st.integers(0, 18),
    st.integers(1, 6),
    st.sampled_from("XY"),
)
STEP = st.sampled_from([-1, 1])
KEYS: st.SearchStrategy[list[Callable[[SpanEditor], None]]] = st.lists(
    st.one_of(
        st.tuples(st.integers(-3, 3), st.booleans()).map(lambda move: lambda edit: edit.move(move[0], extend=move[1])),
        STEP.map(lambda step: lambda edit: edit.move_to_span(step)),
        STEP.map(lambda step: lambda edit: edit.move_end(step)),
        STEP.map(lambda step: lambda edit: edit.move_start(step)),
        st.sampled_from("XYZ").map(lambda label: lambda edit: edit.label(label)),
        st.integers(-3, 3).map(select_and_label),
        st.just(lambda edit: edit.delete()),
        st.just(lambda edit: edit.toggle_characters()),
    ),
    max_size=15,
)


@settings(max_examples=200)
@given(TEXTS, st.lists(A_SPAN, max_size=5), st.sampled_from(Task), st.integers(0, 20), KEYS)
def test_whatever_is_pressed_spans_lie_in_the_text_and_ner_spans_never_overlap(
    text: str, spans: list[Span], task: Task, at: int, keys: list[Callable[[SpanEditor], None]]
) -> None:
    fitting: Spans = ()
    for span in spans:
        if span.end <= len(text) and (task.allows_overlap or not any(span.overlaps(other) for other in fitting)):
            fitting = (*fitting, span)
    edit = editor(*set(fitting), task=task, text=text, at=at)
    for press in keys:
        press(edit)
        start, end = edit.selection
        assert 0 <= start < end <= len(text)
        assert list(edit.spans) == sorted(set(edit.spans))
        assert all(0 <= span.start < span.end <= len(text) for span in edit.spans)
        if not task.allows_overlap:
            assert not any(one.overlaps(other) for one, other in combinations(edit.spans, 2))
        assert edit.current is None or edit.current in edit.spans
