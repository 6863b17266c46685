"""The text view and the list of differences: what they show, what they fold, and the messages after a click."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from textual.app import App, ComposeResult
from textual.message import Message

from tiebreak.core.records import Span
from tiebreak.tui.widgets.difference_list import DifferenceList, DifferenceRow, ReadingCell
from tiebreak.tui.widgets.lines import LinesWidget
from tiebreak.tui.widgets.text_view import TextState, TextView

LONG = "\n".join(f"Paragraph {number}: Acme Corp met Uber in Paris, and nobody knew why." for number in range(40))
AGREED = tuple(
    Span(at, at + 4, "ORG") for number in range(40) for at in [LONG.index("Acme", LONG.index(f"h {number}:"))]
)
LAST = LONG.rindex("Paris")
PARIS = Span(LAST, LAST + 5, "LOCATION")


class WidgetApp(App[None]):
    """A widget, and the messages that it sent."""

    def __init__(self, widget: LinesWidget) -> None:
        super().__init__()
        self.widget = widget
        self.said: list[Message] = []

    def compose(self) -> ComposeResult:
        yield self.widget

    def on_text_view_selected(self, message: TextView.Selected) -> None:
        self.said.append(message)

    def on_difference_list_chosen(self, message: DifferenceList.Chosen) -> None:
        self.said.append(message)


def state(focus: tuple[int, int] = PARIS[:2], answer: Sequence[Span] = AGREED) -> TextState:
    proposals = (AGREED, (*AGREED, PARIS))
    lanes = {"spacy": proposals[0], "llm": proposals[1]}
    return TextState(LONG, lanes, tuple(answer), focus, ("A", "B"), proposals, places=[PARIS[:2]])


async def test_agreed_stretches_fold_and_unfold_and_the_focus_stays_in_sight() -> None:
    view = TextView()
    async with WidgetApp(view).run_test(size=(80, 9)) as pilot:
        view.show(state())
        assert any("⋯ 38 paragraphs, 38 agreed spans" in line for line in view.plain_lines)
        assert any("LOCATION" in line for line in view.plain_lines)
        assert view.toggle_folds()
        assert not view.has_folds
        assert any("LOCATION" in line for line in view.plain_lines)
        assert not view.toggle_folds()
        await pilot.resize_terminal(50, 12)
        await pilot.pause()
        assert view.has_folds
        assert any("LOCATION" in line for line in view.plain_lines)


async def test_what_a_person_added_is_never_folded_away() -> None:
    view = TextView()
    async with WidgetApp(view).run_test(size=(80, 40)):
        at = LONG.index("Uber", LONG.index("h 20:"))
        view.show(state(answer=(*AGREED, Span(at, at + 4, "ORG"))))
        shown = "\n".join(view.plain_lines)
        assert "Paragraph 20" in shown
        assert "⋯ 19 paragraphs, 19 agreed spans" in shown


async def test_what_fits_is_not_folded() -> None:
    view = TextView()
    async with WidgetApp(view).run_test(size=(120, 100)):
        view.show(state())
        assert not view.has_folds


async def test_a_click_on_a_fold_opens_it() -> None:
    view = TextView()
    async with WidgetApp(view).run_test(size=(80, 9)) as pilot:
        view.show(state())
        view.scroll_rows(-100)
        at = next(y for y, line in enumerate(view.plain_lines) if "⋯" in line)
        await pilot.mouse_down(view, offset=(4, at))
        assert not view.has_folds


async def test_dragging_says_the_code_points() -> None:
    view = TextView()
    app = WidgetApp(view)
    async with app.run_test(size=(80, 9)) as pilot:
        view.show(TextState("Uber hires 优步 Ada"))
        await pilot.mouse_down(view, offset=(2, 0))
        await pilot.hover(view, offset=(16, 0))
        await pilot.mouse_up(view, offset=(16, 0))
        await pilot.pause()
        last = app.said[-1]
        assert isinstance(last, TextView.Selected)
        assert (last.anchor, last.position, last.done) == (0, 12, True)


async def test_what_all_agree_on_has_one_lane_and_same_readings_share_one() -> None:
    view = TextView()
    ada, bob = Span(0, 3, "PERSON"), Span(8, 11, "PERSON")
    lanes = {"a": (ada, bob), "b": (ada,), "c": (ada, bob)}
    async with WidgetApp(view).run_test(size=(80, 9)):
        view.show(TextState("Ada and Bob went", lanes, (ada,), (8, 11), "ABC", tuple(lanes.values())))
        signs = [line.split()[0] for line in view.plain_lines if line.strip() and not line.startswith(" ")]
        assert signs == ["AC", "="]


@pytest.mark.parametrize("width", [60, *(pytest.param(each, marks=pytest.mark.full) for each in (80, 120))])
async def test_the_focused_difference_tells_five_readings_in_full(width: int) -> None:
    said = ["PERSON Ada", "PERSON Ada Lovelace", "–", "ORG Lovelace of Acme", "PERSON Lovelace"]
    cells = [ReadingCell("ABCDE"[number], text, number, number == 0) for number, text in enumerate(said)]
    rows = [DifferenceRow("mixed", cells, "", confirmed=False)] * 3
    widget = DifferenceList()
    app = WidgetApp(widget)
    async with app.run_test(size=(width, 24)) as pilot:
        widget.show(rows, 1)
        shown = " ".join(" ".join(widget.plain_lines).split())
        assert all(f"{letter} {text}" in shown for letter, text in zip("ABCDE", said, strict=True))
        y = next(y for y, line in enumerate(widget.plain_lines) if "▶" in line)
        await pilot.click(widget, offset=(14, y))
        await pilot.pause()
        last = app.said[-1]
        assert isinstance(last, DifferenceList.Chosen)
        assert (last.index, last.reading) == (1, 0)


async def test_hostile_texts_are_laid_out() -> None:
    for text in ("e" + "\u0301" * 64_000, "x" * 64_000, "\ufe0f" * 64_000, "\n" * 64_000, "का" * 32_000):
        view = TextView()
        async with WidgetApp(view).run_test(size=(80, 9)):
            view.show(TextState(text, {"a": (Span(10, 20, "A"),)}, focus=(63_000, 63_001), places=[(10, 20)]))
            assert view.plain_lines
