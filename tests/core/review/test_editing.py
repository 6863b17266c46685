"""Editing by the keyboard: a cursor over tokens or characters, and spans that stay sound after any keys."""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tiebreak.core.records import Span, Spans, Task
from tiebreak.core.review.editing import SpanEditor
from tiebreak.core.text.occurrences import find
from tiebreak.core.text.tokens import tokenize

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
    assert list(edit.spans) == [Span(4, 11, "EVENT")]
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
    assert list(edit.spans) == [ADA]


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
    assert list(edit.spans) == [Span(16, 19, "X")]
    edit.toggle_characters()
    assert not edit.by_characters
    assert edit.selection == (15, 19)
    edit.move_start(-1)
    assert list(edit.spans) == [Span(15, 19, "X")]


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


def test_white_space_alone_is_labelled_by_characters_only() -> None:
    edit = SpanEditor("   ", tokenize("   "), (), Task.NER)
    edit.move(1)
    assert not edit.label("X")
    assert list(edit.spans) == []
    edit.toggle_characters()
    assert edit.label("X")
    assert list(edit.spans) == [Span(0, 1, "X")]


def test_a_character_is_what_a_person_counts_as_one() -> None:
    text = "e\u0301 हि 👩\u200d💻 🇩🇪🇫🇷 \r\n ᄒ\u1161ᆫ"
    edit = editor(text=text)
    edit.toggle_characters()
    units = [text[start:end] for start, end in map(edit.units.__getitem__, range(len(edit.units)))]
    assert [unit for unit in units if unit != " "] == [
        "e\u0301",
        "हि",
        "👩\u200d💻",
        "🇩🇪",
        "🇫🇷",
        "\r\n",
        "ᄒ\u1161ᆫ",
    ]


def test_a_bound_inside_a_character_stays_until_it_is_moved() -> None:
    edit = editor(Span(1, 3, "X"), text="e\u0301a b", at=2)
    edit.toggle_characters()
    edit.label("Y")
    assert list(edit.spans) == [Span(1, 3, "Y")]
    edit.move_start(-1)
    assert list(edit.spans) == [Span(0, 3, "Y")]


def test_word_moves_pass_punctuation_and_stop_at_the_ends() -> None:
    text = "The well-known U.S. firm, Acme"
    edit = editor(text=text)
    seen = []
    for step in (1, 1, 1, 1, 1, -1, -1, -1, -1, -1):
        edit.move_by_word(step)
        seen.append(text[slice(*edit.selection)])
    assert seen == ["well", "U", "firm", "Acme", "Acme", "firm", "U", "well", "The", "The"]
    edit.move(2)
    edit.move_by_word(-1)
    assert edit.selection == (4, 8)


def test_word_moves_work_by_characters_and_without_white_space() -> None:
    edit = editor(text="Ada met", at=1)
    edit.toggle_characters()
    edit.move_by_word(1, extend=True)
    assert edit.selection == (0, 3)
    chinese = "优步在巴黎，苹果公司反对。"
    edit = SpanEditor(chinese, [(at, at + 1) for at in range(len(chinese))], (), Task.NER)
    edit.move_by_word(1)
    assert edit.selection == (6, 7)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Acme, the well-known U.S. firm.", ["Acme, the", "Acme, the well-known", "Acme, the well-known U.S."]),
        ("The New York-based Bosch's (sic) labs", ["The New", "The New York-based", "The New York-based Bosch"]),
        ("Ann & Bob – C# 50%!", ["Ann & Bob", "Ann & Bob – C#", "Ann & Bob – C# 50%", "Ann & Bob – C# 50%!"]),
        ("नई दिल्ली। कल", ["नई दिल्ली", "नई दिल्ली। कल"]),
        ("优步在巴黎，苹果公司反对。", ["优步在巴黎", "优步在巴黎，苹果公司反对", "优步在巴黎，苹果公司反对。"]),
        ("ラーメン（東京）", ["ラーメン", "ラーメン（東京", "ラーメン（東京）"]),
    ],
)
@pytest.mark.parametrize("by_characters", [False, True])
def test_a_selection_grows_to_the_end_of_the_word(text: str, words: list[str], by_characters: bool) -> None:
    cjk = text[0] > "\u2fff"
    tokens = [(at, at + 1) for at in range(len(text))] if cjk else tokenize(text)
    edit = SpanEditor(text, tokens, (), Task.NER)
    if by_characters:
        edit.toggle_characters()
        words = [text.split()[0].rstrip(","), *words] if not cjk else words
    seen = []
    for _ in words:
        edit.move_by_word(1, extend=True)
        seen.append(text[slice(*edit.selection)])
    assert seen == words


