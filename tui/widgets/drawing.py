"""What the review screen shows of a review; each kind of task has its own drawing."""

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

KeyOf = Callable[[str], str]  # the key of a command, as the footer names it


@dataclass(frozen=True, slots=True)
class Drawn:
    """What the widgets show. `bars` has a row for each label of which the label `bar` is marked; of the `differences`
    the one in `focus` is.
    """

    text: TextState
    differences: Sequence[DifferenceRow]
    answer: Text
    bars: Sequence[CategoryRow] = ()
    bar: str = ""
    focus: int = 0


class Drawing(Protocol):
    """How a review is drawn.

    `has_bars` says that it has a row of bars for each label, `label_rows` how many the line of labels may take.
    """

    has_bars: bool
    label_rows: int

    def refused(self, key_of: KeyOf, review: AnyReview | None) -> Mapping[str, str]:
        """Return the commands that make no sense for the task or for `review`, and what is said then."""

    def draw(self, review: Any, palette: Palette, room: int, short: Mapping[str, str]) -> Drawn:
        """Return what is shown of `review`; the answer has `room` cells, and `short` the labels where they are cut."""

    def no_rows(self, key_of: KeyOf, review: AnyReview | None, names: Mapping[str, str]) -> str:
        """Return what is said if nothing is to be settled: all predictors agree, or the only one marks nothing.

        `names` is how each of them is called.
        """

    def how_to_add(self, key_of: KeyOf) -> str:
        """Return which keys add what no row is about."""

    def nothing_shown(self, key_of: KeyOf) -> str:
        """Return what is said on a text of the slice if nothing is shown to be settled."""

    def describe(self, review: AnyReview, at: int, choice: Choice[Any]) -> str:
        """Return what `choice` leaves at the difference `at`, in a few words."""


def failed_names(review: AnyReview, names: Mapping[str, str]) -> list[str]:
    """Return how the predictors are called whose prediction failed: they say nothing, and agree with nobody."""
    return [names[name] for name, each in review.item.predictions.items() if each.error is not None]


def failed_here(review: AnyReview, names: Mapping[str, str]) -> str:
    """Return ` (llm failed)`, or "" where nothing failed."""
    failed = failed_names(review, names)
    return f" ({shorten(', '.join(failed), 40)} failed)" if failed else ""


def agreeing_here(review: AnyReview | None, names: Mapping[str, str]) -> str:
    """Return that all models agree; where a prediction failed, who agrees and which one did."""
    if review is None or not (failed := failed_here(review, names)):
        return "All models agree here"
    return f"{shorten(', '.join(names[name] for name in review.proposals), 40)} agree here{failed}"
