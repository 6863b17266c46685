"""The commands that show more about an example, or keep a note or a flag on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tiebreak.core.errors import TiebreakError
from tiebreak.core.project.guidelines import read_guidelines
from tiebreak.core.review.review import AnyReview
from tiebreak.core.store.slices import slice_text
from tiebreak.tui.review.view import Controller, ReviewView
from tiebreak.tui.text.render import SLICE_SIGN

if TYPE_CHECKING:
    from tiebreak.tui.screens.guidelines import GuidelinesPanel

BESIDE = 120  # columns from which the guidelines stand beside the text
PANEL_WIDTH = 46  # columns


class Context(Controller):
    """Inspecting, notes, flags and the guidelines."""

    def __init__(self, view: ReviewView) -> None:
        super().__init__(view)
        self._guidelines: GuidelinesPanel | None = None

    @property
    def side_width(self) -> int:
        """Cells that the guidelines beside the text take."""
        return PANEL_WIDTH if self._guidelines is not None and self._guidelines.display else 0

    def fit(self) -> None:
        """Show the guidelines beside the text only if the terminal is wide enough."""
        if self._guidelines is not None:
            self._guidelines.display = self.view.app.size.width >= BESIDE

    async def do_inspect(self) -> None:
        from tiebreak.core.store.inspection import inspect_example
        from tiebreak.tui.screens.inspect import InspectScreen

        view, review = self.view, self.view.review
        if review is None:
            return
        inspection = await view.tiebreak.jobs.run(inspect_example, view.session.store, review.item.example.id)
        view.app.push_screen(InspectScreen(inspection, review, blind=view.session.options.blind))

    async def do_flag(self) -> None:
        view, review = self.view, self.view.review
        if review is None:
            return
        text = await view.tiebreak.jobs.run(slice_text, view.session.store, review.item.example.id)
        if text is not None and text.is_drawn:  # also if annotators' answers to it are compared
            note = view.key_of("note")
            view.say(f"{SLICE_SIGN} a random text only measures, so it cannot be flagged; {note} writes a note")
            return
        flagged = not _is_flagged(review)
        await self._remark(review, flagged=flagged, note=_note_of(review))
        view.say("flagged; the export marks it as flagged" if flagged else "flag removed")

    def do_note(self) -> None:
        from tiebreak.tui.screens.note import NoteScreen

        view, review = self.view, self.view.review
        if review is None:
            return

        async def written(note: str | None) -> None:
            before = _note_of(review)
            if note is None or note == before:
                return
            try:
                await self._remark(review, flagged=_is_flagged(review), note=note)
                view.say("note saved" if note else "note deleted")
            except TiebreakError as error:
                view.complain(error)

        view.app.push_screen(NoteScreen(_note_of(review)), written)

    async def _remark(self, review: AnyReview, *, flagged: bool, note: str) -> None:
        await self.view.tiebreak.jobs.run(self.view.session.remark, review, flagged=flagged, note=note)
        self.view.draw()

    async def do_guidelines(self) -> None:
        from tiebreak.tui.screens.guidelines import GuidelinesPanel, GuidelinesScreen  # slow: they bring Markdown

        view = self.view
        if self._guidelines is not None:
            shown, self._guidelines = self._guidelines, None
            await shown.remove()
            view.fit()
            return
        text = await view.tiebreak.jobs.run(read_guidelines, view.session.store, view.session.options.config)
        if view.app.size.width < BESIDE:
            view.app.push_screen(GuidelinesScreen(text))
            return
        self._guidelines = GuidelinesPanel(text)
        self._guidelines.styles.width = PANEL_WIDTH
        await view.put_beside(self._guidelines)
        view.fit()

    def do_guidelines_up(self) -> None:
        self._scroll(-1)

    def do_guidelines_down(self) -> None:
        self._scroll(1)

    def _scroll(self, pages: int) -> None:
        panel = self._guidelines
        if panel is None:
            key = self.view.key_of("guidelines")
            self.view.say(f"{key} shows the guidelines; they stand beside the text from {BESIDE} columns on")
        else:
            panel.scroll_relative(y=pages * max(panel.size.height // 2, 1), animate=False)


def _is_flagged(review: AnyReview) -> bool:
    return review.remark is not None and review.remark.flagged


def _note_of(review: AnyReview) -> str:
    return review.remark.note if review.remark is not None else ""