def test_the_mouse_selects_the_tokens_it_touches_whichever_way_it_is_dragged() -> None:
    edit = editor()
    for anchor, position, expected in (
        (5, 9, (4, 11)),
        (9, 5, (4, 11)),
        (3, 7, (4, 7)),
        (2, 2, (0, 3)),
        (16, 99, (15, 19)),
    ):
        edit.select(anchor, position)
        assert (edit.selection, edit.has_selection) == (expected, True)
    edit.toggle_characters()
    assert edit.selection == (15, 19)
    edit.select(5, 9)
    assert edit.selection == (5, 10)


def test_a_selection_of_one_token_makes_a_span_inside_another() -> None:
    edit = editor(Span(0, 11, "EVENT"), task=Task.SPANCAT, at=8)
    edit.move(0, extend=True)
    edit.label("PERSON")
    assert list(edit.spans) == [Span(0, 11, "EVENT"), BOB]


def test_what_a_growing_span_displaces_comes_back_when_it_shrinks() -> None:
    edit = editor(ADA, BOB, at=0)
    for _ in range(2):
        edit.move_end(1)
    assert list(edit.spans) == [Span(0, 11, "PERSON")]
    assert list(edit.displaced) == [BOB]
    edit.label("EVENT")
    edit.move_end(-1)
    assert list(edit.spans) == [Span(0, 7, "EVENT"), BOB]
    assert list(edit.displaced) == []


def test_what_was_displaced_stays_away_once_something_else_was_changed() -> None:
    edit = editor(ADA, BOB, at=0)
    edit.move_end(1)
    edit.move_end(1)
    edit.move_to(15)
    edit.label("GPE")
    edit.move_to(0)
    edit.move_end(-1)
    assert list(edit.spans) == [Span(0, 7, "PERSON"), Span(15, 19, "GPE")]


def test_undo_goes_back_step_by_step_with_the_cursor_and_redo_forth() -> None:
    edit = editor(ADA, BOB, at=8)
    edit.delete()
    edit.move_to(15)
    edit.label("GPE")
    edit.move_to(0)
    assert edit.undo()
    assert (edit.spans, edit.selection) == ((ADA,), (15, 19))
    assert edit.undo()
    assert (edit.spans, edit.selection) == ((ADA, BOB), (8, 11))
    assert not edit.undo()
    assert edit.redo()
    assert list(edit.spans) == [ADA]
    edit.label("X")
    assert not edit.redo()


def test_split_parts_a_span_before_the_cursor_and_leaves_no_white_space() -> None:
    edit = editor(Span(0, 11, "PERSON"), at=8)
    assert edit.split()
    assert list(edit.spans) == [Span(0, 7, "PERSON"), BOB]
    assert not edit.split()
    edit.move_to(12)
    assert not edit.split()


def test_split_by_characters_parts_a_token() -> None:
    edit = editor(Span(15, 19, "GPE"), at=15)
    edit.toggle_characters()
    edit.move(2)
    assert edit.split()
    assert list(edit.spans) == [Span(15, 17, "GPE"), Span(17, 19, "GPE")]


def test_merge_takes_the_next_span_that_is_near() -> None:
    rome = Span(15, 19, "GPE")
    edit = editor(ADA, BOB, rome)
    assert edit.merge()
    assert list(edit.spans) == [Span(0, 11, "PERSON"), rome]
    assert edit.merge()
    assert list(edit.spans) == [Span(0, 19, "PERSON")]
    assert not edit.merge()
    far = "Ada and four more tokens Bob"
    assert not editor(Span(0, 3, "X"), Span(25, 28, "X"), text=far).merge()


