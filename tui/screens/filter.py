"""The filter line: it counts and shows what it finds while the annotator types."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from itertools import count
from typing import TYPE_CHECKING, ClassVar, cast

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.screen import ModalScreen

from tiebreak.core.errors import FilterError, TiebreakError
from tiebreak.core.queue.default_queue import with_default_status
from tiebreak.core.queue.lookups import FoundExamples, Lookups
from tiebreak.core.selection.filter import KEYS, VALUES, AnyOrder, QueueFilter, quoted_name
from tiebreak.core.store.searching import Names, SupersededError
from tiebreak.tui.commands import FILTER, key_of, typing_bindings
from tiebreak.tui.jobs import Jobs, run_latest
from tiebreak.tui.screens.closing import ClosesOnce
from tiebreak.tui.screens.prompt import TypedLine
from tiebreak.tui.text.render import shorten, visible
from tiebreak.tui.ways_out import message_of
from tiebreak.tui.widgets.bars import TextBar
from tiebreak.tui.widgets.example_list import ExampleRows

if TYPE_CHECKING:
    from tiebreak.tui.screens.application import Application

MOST_TYPED = 500  # characters
_NOTHING = f"Nothing matches. Change the line, or empty it and press {key_of(FILTER, 'take')}: no filter."
_PAUSE = 0.12  # seconds without a key; then the line is looked up
_AGAIN = 0.7  # seconds between two look-ups while the index of words grows
_HINT = (
    'words "a phrase" label: kind: pair:a,b status: is:flagged has:note note: annotator: score:>0.5 · '
    f"{key_of(FILTER, 'complete')} completes"
)


class FilterScreen(ModalScreen[QueueFilter | None], ClosesOnce[QueueFilter | None]):
    """Returns the filter, or None if the annotator goes back; `keys_pressed` counts the keys."""

    DEFAULT_CSS = """
    FilterScreen { align: left bottom; background: transparent; }
    FilterScreen > TextBar, FilterScreen > Input { background: $panel; }
    FilterScreen > ExampleRows { background: $surface; max-height: 40%; border-top: solid $primary; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [*typing_bindings(FILTER)]
    AUTO_FOCUS = None

    def __init__(
        self,
        lookups: Lookups,
        queue: QueueFilter,
        order: AnyOrder,
        *,
        whole: QueueFilter,
        blind: bool,
        index: Callable[[], None],
    ) -> None:
        super().__init__()
        self.whole = whole
        line = "" if queue == whole else str(queue)
        self.lookups = lookups
        self.order = order
        self.keys_pressed = 0
        self.state = TextBar("filter-state")
        self.rows = ExampleRows("found")
        self.hint = TextBar("filter-hint")
        self.input = TypedLine(line + " " * bool(line), compact=True, max_length=MOST_TYPED)
        self._blind = blind
        self._fill_index = index
        self._names = Names((), (), ())
        self._looks = count(1)
        self._look = 0
        self._completing: tuple[str, list[str], int] | None = None  # the beginning, the candidates, the one chosen

    @property
    def _jobs(self) -> Jobs:
        return cast("Application", self.app).jobs

    def compose(self) -> ComposeResult:
        yield from (self.rows, self.state, self.input, self.hint)

    async def on_mount(self) -> None:
        self.input.cursor_blink = False
        self.set_focus(self.input)
        self.hint.show(Text(f" {_HINT}", "dim"))
        self._look_up(0.0)
        try:
            self._names = await self._jobs.beside(self.lookups.names)
        except TiebreakError as error:
            self._say(message_of(error), error=True)

    def on_unmount(self) -> None:
        self._look = next(self._looks)  # the look-up under way is for nothing

    def on_input_changed(self) -> None:
        if self._completing is not None and self.input.value != self._line(self._completing):
            self._completing = None
        self._look_up(_PAUSE)

    def _look_up(self, pause: float) -> None:
        """Look up the line after `pause` seconds, in place of an older look-up."""
        self._look = next(self._looks)
        run_latest(self, "look", self._find, self._look, pause)

    async def _find(self, look: int, pause: float) -> None:
        await asyncio.sleep(pause)
        try:
            queue = with_default_status(QueueFilter.parse(self.input.value), self.whole)
            found = await self._jobs.beside(self.lookups.find, queue, self.order, lambda: look != self._look)
            rows = await self._jobs.beside(self.lookups.rows, list(found.ids[: max(self.rows.size.height, 8)]))
            self.rows.show(rows, empty=_NOTHING)
            self._say(self._summary(queue, found) + await self._elsewhere(queue, found, look))
        except SupersededError:
            return
        except FilterError as error:
            self._say(message_of(error), error=True)
            return
        except TiebreakError as error:
            self._say(message_of(error), error=True)
            return
        if queue.words and not found.index.complete:
            self._look_up(_AGAIN)

    def _summary(self, queue: QueueFilter, found: FoundExamples) -> str:
        take, back = key_of(FILTER, "take"), key_of(FILTER, "back")
        words = f"{len(found.ids):,} {' or '.join(queue.statuses)} · {take} goes through them, {back} goes back"
        index = found.index
        if queue.words and not index.possible:
            words += " · this SQLite has no FTS5: words are looked for in every text"
        elif queue.words and not index.complete:
            words += f" · the words of {index.indexed:,} of {index.examples:,} texts are known so far"
        return words

    async def _elsewhere(self, queue: QueueFilter, found: FoundExamples, look: int) -> str:
        """Return how many examples of any status there are, if none waits."""
        if len(found.ids) or queue.statuses == ("all",):
            return ""
        every = queue.with_statuses("all")
        others = await self._jobs.beside(self.lookups.find, every, self.order, lambda: look != self._look)
        return f" · {len(others.ids):,} with status:all" if len(others.ids) else ""

    def _say(self, message: str, *, error: bool = False) -> None:
        self.state.show(
            Text.assemble((" FILTER ", "bold reverse"), (f" {visible(message)}", "bold red" if error else ""))
        )

    def on_input_submitted(self) -> None:
        self.do_take()

    def action_do(self, name: str, key: str) -> None:
        """Run a command."""
        getattr(self, f"do_{name}")()

    def do_take(self) -> None:
        try:
            queue = with_default_status(QueueFilter.parse(self.input.value), self.whole)
        except FilterError as error:
            self._say(message_of(error), error=True)
            return
        self.dismiss(queue)

    def do_back(self) -> None:
        self.dismiss(None)

    def do_complete(self) -> None:
        """Put in the next completion of the end of the line."""
        if self._completing is None:
            stays, candidates = completions(self.input.value, self._names, blind=self._blind)
            if not candidates:
                self._say("nothing to complete here; " + _HINT)
                return
            self._completing = stays, candidates, -1
        stays, candidates, at = self._completing
        self._completing = stays, candidates, (at + 1) % len(candidates)
        self.input.value = self._line(self._completing)
        self.input.cursor_position = len(self.input.value)
        self.hint.show(Text(" " + "  ".join(shorten(each, 24) for each in candidates[:30]), "dim"))

    def _line(self, completing: tuple[str, list[str], int]) -> str:
        stays, candidates, at = completing
        return (stays + candidates[at])[:MOST_TYPED]


def completions(line: str, names: Names, *, blind: bool = False) -> tuple[str, list[str]]:
    """Return the part of `line` that stays, and the completions of its end: keys, or values of the key there."""
    match = re.search(r'(?:(?P<key>[a-z]+):(?:[^\s,]*,)*)?(?P<begun>"?[^\s,"]*)\Z', line)
    if match is None:
        return line, []
    key, begun = match["key"], match["begun"].strip('"').casefold()
    predictors = () if blind else names.predictors
    said = [f"{name}={label}" for name in predictors for label in ("", *names.labels)]
    known = {"label": names.labels, "pair": predictors, "says": said, "annotator": names.annotators, **VALUES}
    values = [quoted_name(name) for name in known.get(key or "", ())]
    candidates = [f"{each}:" for each in (*KEYS, *names.meta)] if key is None else values
    fitting = [each for each in candidates if each.strip('"').casefold().startswith(begun)]
    return line[: match.start("begun")], fitting
