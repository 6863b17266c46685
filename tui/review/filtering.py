"""The commands that choose which examples come next: filter, order and list; and the queue beside the text."""

from __future__ import annotations

import asyncio
from array import array
from functools import partial

from rich.text import Text

from tiebreak.core.errors import TiebreakError
from tiebreak.core.queue.default_queue import with_default_status
from tiebreak.core.selection.filter import AnyOrder, Order, QueueFilter
from tiebreak.tui.review.counting import Counting
from tiebreak.tui.review.view import Controller, ReviewView
from tiebreak.tui.text.render import shorten, visible
from tiebreak.tui.widgets.bars import TextBar
from tiebreak.tui.widgets.example_list import ExampleRows

PANEL_FROM = 160  # columns; from then on the queue stands beside the text
PANEL_WIDTH = 60  # columns
_PANEL_DELAY = 0.15  # seconds after which the queue beside the text follows the example on screen


class Filtering(Controller):
    """Filter, order and list. `chips` and `panel` show what the annotator asked for, and what comes next."""

    def __init__(self, view: ReviewView, counting: Counting, chips: TextBar, panel: ExampleRows) -> None:
        super().__init__(view)
        self._counting = counting
        self._chips = chips
        self._panel = panel
        self._asks_for_order = False  # whether the look-up under way is for an order

    def show_chips(self) -> None:
        """Show the filter and the order in a row of their own, unless they are the sitting's own."""
        session = self.view.session
        chips = [] if session.queue == session.whole else list(session.queue.chips)
        if session.evidence is None and session.order not in (Order.DISAGREEMENT, session.order_by_itself):
            chips.append(f"order: {session.order.shown_name}")
        self._chips.set_class(bool(chips), "shown")
        text = Text(" ")
        for chip in chips:
            text.append(f"[{shorten(chip, 40)}]", "bold").append(" ")
        self._chips.show(text)

    def show_queue(self) -> None:
        """Show the queue beside the text if there is room; a moment later, so that no key waits for it."""
        self._panel.display = self.view.app.size.width >= PANEL_FROM
        if self._panel.display:
            self.view.in_background("queue panel", self._fill_panel)

    async def _fill_panel(self) -> None:
        await asyncio.sleep(_PANEL_DELAY)
        jobs, session = self.view.tiebreak.jobs, self.view.session
        current = self._current
        try:
            ids = await jobs.run(session.upcoming, max(self._panel.size.height, 1))
            if current is not None:
                ids = [current, *(each for each in ids if each != current)]
            rows = await jobs.beside(self.view.tiebreak.lookups.rows, ids)
        except TiebreakError:
            return  # the next key meets the same error, and shows it
        self._panel.with_values = session.options.shows_values and session.order is Order.VALUE
        self._panel.show(rows, current, "Nothing is left.")

    @property
    def _current(self) -> int | None:
        """The id of the example on screen."""
        return None if self.view.review is None else self.view.review.item.example.id

    def do_filter(self) -> None:
        from tiebreak.tui.screens.filter import FilterScreen

        session = self.view.session
        self.fill_index()
        screen = FilterScreen(
            self.view.tiebreak.lookups,
            session.queue,
            session.order,
            whole=session.whole,
            blind=session.options.blind,
            index=self.fill_index,
        )

        def chosen(queue: QueueFilter | None) -> None:
            self.view.keys_pressed += screen.keys_pressed
            if queue is not None and queue != session.queue:
                self._look_up(queue, session.order, is_asked=False, and_open=queue != session.whole)

        self.view.app.push_screen(screen, chosen)

    def go_through(self, queue: QueueFilter) -> None:
        """Go on with the examples of a filter, from the first one."""
        self._look_up(queue, self.view.session.order, is_asked=False, and_open=True)

    def do_order(self) -> None:
        session = self.view.session
        self._look_up(session.queue, session.queue.order_after(session.order), is_asked=True, and_open=False)

    def _look_up(self, queue: QueueFilter, order: AnyOrder, *, is_asked: bool, and_open: bool) -> None:
        """Look up another queue. The sitting keeps an order that the annotator asked for (`is_asked`)."""
        session = self.view.session
        queue = with_default_status(queue, session.whole)
        self.view.say("looking up what the filter finds…" if and_open else f"looking up the order: {order.shown_name}…")
        self._asks_for_order = is_asked or session.evidence is None
        self.view.in_background("set queue", self._set_queue, queue, order, and_open)

    async def _set_queue(self, queue: QueueFilter, order: AnyOrder, and_open: bool) -> None:
        """Go on with another queue; open its first example if the filter is new or nothing is on screen."""
        view = self.view
        jobs, session, app = view.tiebreak.jobs, view.session, view.tiebreak
        try:
            ids: array[int] = (await jobs.beside(app.lookups.find, queue, order)).ids
            await jobs.run(partial(session.set_queue, is_asked=self._asks_for_order), queue, order, ids)
            if and_open or view.review is None:
                if view.review is not None:
                    session.put_aside(view.review)
                following = await jobs.run(session.next)
                app.deaf_for(0)  # the keys so far were for the example that has gone
                view.open(following)
            else:
                self.show_chips()
                self.show_queue()
            view.progress = progress = await self._counting.count()
        except TiebreakError as error:
            view.complain(error)
            return
        view.draw()
        left = f"{progress.remaining:,} left"
        if and_open:
            view.say(f"no filter · {left}" if queue == session.whole else f"filter: {queue} · {left}")
        else:
            view.say(f"order: {order.shown_name} · {left} · from the next example on")

    def fill_index(self) -> None:
        """Complete the index of words in the background."""
        self.view.in_background("index", self._fill_index)

    async def _fill_index(self) -> None:
        try:
            while not (await self.view.tiebreak.jobs.beside(self.view.tiebreak.lookups.index)).complete:
                pass
        except TiebreakError as error:
            self.view.complain(error)

    def do_list(self) -> None:
        from tiebreak.tui.screens.example_list import ExampleListScreen

        current, session = self._current, self.view.session
        screen = ExampleListScreen(
            self.view.tiebreak.lookups,
            session.queue,
            session.order,
            current,
            shows_values=session.options.shows_values,
        )

        def chosen(example_id: int | None) -> None:
            self.view.keys_pressed += screen.keys_pressed
            if example_id is not None and example_id != current:
                self.view.in_background("go to", self.go_to_chosen, example_id)

        self.view.app.push_screen(screen, chosen)

    async def go_to(self, example_id: int, selected_by: str) -> None:
        """Show a certain example; the choices on the one on screen are kept until it comes again."""
        session = self.view.session
        if self.view.review is not None:
            session.put_aside(self.view.review)
        self.view.open(await self.view.tiebreak.jobs.run(session.open, example_id, selected_by))

    async def go_to_chosen(self, example_id: int) -> None:
        """Show an example chosen in the list, and name the annotators of its answers."""
        try:
            await self.go_to(example_id, "list")
            others = await self.view.tiebreak.jobs.run(self.view.session.annotators_with_answers, example_id)
        except TiebreakError as error:
            self.view.complain(error)
            return
        if others:
            have = "has" if len(others) == 1 else "have"
            names = visible(", ".join(others))
            self.view.say(f"{names} {have} answered this; if you answer too, all answers stay")