def test_merge_takes_all_that_the_selection_touches_under_the_first_label() -> None:
    edit = editor(ADA, Span(8, 11, "ORG"), Span(15, 19, "GPE"), at=2)
    edit.move(4, extend=True)
    assert edit.merge()
    assert list(edit.spans) == [Span(0, 19, "PERSON")]
    edit.move(-1, extend=True)
    assert not edit.merge()


def test_delete_takes_all_that_the_selection_touches() -> None:
    edit = editor(ADA, BOB, Span(15, 19, "GPE"))
    edit.move(2, extend=True)
    assert edit.delete() == 2
    assert list(edit.spans) == [Span(15, 19, "GPE")]


SURFACES = "Art met Art at the start; art and Art School, ART"


def test_the_same_surface_is_labelled_at_token_bounds_as_it_is_written() -> None:
    edit = editor(Span(0, 3, "PERSON"), text=SURFACES)
    assert edit.label_same() == (2, 0)
    assert [span.start for span in edit.spans] == [0, 8, 34]
    assert edit.label_same() == (0, 0)
    edit.undo()
    assert list(edit.spans) == [Span(0, 3, "PERSON")]


def test_the_same_surface_is_found_in_any_case_only_where_it_stands_nowhere_as_written() -> None:
    edit = editor(Span(46, 49, "X"), text=SURFACES, at=46)
    assert edit.label_same() == (4, 0)


def test_the_same_surface_leaves_spans_with_other_bounds_alone_in_ner_and_adds_in_spancat() -> None:
    school, other = Span(34, 44, "ORG"), Span(8, 11, "ORG")
    edit = editor(Span(0, 3, "PERSON"), other, school, text=SURFACES)
    assert edit.label_same() == (1, 1)
    assert list(edit.spans) == [Span(0, 3, "PERSON"), Span(8, 11, "PERSON"), school]
    edit = editor(Span(0, 3, "PERSON"), other, school, text=SURFACES, task=Task.SPANCAT)
    assert edit.label_same() == (2, 0)
    assert {other, school, Span(34, 37, "PERSON")} <= set(edit.spans)


def test_the_same_surface_over_a_line_break_is_the_same() -> None:
    text = "New York and New\n York"
    edit = editor(Span(0, 8, "GPE"), text=text)
    assert edit.label_same() == (1, 0)
    assert edit.spans[1] == Span(13, 22, "GPE")


def test_what_is_no_token_is_the_same_inside_words_too() -> None:
    edit = editor(Span(1, 3, "X"), text="start art", at=0)
    assert edit.label_same() == (0, 0)
    edit = editor(Span(2, 4, "X"), text="start art", at=0)
    assert edit.label_same() == (1, 0)
    assert edit.spans[1] == Span(6, 8, "X")


def test_delete_same_takes_the_text_under_this_label_alone() -> None:
    spans = [Span(0, 3, "PERSON"), Span(8, 11, "ORG"), Span(34, 37, "PERSON"), Span(46, 49, "PERSON")]
    edit = editor(*spans, text=SURFACES)
    assert edit.delete_same() == 2
    assert list(edit.spans) == [spans[1], spans[3]]
    edit.move_to(4)
    assert edit.delete_same() == 0


@pytest.mark.parametrize(
    ("words", "starts"),
    [("art", [0, 8, 21, 26, 34, 46]), ("Art", [0, 8, 34]), ("t  m", [2]), (" ", []), ("", []), (".*", []), ("zzz", [])],
)
def test_find_minds_capitals_where_there_are_some(words: str, starts: list[int]) -> None:
    assert [start for start, _ in find(SURFACES, words)] == starts


def test_the_next_place_goes_round_from_wherever_the_cursor_is() -> None:
    places = [(0, 3), (8, 11), (14, 19)]
    edit = editor(at=4)
    assert [edit.next_place(places, step) for step in (1, -1)] == [1, 0]
    edit.move_to(14)
    assert [edit.next_place(places, step) for step in (1, -1)] == [0, 1]
    assert edit.next_place([], 1) is None


def select_and_label(step: int) -> Callable[[SpanEditor], object]:
    def press(edit: SpanEditor) -> None:
        edit.move(step, extend=True)
        edit.label("X")

    return press


