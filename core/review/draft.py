"""The choices at an example that the annotator left for another, for when it is opened again."""

from __future__ import annotations

from typing import Any, NamedTuple

from tiebreak.core.records import Difference, Marks, SettledDifference
from tiebreak.core.review.review import AnyReview
from tiebreak.core.review.steps import ReviewState


class Draft(NamedTuple):
    """The choices at an example, the steps that led to them, and how many answers its first readings rest on."""

    settled: tuple[SettledDifference, ...]
    marks: Marks
    differences: tuple[Difference, ...]
    steps: tuple[ReviewState[Any], ...]
    rests_on: int

    @classmethod
    def of(cls, review: AnyReview) -> Draft:
        return cls(review.settled(), review.marks, review.differences, tuple(review.steps), review.rests_on)

    def restore(self, review: AnyReview) -> None:
        """Go on with the draft in a newly opened `review`; if its differences have changed, as one step."""
        if review.differences == self.differences:
            review.begin_as(self.settled, self.rests_on)
            review.restore(self.settled, self.marks)
            review.steps = list(self.steps)
        else:
            with review.one_step():
                review.restore(self.settled, self.marks)
