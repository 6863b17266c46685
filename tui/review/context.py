"""The commands that tell more about an example, or keep something about it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tiebreak.core.errors import TiebreakError
from tiebreak.core.project.guidelines import read_guidelines
from tiebreak.core.review.review import AnyReview
from tiebreak.core.store.slices import slice_text
from tiebreak.tui.review.base import ReviewBase
from tiebreak.tui.text.render import SLICE_SIGN

if TYPE_CHECKING:
    from tiebreak.tui.screens.guidelines import GuidelinesPanel

BESIDE = 120  # columns from which the guidelines stand beside the text
PANEL_WIDTH = 46
NUDGE_DEAF = 0.5  # seconds after a nudge in which keys, meant for the next example, are passed over


class ContextCommands(ReviewBase):
    """Inspecting, notes, flags, the guidelines, and what the session has taught."""

    nudged = False  # that the time is up was said
    guidelines: GuidelinesPanel | None = None  # where they are shown beside the text

    @property
    def side_width(self) -> int:
        return PANEL_WIDTH if self.guidelines is not None and self.guidelines.display else 0

    def fit(self) -> None:
        """Fit the bars to the room there is; the guidelines stand beside the text only where it is wide enough."""
        if self.guidelines is not None:
            self.guidelines.display = self.app.size.width >= BESIDE
        super().fit()
        self.draw()

    async def do_inspect(self) -> None:
        from tiebreak.core.store.inspection import inspect_example
        from tiebreak.tui.screens.inspect import InspectScreen

        review = self.review
        if review is None:
            return
        inspection = await self.tiebreak.jobs.run(inspect_example, self.session.store, review.item.example.id)
        self.app.push_screen(InspectScreen(inspection, review, blind=self.session.options.blind))

    async def do_flag(self) -> None:
        review = self.review
        if review is None:
            return
        text = await self.tiebreak.jobs.run(slice_text, self.session.store, review.item.example.id)
        if text is not None and text.is_drawn:  # also where annotators' answers to it are compared
            self.say(
                f"{SLICE_SIGN} a random text measures: it cannot become an example; {self.key_of('note')} takes a note"
            )
        else:
            flagged = not _is_flagged(review)
            await self._remark(review, flagged=flagged, note=_note_of(review))
            self.say("flagged: the export has it as flag" if flagged else "the flag is off")

    def do_note(self) -> None:
        from tiebreak.tui.screens.note import NoteScreen

        review = self.review
        if review is None:
            return

        async def written(note: str | None) -> None:
            before = _note_of(review)
            if note is None or note == before:
                return
            try:
                await self._remark(review, flagged=_is_flagged(review), note=note)
                self.say("noted" if note else "the note is gone")
            except TiebreakError as error:
                self.complain(error)

        self.app.push_screen(NoteScreen(_note_of(review)), written)

    async def _remark(self, review: AnyReview, *, flagged: bool, note: str) -> None:
        await self.tiebreak.jobs.run(self.session.remark, review, flagged=flagged, note=note)
        self.draw()

    async def do_guidelines(self) -> None:
        from tiebreak.tui.screens.guidelines import GuidelinesPanel, GuidelinesScreen  # slow: they bring Markdown

        if self.guidelines is not None:
            shown, self.guidelines = self.guidelines, None
            await shown.remove()
            self.fit()
            return
        text = await self.tiebreak.jobs.run(read_guidelines, self.session.store, self.session.options.config)
        if self.app.size.width < BESIDE:
            self.app.push_screen(GuidelinesScreen(text))
            return
        self.guidelines = GuidelinesPanel(text)
        self.guidelines.styles.width = PANEL_WIDTH
        await self.mount(self.guidelines)
        self.fit()

    def do_guidelines_up(self) -> None:
        self._scroll_guidelines(-1)

    def do_guidelines_down(self) -> None:
        self._scroll_guidelines(1)

    def _scroll_guidelines(self, pages: int) -> None:
        panel = self.guidelines
        if panel is None:
            key = self.key_of("guidelines")
            self.say(f"{key} shows the guidelines; they stand beside the text from {BESIDE} columns on")
        else:
            panel.scroll_relative(y=pages * max(panel.size.height // 2, 1), animate=False)

    async def do_reflect(self) -> None:
        await self._reflect()

    async def _reflect(self, why: str = "") -> None:
        from tiebreak.core.insight.estimates import make_estimates
        from tiebreak.core.insight.learned import learned_alike
        from tiebreak.core.insight.reflection import reflect
        from tiebreak.core.insight.report import make_report
        from tiebreak.tui.screens.reflection import ReflectionScreen

        session = self.session
        left = None if self.progress is None else self.progress.left
        report = await self.tiebreak.jobs.run(
            make_report, session.store, session=session.id, annotator=session.annotator, left=left
        )
        estimates = await self.tiebreak.jobs.run(make_estimates, session.store)
        learned = None
        if session.options.shows_learned:
            learned = await self.tiebreak.jobs.run(learned_alike, session.store, with_open=False)
        blind = session.options.blind
        reflection = None
        if not (blind or session.options.adjudicate):
            reflection = await self.tiebreak.jobs.run(reflect, session.store)
        self.app.push_screen(
            ReflectionScreen(report, estimates, learned, reflection, self.go_through, blind=blind, why=why)
        )

    async def nudge(self) -> None:
        """Where the time that the sitting was meant to last is over, say so once, with what it taught."""
        to_go = self.session.pace.seconds_to_go()
        if to_go is None or to_go > 0 or self.nudged:
            return
        self.nudged = True
        await self._reflect("the time is up; here is what it taught")
        self.tiebreak.deaf_for(NUDGE_DEAF)


def _is_flagged(review: AnyReview) -> bool:
    return review.remark is not None and review.remark.flagged


def _note_of(review: AnyReview) -> str:
    return review.remark.note if review.remark is not None else ""