TEXTS = st.just(TEXT) | st.sampled_from(
    [
        " a ",
        "   ",
        "x",
        "",
        "a.b",
        "é\u0301 👩\u200d💻  \r\n نص",
        "\u2028\x00\t",
        "a a  A a\na a",
        "हि हि हि",
        "aaaa aa",
    ]
)
A_SPAN = st.builds(
    lambda start, length, label: Span(start, start + length, label),
    st.integers(0, 18),
    st.integers(1, 6),
    st.sampled_from("XY"),
)
STEP = st.sampled_from([-1, 1])
PLACE = st.integers(0, 25)
MOVES: st.SearchStrategy[Callable[[SpanEditor], object]] = st.one_of(
    st.tuples(st.integers(-3, 3), st.booleans()).map(lambda move: lambda edit: edit.move(move[0], extend=move[1])),
    st.tuples(STEP, st.booleans()).map(lambda move: lambda edit: edit.move_by_word(move[0], extend=move[1])),
    st.tuples(PLACE, st.booleans()).map(lambda move: lambda edit: edit.move_to(move[0], extend=move[1])),
    st.tuples(PLACE, PLACE).map(lambda drag: lambda edit: edit.select(*drag)),
    STEP.map(lambda step: lambda edit: edit.move_to_span(step)),
)
EDITS: st.SearchStrategy[Callable[[SpanEditor], object]] = st.one_of(
    STEP.map(lambda step: lambda edit: edit.move_end(step)),
    STEP.map(lambda step: lambda edit: edit.move_start(step)),
    st.sampled_from("XYZ").map(lambda label: lambda edit: edit.label(label)),
    st.integers(-3, 3).map(select_and_label),
    st.sampled_from(
        [
            SpanEditor.delete,
            SpanEditor.split,
            SpanEditor.merge,
            SpanEditor.label_same,
            SpanEditor.delete_same,
            SpanEditor.undo,
            SpanEditor.redo,
        ]
    ),
)
TOGGLE: st.SearchStrategy[Callable[[SpanEditor], object]] = st.just(SpanEditor.toggle_characters)
KEYS = st.lists(MOVES | EDITS | TOGGLE, max_size=20)


def fitting(text: str, spans: list[Span], task: Task) -> Spans:
    """Return the `spans` that lie in `text` and that the task allows together."""
    fit: Spans = ()
    for span in spans:
        if span.end <= len(text) and (task.allows_overlap or not any(span.overlaps(other) for other in fit)):
            fit = (*fit, span)
    return tuple(sorted(set(fit)))


@settings(max_examples=300)
@given(TEXTS, st.lists(A_SPAN, max_size=5), st.sampled_from(Task), PLACE, KEYS)
def test_whatever_is_pressed_spans_lie_in_the_text_and_ner_spans_never_overlap(
    text: str, spans: list[Span], task: Task, at: int, keys: list[Callable[[SpanEditor], object]]
) -> None:
    edit = editor(*fitting(text, spans, task), task=task, text=text, at=at)
    for press in keys:
        press(edit)
        start, end = edit.selection
        assert 0 <= start <= end <= len(text)
        assert start < end or not text
        assert list(edit.spans) == sorted(set(edit.spans))
        assert all(0 <= span.start < span.end <= len(text) for span in edit.spans)
        if not task.allows_overlap:
            assert not any(one.overlaps(other) for one, other in combinations(edit.spans, 2))
        assert edit.current is None or edit.current in edit.spans
        assert edit.has_selection or edit.cursor == edit.anchor


@given(TEXTS, st.lists(A_SPAN, max_size=5), st.sampled_from(Task), PLACE, KEYS)
def test_undo_leads_back_to_the_beginning_and_redo_to_the_end_of_any_edit(
    text: str, spans: list[Span], task: Task, at: int, keys: list[Callable[[SpanEditor], object]]
) -> None:
    before = fitting(text, spans, task)
    edit = editor(*before, task=task, text=text, at=at)
    for press in keys:
        press(edit)
    while edit.redo():
        pass
    after = edit.spans
    while edit.undo():
        pass
    assert edit.spans == before
    while edit.redo():
        pass
    assert edit.spans == after


