"""The command that goes to the next difference of the same pattern."""

from __future__ import annotations

from tiebreak.core.compare.patterns import Pattern, pattern_of
from tiebreak.core.review.review import AnyReview
from tiebreak.core.store.searching import next_alike
from tiebreak.tui.review.filtering import Filtering
from tiebreak.tui.review.view import Controller, ReviewView
from tiebreak.tui.text.render import shorten, visible


class Patterns(Controller):
    """Goes through the differences of one pattern, in this example and in others."""

    def __init__(self, view: ReviewView, finding: Filtering) -> None:
        super().__init__(view)
        self._finding = finding
        self._followed: tuple[Pattern, int] | None = None  # the pattern, and the example that the last key opened
        self._came_from: int | None = None  # the example before the one on screen

    def leave(self, review: AnyReview | None) -> None:
        """Remember the example that is about to leave the screen."""
        self._came_from = None if review is None else review.item.example.id

    async def do_pattern(self) -> None:
        view, review = self.view, self.view.review
        if review is None or (why_not := self._why_not(review)):
            view.say(why_not if review is not None else self._no_difference)
            return
        pattern = pattern_of(review.item.example.text, review.differences[review.focus])
        if self._followed is not None and self._followed[1] == self._came_from and view.keys_pressed == 1:
            pattern = self._followed[0]  # the last key led to the example that was just answered
        elif self._next_here(review, pattern):
            return
        current = review.item.example.id
        found = await view.tiebreak.jobs.beside(view.tiebreak.lookups.alike, pattern, current)
        others = [each for each in found.found if each.example_id != current]
        if not found.whole:
            self._finding.fill_index()  # which makes the next search quicker
        key = view.key_of("pattern")
        if not others:
            again = f" among the texts searched in time; {key} searches again"
            view.say(f"no other example waits with {_described(pattern)}{'' if found.whole else again}")
            return
        following = next_alike(others, review.item)
        await self._finding.go_to(following.example_id, "pattern")
        self._focus(following.position)
        self._followed = pattern, following.example_id
        count = f"{len(others):,}" if found.whole else f"at least {len(others):,}"
        wait = f"{count} {'waits' if len(others) == 1 else 'wait'}"
        view.say(f"{_described(pattern)} · {wait}; {key} goes to the next")

    @property
    def _no_difference(self) -> str:
        key = self.view.key_of("pattern")
        return f"{key} goes to the next difference of the same pattern; there is no difference here"

    def _why_not(self, review: AnyReview) -> str:
        """Return why the focused difference has no pattern, or ""."""
        if not review.differences:
            return self._no_difference
        if review.is_open_text:
            key = self.view.key_of("filter")
            return f"there are no patterns with one model; {key} finds texts by a word or label:"
        if review.differences[review.focus].is_offer:
            return "the models do not differ here, so there is no pattern to look for"
        return ""

    def _focus(self, position: int) -> None:
        """Focus the difference at this position among the models' own, in the example on screen."""
        review = self.view.review
        if review is not None and review.item.differences:
            rows = [at for at, place in enumerate(review.differences) if not place.is_offer]
            review.focus = rows[min(position, len(rows) - 1)]
            self.view.draw()

    def _next_here(self, review: AnyReview, pattern: Pattern) -> bool:
        """Go to the next unconfirmed difference of the pattern in this example; return False if it has no other."""
        for at in range(review.focus + 1, len(review.differences)):
            difference = review.differences[at]
            if not review.choices[at].confirmed and pattern_of(review.item.example.text, difference) == pattern:
                review.focus = at
                self.view.draw()
                self.view.say(f"{_described(pattern)}, in this example, too")
                return True
        return False


def _described(pattern: Pattern) -> str:
    text = f" “{shorten(pattern.text, 30)}”" if pattern.text else ""  # categories are of no words
    return f"{pattern.kind} {visible('/'.join(pattern.labels))}{text}"
