"""The window of a text around one place."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tiebreak.core.records import Span
from tiebreak.tui.text.window import window_of
from tiebreak.tui.widgets.text_view import TextState
from tiebreak.tui.widgets.text_window import windowed

TEXTS = st.text(alphabet="ab \n\u0301好", min_size=1, max_size=400)


@st.composite
def places(draw: st.DrawFn) -> tuple[str, int, int]:
    text = draw(TEXTS)
    start = draw(st.integers(0, len(text) - 1))
    return text, start, draw(st.integers(start + 1, len(text)))


@given(places(), st.integers(1, 25))
def test_a_window_holds_its_place_and_as_many_whole_words_as_there_are(place: tuple[str, int, int], words: int) -> None:
    text, start, end = place
    first, last = window_of(text, start, end, words)
    assert 0 <= first <= start < end <= last <= len(text)
    before, after = text[first:start].split(), text[end:last].split()
    assert len(before) == min(words, len(text[max(start - 240, 0) : start].split())) or start > 240
    assert len(after) == min(words, len(text[end : end + 240].split())) or len(text) - end > 240
    if first > 0 and start <= 240:
        assert text[first - 1].isspace()
    if last < len(text) and len(text) - end <= 240:
        assert text[last].isspace()


def test_a_window_of_a_text_without_blanks_is_cut_all_the_same() -> None:
    assert window_of("好" * 10_000, 5000, 5002, 20) == (4760, 5242)


@given(places(), st.integers(1, 25))
def test_what_lies_in_the_window_covers_the_same_words(place: tuple[str, int, int], words: int) -> None:
    text, start, end = place
    spans = (Span(start, end, "A"), Span(0, len(text), "B"))
    state = windowed(TextState(text, {"a": spans}, spans, (start, end), proposals=(spans,)), words)
    assert state.focus is not None
    assert state.text[slice(*state.focus)] == text[start:end]
    assert state.lanes["a"][0] == (*state.focus, "A")
    inside = state.lanes["a"][1]
    assert state.text[inside.start : inside.end] in text
    assert state.answer == state.lanes["a"] == state.proposals[0]


def test_a_short_span_at_the_end_of_the_window_is_shown_whole() -> None:
    text = "one two three four five"
    span = Span(text.index("two"), text.index("four") + 4, "A")
    state = windowed(TextState(text, {"a": (span,)}, (), (0, 3)), 1)
    assert state.text == "one two three four …"