@given(TEXTS, st.sampled_from(Task), PLACE, st.lists(MOVES | EDITS, max_size=20))
def test_by_tokens_no_span_begins_or_ends_with_white_space(
    text: str, task: Task, at: int, keys: list[Callable[[SpanEditor], object]]
) -> None:
    edit = editor(task=task, text=text, at=at)
    for press in keys:
        press(edit)
        covered = [text[span.start : span.end] for span in edit.spans]
        assert all(words == words.strip() != "" for words in covered)


@given(st.lists(A_SPAN, max_size=5), PLACE, st.lists(STEP, max_size=12))
def test_growing_and_shrinking_back_restores_all_spans(spans: list[Span], at: int, steps: list[int]) -> None:
    before = tuple(span for span in fitting(TEXT, spans, Task.NER) if TEXT[span.start : span.end].strip())
    edit = editor(*before, at=at)
    edit.toggle_characters()
    for move in (edit.move_end, edit.move_start):
        was = edit.spans
        taken = [step for step in steps if move(step)]
        for step in reversed(taken):
            assert move(-step)
        assert edit.spans == was


def test_what_stands_right_after_a_span_is_merged_with_it() -> None:
    edit = editor(Span(0, 5, "X"), Span(5, 11, "Y"), text="Paris-Berlin", at=0)
    assert edit.merge()
    assert edit.spans == (Span(0, 11, "X"),)


@pytest.mark.parametrize(("words", "merges"), [(2, True), (3, True), (4, False)])
def test_merge_reaches_over_three_tokens(words: int, merges: bool) -> None:
    text = "B A " + "w " * words + "Z"
    edit = editor(Span(2, 3, "X"), Span(len(text) - 1, len(text), "X"), text=text, at=2)
    assert edit.merge() == merges


def test_the_span_that_was_made_is_the_current_one_though_a_shorter_one_lies_under_the_cursor() -> None:
    short = Span(4, 7, "VERB")
    edit = editor(short, Span(0, 11, "EVENT"), task=Task.SPANCAT, at=0)
    edit.move_to_span(1)
    edit.move_to(5)
    assert edit.current == short
    merging = editor(Span(0, 7, "A"), Span(4, 11, "B"), Span(4, 5, "C"), task=Task.SPANCAT, at=4)
    merging.move(-1, extend=True)
    assert merging.merge()
    assert merging.current == Span(0, 11, "A")


def test_a_span_is_not_split_at_its_start_nor_where_white_space_alone_would_be_left() -> None:
    edit = editor(Span(3, 8, "X"), at=4)
    assert not edit.split()
    characters = editor(Span(0, 4, "X"), at=0)
    characters.toggle_characters()
    assert not characters.split()
    characters.move(3)
    assert not characters.split()
    assert characters.spans == (Span(0, 4, "X"),)


def test_after_a_split_the_second_span_is_the_current_one() -> None:
    edit = editor(Span(8, 9, "LETTER"), task=Task.SPANCAT)
    edit.move(2, extend=True)
    edit.label("EVENT")
    assert edit.split()
    assert edit.spans == (Span(0, 7, "EVENT"), Span(8, 9, "LETTER"), Span(8, 11, "EVENT"))
    assert edit.current == Span(8, 11, "EVENT")


def test_the_cursor_starts_on_the_first_token() -> None:
    assert SpanEditor("I am", tokenize("I am"), (), Task.NER).cursor == 0


def test_what_stands_right_beside_the_selection_is_not_touched() -> None:
    text = "Paris-Berlin"
    left, right = Span(0, 5, "X"), Span(6, 12, "Y")
    edit = editor(left, right, text=text, at=5)
    edit.move(0, extend=True)
    assert (edit.current, edit.delete()) == (None, 0)
    assert edit.spans == (left, right)


def test_without_a_selection_only_the_current_span_is_deleted() -> None:
    edit = editor(ADA, Span(0, 11, "EVENT"), task=Task.SPANCAT, at=1)
    assert edit.delete() == 1
    assert edit.spans == (Span(0, 11, "EVENT"),)
    nothing = editor(ADA, at=5)
    assert nothing.delete() == 0


