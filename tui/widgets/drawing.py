"""The drawing of a review; each kind of task has its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from rich.text import Text

from tiebreak.core.review.choices import Choice
from tiebreak.core.review.review import AnyReview
from tiebreak.tui.text.render import Palette, shorten
from tiebreak.tui.widgets.category_bars import CategoryRow
from tiebreak.tui.widgets.difference_list import DifferenceRow
from tiebreak.tui.widgets.text_view import TextState

KeyOf = Callable[[str], str]  # from the name of a command to its key, as the footer shows it


@dataclass(frozen=True, slots=True)
class DrawnReview:
    """What the widgets show. `bars` has a row for each label, with `bar` marked; `differences` have `focus` marked."""

    text: TextState
    differences: Sequence[DifferenceRow]
    answer: Text
    bars: Sequence[CategoryRow] = ()
    bar: str = ""
    focus: int = 0


class Drawing(Protocol):
    """Draws the reviews of one kind of task.

    `has_bars`: it has a row of bars for each label. `label_rows` is how many rows the labels of the digits may take.
    """

    has_bars: bool
    label_rows: int

    def refused(self, key_of: KeyOf, review: AnyReview | None) -> Mapping[str, str]:
        """Return the commands that make no sense for the task or for `review`, each with what the screen says then."""

    def draw(self, review: Any, palette: Palette, room: int, short: Mapping[str, str]) -> DrawnReview:
        """Return what the widgets show. The answer has `room` cells; `short` has the labels' short names."""

    def no_rows(self, key_of: KeyOf, review: AnyReview | None, names: Mapping[str, str]) -> str:
        """Return the sentence for an example without differences: all predictors agree, or the only one marks nothing.

        `names` has the shown name of each predictor.
        """

    def how_to_add(self, key_of: KeyOf) -> str:
        """Return which keys add a span or a category that no row offers."""

    def nothing_shown(self, key_of: KeyOf) -> str:
        """Return the sentence for a text of the slice without a row to settle."""

    def describe(self, review: AnyReview, at: int, choice: Choice[Any]) -> str:
        """Return the spans or categories that `choice` leaves at the difference `at`, in a few words."""


def failed_names(review: AnyReview, names: Mapping[str, str]) -> list[str]:
    """Return the names of the predictors whose prediction failed: they take no part in the comparison."""
    return [names[name] for name, each in review.item.predictions.items() if each.error is not None]


def failed_here(review: AnyReview, names: Mapping[str, str]) -> str:
    """Return ` (llm failed)`, or "" if nothing failed."""
    failed = failed_names(review, names)
    return f" ({shorten(', '.join(failed), 40)} failed)" if failed else ""


def agreeing_here(review: AnyReview | None, names: Mapping[str, str]) -> str:
    """Return that all models agree; if a prediction failed, which of them agree, and which failed."""
    if review is None or not (failed := failed_here(review, names)):
        return "All models agree here"
    return f"{shorten(', '.join(names[name] for name in review.proposals), 40)} agree here{failed}"
