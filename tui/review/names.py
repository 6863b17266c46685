"""The names of the predictors on the review screen."""

from __future__ import annotations

from tiebreak.core.review.review import AnyReview
from tiebreak.tui.pages.review_text import shown_names
from tiebreak.tui.review.view import ReviewView
from tiebreak.tui.text.labels import short_names


def hides_names(view: ReviewView) -> bool:
    """Return whether the screen names no model: in a blind sitting, and on a text of the slice."""
    return view.session.options.blind or (view.review is not None and view.review.sliced is not None)


def short_names_of(view: ReviewView) -> dict[str, str]:
    """Return the predictors' names, cut to the room in the lines above and below the text."""
    of_text = () if view.review is None else view.review.item.predictions
    of_store = () if view.progress is None else [name for name, _, _ in view.progress.runs]
    return short_names([*of_text, *of_store], view.column_width)


def names_of(view: ReviewView, review: AnyReview) -> dict[str, str]:
    """Return the name of each predictor in the legend, with its verdict on the text if it gave one."""
    names = shown_names(review, short_names_of(view), blind=hides_names(view))
    verdicts = {name: each.verdict for name, each in review.item.predictions.items() if each.verdict}
    return names | {name: f"{names[name]} ({verdict})" for name, verdict in verdicts.items()}