def test_a_label_on_the_selected_bounds_of_a_span_takes_its_place_for_good() -> None:
    edit = editor(Span(0, 7, "EVENT"))
    edit.move(1, extend=True)
    assert edit.label("PERSON")
    assert edit.spans == (Span(0, 7, "PERSON"),)
    assert edit.move_end(1)
    assert edit.move_start(1)
    assert edit.move_start(1)
    assert edit.spans == (BOB,)
    both = editor(ADA, task=Task.SPANCAT)
    both.move(0, extend=True)
    assert both.label("ORG")
    assert both.spans == (Span(0, 3, "ORG"), ADA)


def test_a_label_on_other_bounds_displaces_the_span_under_them_until_it_shrinks() -> None:
    edit = editor(ADA)
    edit.move(1, extend=True)
    assert edit.label("EVENT")
    assert (edit.spans, edit.displaced) == ((Span(0, 7, "EVENT"),), (ADA,))
    assert edit.move_start(1)
    assert edit.spans == (ADA, Span(4, 7, "EVENT"))


def test_where_no_span_is_under_the_cursor_nothing_moves_splits_or_is_labelled_elsewhere() -> None:
    edit = editor(ADA, at=5)
    assert not edit.move_end(1)
    assert not edit.move_start(1)
    assert not edit.split()
    assert edit.label_same() == (0, 0)
    assert edit.delete_same() == 0
    assert not editor().move_to_span(1)
    assert edit.move_to_span(1)


def test_a_label_says_that_it_was_given() -> None:
    assert editor(ADA).label("ORG")


def test_a_bound_moves_to_the_first_and_the_last_token_and_no_further() -> None:
    edit = editor(Span(0, 7, "X"))
    assert edit.move_end(-1)
    assert edit.spans == (Span(0, 3, "X"),)
    assert not edit.move_end(-1)
    assert not edit.move_start(-1)
    assert not edit.move_start(1)
    last = editor(Span(12, 19, "X"), at=16)
    assert not last.move_end(1)
    assert last.move_start(1)
    assert not last.move_start(1)
    assert last.spans == (Span(15, 19, "X"),)
    first = editor(BOB, at=8)
    assert first.move_start(-1)
    assert first.move_start(-1)
    assert first.spans == (Span(0, 11, "PERSON"),)


def test_the_cursor_goes_with_the_bound_that_would_leave_it_behind() -> None:
    edit = editor(Span(0, 19, "X"), at=16)
    assert edit.move_end(-1)
    assert edit.selection == (12, 14)
    edit.move_to(1)
    assert edit.move_start(1)
    assert edit.selection == (4, 7)
    inside = editor(Span(0, 19, "X"), at=8)
    assert inside.move_end(-1)
    assert inside.move_start(1)
    assert inside.selection == (8, 11)


def test_a_start_that_moves_back_brings_back_what_it_displaced() -> None:
    edit = editor(ADA, BOB, at=8)
    assert edit.move_start(-1)
    assert edit.move_start(-1)
    assert (edit.spans, edit.displaced) == ((Span(0, 11, "PERSON"),), (ADA,))
    assert edit.move_start(1)
    assert edit.spans == (ADA, Span(4, 11, "PERSON"))


def test_undo_brings_the_selection_and_what_was_displaced_back() -> None:
    edit = editor(ADA)
    edit.move(1, extend=True)
    edit.label("EVENT")
    edit.label("ORG")
    assert edit.undo()
    assert edit.move_end(-1)
    assert edit.move_start(1) is False
    edit.undo()
    assert edit.undo()
    assert edit.has_selection
    assert edit.selection == (0, 7)
    assert edit.redo()
    assert not edit.has_selection
    assert edit.move_start(1)
    assert edit.spans == (ADA, Span(4, 7, "EVENT"))


def test_undo_brings_back_which_of_several_spans_was_current() -> None:
    short, long = Span(4, 7, "VERB"), Span(0, 11, "EVENT")
    made = editor(short, long, task=Task.SPANCAT, at=8)
    made.label("ORG")
    made.move(-1)
    assert made.current == Span(0, 11, "ORG")
    made.delete()
    assert made.spans == (short,)
    made.undo()
    assert made.current == Span(0, 11, "ORG")


