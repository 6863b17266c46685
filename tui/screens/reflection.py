"""The reflection: what the session has taught, and what to do next. It comes at the end of the hour, or by its key."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar

from rich.console import Group, RenderableType
from rich.markdown import Markdown
from rich.text import Text
from textual.binding import BindingType

from tiebreak.core.insight.estimates import Estimates
from tiebreak.core.insight.learned import LearnedAlike
from tiebreak.core.insight.reflection import Reflection
from tiebreak.core.insight.report import Report
from tiebreak.core.selection.filter import QueueFilter
from tiebreak.tui.commands import REFLECT, bindings_of
from tiebreak.tui.pages.estimates_page import estimates_markdown
from tiebreak.tui.pages.reflection_page import PageLink, draw_reflection
from tiebreak.tui.pages.report_page import report_markdown
from tiebreak.tui.screens.page import PageScreen

_NOWHERE = -1  # the focus while no finding is marked


def _page(text: str) -> Markdown:
    return Markdown(text, hyperlinks=False)


class ReflectionScreen(PageScreen):
    """Shows the estimates, the findings of the `reflection`, and the report with what was `learned`.

    Reflection and learned are None if they must stay hidden. `go_through` gets the filter of the finding that the
    annotator chooses. `why` says why the screen has come.
    """

    COMMANDS_HERE = REFLECT
    BINDINGS: ClassVar[list[BindingType]] = [*bindings_of(REFLECT)]

    def __init__(
        self,
        report: Report,
        estimates: Estimates,
        learned: Sequence[LearnedAlike] | None,
        reflection: Reflection | None,
        go_through: Callable[[QueueFilter], None],
        *,
        blind: bool,
        why: str = "",
    ) -> None:
        title = Text.assemble((" REFLECTION ", "bold reverse"), f" {why or 'what this session has taught so far'}")
        self._first = _page(estimates_markdown(estimates, report.pace, blind=blind))
        self._report = _page(report_markdown(report, None, learned, with_open=False, blind=blind))
        self._reflection = reflection
        self._go_through = go_through
        self._focus = 0 if reflection is not None and reflection.findings else _NOWHERE
        self._acts: Sequence[PageLink] = ()
        super().__init__(title, self._content())

    def _content(self) -> RenderableType:
        if self._reflection is None:
            return Group(self._first, self._report)
        drawn = draw_reflection(self._reflection, self._focus)
        self._acts = drawn.links
        return Group(self._first, drawn.content, self._report)

    def do_next(self) -> None:
        self._move(1)

    def do_previous(self) -> None:
        self._move(-1)

    def _move(self, step: int) -> None:
        if not self._acts:
            return
        if self._focus == _NOWHERE and step < 0:
            self._focus = 0  # so that the last one is next
        self._focus = (self._focus + step) % len(self._acts)
        self.page.show(self._content(), scrolled=True)
        line = self._acts[self._focus].line + self.page.height_of(self._first)
        top, height = round(self.page.scroll_y), self.page.size.height
        if not top <= line < top + height - 1:
            self.page.scroll_to(y=max(line - height // 2, 0), animate=False)

    def do_show(self) -> None:
        self.dismiss()
        if self._acts and self._focus != _NOWHERE:
            self._go_through(self._acts[self._focus].queue)

    def do_quit(self) -> None:
        self.tiebreak.ask_to_leave()
