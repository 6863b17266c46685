"""The commands that make no sense now, and what the review screen says instead."""

from __future__ import annotations

from collections.abc import Mapping

from tiebreak.core.review.review import AnyReview
from tiebreak.tui.pages.review_text import row_word
from tiebreak.tui.review.names import names_of
from tiebreak.tui.review.view import ReviewView
from tiebreak.tui.text.render import SLICE_SIGN

# The commands that settle a difference or go to one, those of the example, those that set labels or bounds.
OF_DIFFERENCES = (
    *("next", "previous", "next_unconfirmed", "previous_unconfirmed", "left", "right", "left_and_next"),
    *("right_and_next", "confirm", "all_left", "all_right", "neither", "both", "mix", "same"),
)
OF_THE_EXAMPLE = (
    *("accept", "confirm_and_accept", "reject", "ignore", "skip", "edit", "fold", "lanes", "text_down", "text_up"),
    *("pattern", "inspect", "flag", "note"),
)
OF_LABELS = ("label", "type_label", "end_right", "end_left", "start_right", "start_left", "start_to", "end_to")


def refusals(view: ReviewView) -> Mapping[str, str]:
    """Return the commands that make no sense now, each with what the screen says instead."""
    review = view.review
    if review is None:
        return dict.fromkeys((*OF_THE_EXAMPLE, *OF_DIFFERENCES, *OF_LABELS), "no example is on screen")
    refused = view.drawing.refused(view.key_of, review)
    if review.differences:
        return refused
    names = OF_DIFFERENCES if review.may_relabel else (*OF_DIFFERENCES, *OF_LABELS)
    return {**dict.fromkeys(names, nothing_to_settle(view)), **refused}


def nothing_to_settle(view: ReviewView) -> str:
    """Return what the screen shows if its example has no difference to settle."""
    review = view.review
    if view.session.options.adjudicate:
        accept, reject = view.key_of("accept"), view.key_of("reject")
        return f"They made the same choices, but gave different verdicts: {accept} accepts, {reject} rejects."
    if review is not None and review.sliced is not None:
        return view.drawing.nothing_shown(view.key_of)
    return view.drawing.no_rows(view.key_of, review, {} if review is None else names_of(view, review))


def asks_for_choices(view: ReviewView, review: AnyReview) -> bool:
    """Return whether a text of the slice still needs a choice; if so, focus the place and say which keys choose."""
    if not review.is_undecided:
        return False
    if review.sliced is None or not review.unconfirmed:
        sign = "" if review.sliced is None else f"{SLICE_SIGN} "
        view.say(f"{sign}no category is chosen yet: digits choose one")
        return True
    if review.choices[review.focus].confirmed:
        review.move_unconfirmed(1)
        view.draw()
    rows = f"{review.unconfirmed} of {len(review.differences)} {row_word(review)}s"
    view.say(f"{SLICE_SIGN} still open: {rows}; {how_to_settle(view, review)}")
    return True


def how_to_settle(view: ReviewView, review: AnyReview) -> str:
    """Return which keys settle the focused difference of a text of the slice."""
    left, right, confirm, neither = (view.key_of(each) for each in ("left", "right", "confirm", "neither"))
    if review.asks_for_choice:
        return f"{left} {right} take a reading, {neither} none"
    agreed = "what the model says" if review.is_open_text else "what all say"
    kept = agreed if review.is_unchosen(review.focus) else "what stands here"
    return f"{confirm} keeps {kept}, {neither} drops it"