def test_labelling_the_same_text_keeps_the_span_and_counts_each_that_is_in_the_way() -> None:
    text = "Ada Ada Ada"
    edit = editor(Span(0, 3, "X"), Span(4, 6, "Y"), Span(8, 10, "Y"), text=text)
    assert edit.label_same() == (0, 2)
    labelled = editor(Span(0, 1, "Z"), text=text, task=Task.SPANCAT)
    labelled.move(0, extend=True)
    labelled.label("X")
    assert labelled.label_same() == (2, 0)
    assert labelled.current == Span(0, 3, "X")


def test_word_moves_extend_the_selection_to_the_ends_of_the_text() -> None:
    edit = editor(at=4)
    for _ in range(9):
        edit.move_by_word(1, extend=True)
    assert (edit.selection, edit.has_selection) == ((4, 19), True)
    for _ in range(9):
        edit.move_by_word(-1, extend=True)
    assert edit.selection == (0, 7)
    edit.move_by_word(1)
    edit.move_by_word(-1)
    assert edit.selection == (0, 3)
    indented = editor(text="- Ada", at=2)
    indented.move_by_word(-1)
    assert indented.selection == (0, 1)


def test_moving_to_a_place_extends_the_selection_if_asked() -> None:
    edit = editor()
    edit.move_to(9, extend=True)
    assert (edit.selection, edit.has_selection) == ((0, 11), True)
    edit.move_to(5)
    assert (edit.selection, edit.has_selection) == ((4, 7), False)


def test_from_between_spans_the_next_and_the_previous_one_are_reached() -> None:
    spans = ADA, BOB, Span(15, 19, "GPE")
    for step, expected in ((1, spans[2]), (-1, spans[1])):
        edit = editor(*spans, at=12)
        assert edit.move_to_span(step)
        assert edit.current == expected


def test_the_cursor_ends_where_the_mouse_was_let_go() -> None:
    for anchor, position, cursor in ((0, 9, 2), (9, 0, 0)):
        edit = editor()
        edit.select(anchor, position)
        assert (edit.selection, edit.cursor) == ((0, 11), cursor)
    one = editor()
    one.select(9, 9)
    assert (one.cursor, one.anchor, one.has_selection) == (2, 2, True)


def test_a_selection_stays_and_grows_at_its_end_when_characters_take_over() -> None:
    forth = editor()
    forth.move(1, extend=True)
    forth.toggle_characters()
    assert forth.selection == (0, 7)
    forth.move(1, extend=True)
    assert forth.selection == (0, 8)
    back = editor(at=4)
    back.move(-1, extend=True)
    back.toggle_characters()
    assert back.selection == (0, 7)
    back.move(1, extend=True)
    assert back.selection == (1, 7)
    back.toggle_characters()
    assert back.selection == (0, 7)


def test_after_a_merge_the_merged_span_is_the_current_one() -> None:
    edit = editor(Span(0, 7, "A"), Span(4, 7, "C"), Span(8, 11, "B"), task=Task.SPANCAT)
    edit.move_to_span(1)
    edit.move_to_span(-1)
    edit.move(1)
    assert edit.current == Span(0, 7, "A")
    assert edit.merge()
    assert edit.current == Span(0, 11, "A")


def test_a_move_to_the_first_word_stops_there_where_something_else_stands_before_it() -> None:
    edit = SpanEditor("「Ada met", [(0, 1), (1, 4), (5, 8)], (), Task.NER, 5)
    edit.move_by_word(-1)
    assert edit.selection == (1, 4)
    edit.move_by_word(-1)
    assert edit.selection == (0, 1)


def test_a_selected_token_grows_at_its_end_when_characters_take_over() -> None:
    edit = editor()
    edit.move(0, extend=True)
    edit.toggle_characters()
    edit.move(1, extend=True)
    assert edit.selection == (0, 4)


def test_where_tokens_touch_a_span_never_becomes_empty_and_the_cursor_stays_on_it() -> None:
    text = "Paris-Berlin"
    dash = editor(Span(5, 6, "X"), text=text, at=5)
    assert not dash.move_end(-1)
    assert not dash.move_start(1)
    whole = editor(Span(0, 12, "X"), text=text)
    assert whole.move_start(1)
    assert whole.selection == (5, 6)
    last = editor(Span(0, 12, "X"), text=text, at=6)
    assert last.move_end(-1)
    assert last.selection == (5, 6)
