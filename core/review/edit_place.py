"""An edit at one difference: where the cursor begins, and taking a reading."""

from __future__ import annotations

from tiebreak.core.review.editing import SpanEditor
from tiebreak.core.review.spans import SpanReview


def go_to_difference(editor: SpanEditor, review: SpanReview, at: int) -> None:
    """Stand on the first span at the difference `at`; if there is no span, select the words that were proposed."""
    if standing := review.standing_at(at, editor.spans):
        editor.stand_on(standing[0])
    else:
        start, end = review.words_at(at)
        editor.select(start, end - 1)


def take_reading(editor: SpanEditor, review: SpanReview, at: int, number: int) -> None:
    """Replace the spans at the difference `at` by the distinct reading `number`, and go there."""
    instead_of = review.standing_at(at, editor.spans)
    editor.take_reading(review.readings[at][number].marks, review.differences[at][:2], instead_of=instead_of)


def difference_here(editor: SpanEditor, review: SpanReview) -> int | None:
    """Return the difference that the cursor or selection touches, or the next difference; None after the last."""
    start = editor.selection[0]
    return next((at for at, place in enumerate(review.differences) if place.end > start), None)
