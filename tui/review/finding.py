"""The commands that choose which example is on screen."""

from __future__ import annotations

import asyncio
from array import array
from dataclasses import replace
from functools import partial

from rich.text import Text
from textual import events

from tiebreak.core.compare.patterns import Pattern, pattern_of
from tiebreak.core.errors import TiebreakError
from tiebreak.core.queue.finder import Progress
from tiebreak.core.queue.what_waits import of_what_waits
from tiebreak.core.review.review import AnyReview
from tiebreak.core.review.session import ReviewSession
from tiebreak.core.selection.filter import AnyOrder, Order, QueueFilter
from tiebreak.core.store.finding import next_alike
from tiebreak.tui.jobs import run_latest
from tiebreak.tui.review.base import ReviewBase
from tiebreak.tui.text.render import shorten, visible
from tiebreak.tui.widgets.bars import TextBar
from tiebreak.tui.widgets.example_list import ExampleRows

PANEL_FROM = 160  # columns
_PANEL_DELAY = 0.15  # seconds after which the queue beside the text follows the example on screen


class FindingCommands(ReviewBase):
    """Filters, orders, the list of all examples, and the next example of a pattern."""

    def __init__(self, session: ReviewSession, review: AnyReview | None) -> None:
        super().__init__(session, review)
        self.chips = TextBar("chips")
        self.queue_panel = ExampleRows("queue")
        self._followed: tuple[Pattern, int] | None = None  # the pattern that G goes through, and the example it opened
        self._came_from: int | None = None
        self._asks_for_order = False  # whether the look-up under way is for an order

    async def count(self) -> Progress:
        """What is left in the queue, and the runs."""
        session = self.session
        progress = await self.tiebreak.jobs.beside(self.tiebreak.finder.progress, session.queue)
        stays = session.queue.wants_answered and not session.options.adjudicate  # what is answered is found again
        settled = session.settled if stays else 0
        return replace(progress, left=max(0, progress.left - settled))

    def on_resize(self, event: events.Resize) -> None:
        self.call_after_refresh(self.show_queue)

    def open(self, review: AnyReview | None) -> None:
        self._came_from = None if self.review is None else self.review.item.example.id
        super().open(review)
        self.show_chips()
        self.show_queue()

    def show_chips(self) -> None:
        """A row of what is asked for, where that is more than the disagreements in their order."""
        session = self.session
        chips = [] if session.queue == session.whole else list(session.queue.chips)
        if session.evidence is None and session.order not in (Order.DISAGREEMENT, session.order_by_itself):
            chips.append(f"order: {session.order.told}")
        self.chips.set_class(bool(chips), "shown")
        text = Text(" ")
        for chip in chips:
            text.append(f"[{shorten(chip, 40)}]", "bold").append(" ")
        self.chips.show(text)

    def show_queue(self) -> None:
        """Show what comes next beside the text, where there is room; a moment later, so that no key waits for it."""
        wide = self.app.size.width >= PANEL_FROM
        self.set_class(wide, "wide")
        if wide:
            run_latest(self, "queue panel", self._fill_panel)

    async def _fill_panel(self) -> None:
        await asyncio.sleep(_PANEL_DELAY)
        jobs = self.tiebreak.jobs
        current = None if self.review is None else self.review.item.example.id
        try:
            ids = await jobs.run(self.session.upcoming, max(self.queue_panel.size.height, 1))
            if current is not None:
                ids = [current, *(each for each in ids if each != current)]
            rows = await jobs.beside(self.tiebreak.finder.rows, ids)
        except TiebreakError:
            return  # what the panel cannot read, the next key cannot either, and says so
        self.queue_panel.with_values = self.session.options.shows_values and self.session.order is Order.VALUE
        self.queue_panel.show(rows, current, "Nothing is left.")

    def do_filter(self) -> None:
        from tiebreak.tui.screens.filter import FilterScreen

        session = self.session
        self.fill_index()
        screen = FilterScreen(
            self.tiebreak.finder,
            session.queue,
            session.order,
            whole=session.whole,
            blind=session.options.blind,
            index=self.fill_index,
        )

        def chosen(queue: QueueFilter | None) -> None:
            self.keys_pressed += screen.keys_pressed
            if queue is not None and queue != session.queue:
                self._look_up(queue, session.order, is_asked=False, and_open=queue != self.session.whole)

        self.app.push_screen(screen, chosen)

    def go_through(self, queue: QueueFilter) -> None:
        self._look_up(queue, self.session.order, is_asked=False, and_open=True)

    def do_order(self) -> None:
        queue = self.session.queue
        self._look_up(queue, queue.order_after(self.session.order), is_asked=True, and_open=False)

    def _look_up(self, queue: QueueFilter, order: AnyOrder, *, is_asked: bool, and_open: bool) -> None:
        """Look up another queue; an order that `is_asked` for stays, another is the sitting's own choice."""
        queue = of_what_waits(queue, self.session.whole)
        self.say(f"looking up the order: {order.told}…" if not and_open else "looking up what the filter finds…")
        self._asks_for_order = is_asked or self.session.evidence is None
        run_latest(self, "set queue", self._set_queue, queue, order, and_open)

    async def _set_queue(self, queue: QueueFilter, order: AnyOrder, and_open: bool) -> None:
        """Go on with another queue; where nothing is on screen, or the filter is new, with its first example."""
        jobs, session = self.tiebreak.jobs, self.session
        try:
            ids: array[int] = (await jobs.beside(self.tiebreak.finder.find, queue, order)).ids
            await jobs.run(partial(session.set_queue, is_asked=self._asks_for_order), queue, order, ids)
            if and_open or self.review is None:
                if self.review is not None:
                    session.put_aside(self.review)
                following = await jobs.run(session.next)
                self.tiebreak.deaf_for(0)  # what was typed so far was meant for what is gone
                self.open(following)
            else:
                self.show_chips()
                self.show_queue()
            self.progress = await self.count()
        except TiebreakError as error:
            self.complain(error)
            return
        self.draw()
        left = f"{self.progress.left:,} left"
        if and_open:
            self.say(f"no filter · {left}" if queue == session.whole else f"filter: {queue} · {left}")
        else:
            self.say(f"order: {order.told} · {left} · it begins with the next example")

    def fill_index(self) -> None:
        """Go on with the index of words in the background, until it holds all texts."""
        run_latest(self, "index", self._fill_index)

    async def _fill_index(self) -> None:
        try:
            while not (await self.tiebreak.jobs.beside(self.tiebreak.finder.index)).complete:
                pass
        except TiebreakError as error:
            self.complain(error)

    def do_list(self) -> None:
        from tiebreak.tui.screens.example_list import ExampleListScreen

        current = None if self.review is None else self.review.item.example.id
        session = self.session
        screen = ExampleListScreen(
            self.tiebreak.finder, session.queue, session.order, current, shows_values=session.options.shows_values
        )

        def chosen(example_id: int | None) -> None:
            self.keys_pressed += screen.keys_pressed
            if example_id is not None and example_id != current:
                run_latest(self, "go to", self._go_to_chosen, example_id)

        self.app.push_screen(screen, chosen)

    async def go_to(self, example_id: int, selected_by: str) -> None:
        """Show a certain example; what was chosen in the one on screen is kept for when it comes again."""
        if self.review is not None:
            self.session.put_aside(self.review)
        self.open(await self.tiebreak.jobs.run(self.session.open, example_id, selected_by))

    async def _go_to_chosen(self, example_id: int) -> None:
        try:
            await self.go_to(example_id, "list")
            others = await self.tiebreak.jobs.run(self.session.others_who_answered, example_id)
        except TiebreakError as error:
            self.complain(error)
            return
        if others:
            have = "has" if len(others) == 1 else "have"
            self.say(
                f"{visible(', '.join(others))} {have} answered this; that answer stands, beside yours if you answer"
            )

    async def do_pattern(self) -> None:
        review = self.review
        if review is None or not review.differences:
            key = self.key_of("pattern")
            self.say(f"{key} goes to the next difference of the same pattern; there is no difference here")
            return
        if review.is_open_text:
            self.say(f"there are no patterns with one model; {self.key_of('filter')} finds texts by a word or label:")
            return
        if review.differences[review.focus].is_offer:
            self.say("the models do not differ here, so there is no pattern to look for")
            return
        text, current = review.item.example.text, review.item.example.id
        pattern = pattern_of(text, review.differences[review.focus])
        if self._followed is not None and self._followed[1] == self._came_from and self.keys_pressed == 1:
            pattern = self._followed[0]  # on from the example that G led to, and that was settled just now
        elif self._next_here(review, pattern):
            return
        found = await self.tiebreak.jobs.beside(self.tiebreak.finder.alike, pattern, current)
        others = [each for each in found.found if each.example_id != current]
        if not found.whole:
            self.fill_index()  # with the index of words it is quicker
        if not others:
            again = f" among the texts that could be looked through in time; {self.key_of('pattern')} looks again"
            more = "" if found.whole else again
            self.say(f"no other example waits with {_told(pattern)}{more}")
            return
        following = next_alike(others, review.item)
        await self.go_to(following.example_id, "pattern")
        if self.review is not None and self.review.item.differences:
            rows = [at for at, place in enumerate(self.review.differences) if not place.is_offer]
            self.review.focus = rows[min(following.position, len(rows) - 1)]
            self.draw()
        self._followed = pattern, following.example_id
        count = f"{len(others):,}" if found.whole else f"at least {len(others):,}"
        wait = f"{count} {'waits' if len(others) == 1 else 'wait'}"
        self.say(f"{_told(pattern)} · {wait}; {self.key_of('pattern')} goes to the next")

    def _next_here(self, review: AnyReview, pattern: Pattern) -> bool:
        """Go to a later difference of the pattern in this example that is not confirmed; False where there is none."""
        for at in range(review.focus + 1, len(review.differences)):
            difference = review.differences[at]
            if not review.choices[at].confirmed and pattern_of(review.item.example.text, difference) == pattern:
                review.focus = at
                self.draw()
                self.say(f"{_told(pattern)}, in this example, too")
                return True
        return False


def _told(pattern: Pattern) -> str:
    return f"{pattern.kind} {visible('/'.join(pattern.labels))} “{shorten(pattern.text, 30)}”"
