"""The list of examples: those of the filter, or all of them. A million rows scroll as ten do."""

from __future__ import annotations

from array import array
from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import BindingType

from tiebreak.core.errors import TiebreakError
from tiebreak.core.queue.lookups import Lookups
from tiebreak.core.records import ExampleRow
from tiebreak.core.selection.filter import EVERYTHING, AnyOrder, Order, QueueFilter
from tiebreak.tui.commands import LIST, bindings_of
from tiebreak.tui.jobs import run_latest
from tiebreak.tui.screens.base import CommandScreen
from tiebreak.tui.text.render import visible
from tiebreak.tui.widgets.example_list import ExampleList

_AHEAD = 100  # rows; so many are read before and after those in sight
_KEPT = 2000  # rows; beyond them the list forgets those out of sight


class ExampleListScreen(CommandScreen[int | None]):
    """Returns the id of the chosen example, or None."""

    COMMANDS_HERE = LIST
    BINDINGS: ClassVar[list[BindingType]] = [*bindings_of(LIST)]

    def __init__(
        self, lookups: Lookups, queue: QueueFilter, order: AnyOrder, current: int | None, *, shows_values: bool
    ) -> None:
        super().__init__()
        self.lookups = lookups
        self.queue = queue
        self.order = order
        self.list = ExampleList()
        self.ids: array[int] = array("q")
        self._current = current
        self._shows_values = shows_values
        self._everything = False
        self._listed = False
        self._rows: dict[int, ExampleRow] = {}

    def compose(self) -> ComposeResult:
        yield from (self.header, self.list, self.message, self.footer, self.too_small)

    def on_mount(self) -> None:
        self.call_after_refresh(self._list)

    def _list(self) -> None:
        self._listed = False
        self.draw()
        run_latest(self, "list", self._find)

    async def _find(self) -> None:
        queue = EVERYTHING if self._everything else self.queue.listed
        try:
            found = await self.tiebreak.jobs.beside(self.lookups.find, queue, self.order)
            at = await self.tiebreak.jobs.beside(_place, found.ids, self._current)
        except TiebreakError as error:
            self.complain(error)
            return
        self.ids, self._rows, self._listed = found.ids, {}, True
        nothing = f"This list is empty; {self.key_of('all')} shows all examples."
        self.list.with_values = self._shows_values and self.order is Order.VALUE
        self.list.show(len(self.ids), self._rows, at, nothing)
        self.draw()

    def draw(self) -> None:
        header = Text().append(" LIST ", "bold reverse")
        asked = visible(" · ".join(self.queue.chips)) or "the queue"
        header.append("  all examples" if self._everything else f"  {asked}")
        by = "by " if self.order in (Order.VALUE, Order.DISAGREEMENT) else ""
        header.append(f" · {by}{self.order.shown_name}")
        if self._listed and len(self.ids):
            header.append(f" · {self.list.cursor + 1:,} of {len(self.ids):,}", "bold")
        elif not self._listed:
            header.append(" · looking them up…", "dim")
        self.header.show(header)

    async def on_example_list_wanted(self, wanted: ExampleList.Wanted) -> None:
        run_latest(self, "rows", self._fetch, wanted.first, wanted.end)

    async def _fetch(self, first: int, end: int) -> None:
        ids = self.ids
        numbers = [
            number for number in range(max(0, first - _AHEAD), min(end + _AHEAD, len(ids))) if number not in self._rows
        ]
        try:
            rows = await self.tiebreak.jobs.beside(self.lookups.rows, [ids[number] for number in numbers])
        except TiebreakError as error:
            self.complain(error)
            return
        if ids is not self.ids:
            return
        if len(self._rows) > _KEPT:
            self._rows = {number: row for number, row in self._rows.items() if first <= number < end}
        by_id = {row.id: row for row in rows}
        self._rows.update({number: by_id[ids[number]] for number in numbers if ids[number] in by_id})
        self.list.take_rows(self._rows)

    def on_example_list_opened(self, opened: ExampleList.Opened) -> None:
        self.dismiss(self.ids[opened.row])

    def _move(self, step: int) -> None:
        self.list.move(step)
        self.draw()

    def do_down(self) -> None:
        self._move(1)

    def do_up(self) -> None:
        self._move(-1)

    def do_page_down(self) -> None:
        self._move(self.list.page)

    def do_page_up(self) -> None:
        self._move(-self.list.page)

    def do_first(self) -> None:
        self._move(-len(self.ids))

    def do_last(self) -> None:
        self._move(len(self.ids))

    def do_all(self) -> None:
        if self._listed and len(self.ids):
            self._current = self.ids[self.list.cursor]
        self._everything = not self._everything
        self._list()

    def do_order(self) -> None:
        if self._listed and len(self.ids):
            self._current = self.ids[self.list.cursor]
        self.order = self.queue.order_after(self.order)
        self._list()

    def do_open(self) -> None:
        if self._listed and len(self.ids):
            self.dismiss(self.ids[self.list.cursor])

    def do_back(self) -> None:
        self.dismiss(None)


def _place(ids: array[int], example_id: int | None) -> int:
    """Return the place of the example in the list, 0 if it is not there."""
    try:
        return ids.index(-1 if example_id is None else example_id)
    except ValueError:
        return 0
