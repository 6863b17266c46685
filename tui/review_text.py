"""What the review screen says of a review: the rows of its differences, who is who, and what went wrong."""

from __future__ import annotations

from collections.abc import Mapping

from rich.text import Text

from tiebreak.core.review import Review
from tiebreak.tui.render import Palette, describe_spans, letter, shorten
from tiebreak.tui.widgets.difference_list import DifferenceRow, ReadingCell


def shown_names(review: Review, *, blind: bool) -> dict[str, str]:
    """How each predictor is called on screen: by its name, or by its letter where names are hidden."""
    return {name: letter(number) if blind else shorten(name, 24) for number, name in enumerate(review.item.predictions)}


def faults_text(review: Review, names: Mapping[str, str]) -> str:
    """Predictions that failed or lost mentions, told as that: they are no readings. "" where there are none.

    Where names are hidden a reason or a lost mention would tell who is who.
    """
    faults = []
    for number, (name, prediction) in enumerate(review.item.predictions.items()):
        hidden = names[name] == letter(number) != name
        if prediction.error is not None:
            faults.append(f"{names[name]} failed" if hidden else f"{names[name]} failed: {prediction.error}")
        elif prediction.dropped and not hidden:
            lost = ", ".join(
                str(mention.get("text", mention) if isinstance(mention, dict) else mention)
                for mention in prediction.dropped
            )
            faults.append(f"{names[name]} also named, but not found in the text: {lost}")
    return shorten(" · ".join(faults), 300)


def difference_rows(review: Review) -> list[DifferenceRow]:
    """A row for each difference: its readings, and what is chosen."""
    text = review.item.example.text
    numbers = {name: number for number, name in enumerate(review.item.predictions)}
    rows = []
    for difference, choice, readings in zip(review.differences, review.choices, review.readings, strict=True):
        cells = [
            ReadingCell(
                "".join(letter(numbers[name]) for name in reading.predictors if name in numbers),
                describe_spans(text, reading.spans, 60),
                numbers.get(reading.predictors[0], 0),
                choice.reading == index,
            )
            for index, reading in enumerate(readings)
        ]
        outcome: str = "" if choice.reading is not None else choice.name
        if choice.name == "edited":
            outcome = describe_spans(text, choice.spans, 20)
        rows.append(DifferenceRow(difference.kind, cells, outcome, choice.confirmed))
    return rows


def legend_text(review: Review, names: Mapping[str, str], palette: Palette) -> Text:
    """Who is who, and how many differences are still to be settled."""
    legend = Text(" ")
    for number, name in enumerate(review.item.predictions):
        sign = letter(number)
        shown = (
            f"{palette.line(number)}{sign}  "
            if names[name] == sign
            else f"{palette.line(number)}{sign} {names[name]}  "
        )
        legend.append(shown, palette.style(number, bold=True))
    legend.append("both agree  " if len(review.item.predictions) == 2 else "all agree  ", palette.agreed)
    if review.differences:
        count = len(review.differences)
        legend.append(f"difference {review.focus + 1} of {count}")
        if review.unconfirmed:
            legend.append(f", {review.unconfirmed} not confirmed", "dim")
    if review.remark is not None:
        legend.append("  ⚑" if review.remark.flagged else "", "bold")
        legend.append(f"  {shorten(review.remark.note, 200)}" if review.remark.note else "", "dim italic")
    return legend
