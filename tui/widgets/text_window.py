"""What a text view shows of a long text: a window around one place, with all that lies in it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from rich.text import Text

from tiebreak.core.records import Span, Spans
from tiebreak.tui.text.render import Palette, answer_text
from tiebreak.tui.text.window import window_of
from tiebreak.tui.widgets.text_view import TextState

_CUT = "…"
_FEW = 80  # characters of a span that is shown whole


def answer_in_window(state: TextState, palette: Palette) -> Text:
    """Return the answer within a window: the spans at its place first, or that there are none."""
    start, end = state.focus or (0, 0)
    here = [span for span in state.answer if span.start < end and start < span.end]
    others = [span for span in state.answer if span not in here]
    answer = answer_text(state.text, (*here, *others), state.proposals, palette, here[0] if here else None)
    if not here and others:
        heading = answer_text("", (), (), palette).plain.index("no spans")
        answer = answer[:heading] + Text("nothing here   ", "dim") + answer[heading:]
    return answer


def _with_spans(state: TextState, start: int, end: int) -> tuple[int, int]:
    """Return a window that cuts through no span of a few words."""
    spans = [span for spans in (state.answer, *state.lanes.values()) for span in spans]
    cut = [span for span in spans if span.start < end and start < span.end and span.end - span.start <= _FEW]
    return min([start, *(span.start for span in cut)]), max([end, *(span.end for span in cut)])


def windowed(state: TextState, words: int) -> TextState:
    """Return `state` cut to so many words on each side of its focus; `…` stands at each cut."""
    if state.focus is None:
        return state
    start, end = _with_spans(state, *window_of(state.text, *state.focus, words))
    before = f"{_CUT} " if start > 0 else ""
    after = f" {_CUT}" if end < len(state.text) else ""
    by = len(before) - start

    def within(spans: Iterable[Span]) -> Spans:
        return tuple(
            [
                span._replace(start=max(span.start, start) + by, end=min(span.end, end) + by)
                for span in spans
                if span.start < end and start < span.end
            ]
        )

    return replace(
        state,
        text=f"{before}{state.text[start:end]}{after}",
        lanes={name: within(spans) for name, spans in state.lanes.items()},
        answer=within(state.answer),
        focus=(state.focus[0] + by, state.focus[1] + by),
        proposals=tuple([within(spans) for spans in state.proposals]),
        places=(),
    )
