"""Categories on the review screen: a row of bars for each label, the labels in dispute, the answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from rich.style import Style
from rich.text import Text

from tiebreak.core.records import Category
from tiebreak.core.review.categories import CategoryReview
from tiebreak.core.review.choices import Choice
from tiebreak.core.review.review import AnyReview
from tiebreak.tui.text.labels import whole_labels
from tiebreak.tui.text.likely import row_reason, row_strength
from tiebreak.tui.text.readings import reading_letters, reading_number
from tiebreak.tui.text.render import Palette, letter, origin_style, span_origins, visible
from tiebreak.tui.widgets.category_bars import CategoryRow, ScoreBar
from tiebreak.tui.widgets.difference_list import DifferenceRow, ReadingCell
from tiebreak.tui.widgets.drawing import DrawnReview, KeyOf, agreeing_here, failed_here
from tiebreak.tui.widgets.text_view import TextState

NO_CATEGORY = "no category"  # holds
_NO_BOUNDS = "categories have no bounds; digits set them"
# Commands that make no sense for categories, with what the screen says then; {keys} pick a reading.
_REFUSED = {
    "end_right": _NO_BOUNDS,
    "end_left": _NO_BOUNDS,
    "start_right": _NO_BOUNDS,
    "start_left": _NO_BOUNDS,
    "start_to": _NO_BOUNDS,
    "end_to": _NO_BOUNDS,
    "mix": "a category holds or it does not: there is nothing to mix",
    "both": "a category holds or it does not: {keys} pick, digits set it",
    "same": "categories are of the whole text: there are no other places",
    "edit": "there are no spans to edit: digits set categories",
    "lanes": "categories have no lanes: there is a row for each label",
}


class CategoryDrawing:
    """Draws a review of categories."""

    has_bars = True
    label_rows = 5

    def refused(self, key_of: KeyOf, review: AnyReview | None) -> Mapping[str, str]:
        keys = f"{key_of('left')} {key_of('right')}"
        may_mix = review is not None and review.has_candidates
        return {
            name: sentence.format(keys=keys) for name, sentence in _REFUSED.items() if not (may_mix and name == "mix")
        }

    def draw(self, review: CategoryReview, palette: Palette, room: int, short: Mapping[str, str]) -> DrawnReview:
        return DrawnReview(
            TextState(review.item.example.text),
            [decision_row(review, short)] if review.is_one_decision else category_differences(review),
            categories_text(review, palette),
            [] if review.is_one_decision else category_rows(review, palette),
            focused_label(review),
            review.row,
        )

    def no_rows(self, key_of: KeyOf, review: AnyReview | None, names: Mapping[str, str]) -> str:
        failed = "" if review is None else failed_here(review, names)
        if review is not None and review.is_unread:
            if review.task.is_exclusive:
                return f"No model has read this text{failed}: a digit chooses the category, and goes on."
            return f"No model has read this text{failed}: digits set categories, {key_of('accept')} accepts."
        if review is not None and review.is_open_text:
            name = names[next(iter(review.proposals))]
            return f"{name} chooses nothing here{failed}; digits set categories, {key_of('accept')} accepts."
        return f"{agreeing_here(review, names)}; {key_of('accept')} accepts, digits set categories."

    def how_to_add(self, key_of: KeyOf) -> str:
        return "digits set all"

    def nothing_shown(self, key_of: KeyOf) -> str:
        return f"Nothing is chosen for you here: digits set categories, {key_of('accept')} accepts."

    def describe(self, review: AnyReview, at: int, choice: Choice[Any]) -> str:
        return f"{visible(review.places[at].label)} {'yes' if choice.marks else 'no'}"


def category_rows(review: CategoryReview, palette: Palette) -> list[CategoryRow]:
    """Return a row for each label in question, in the order of the digits.

    In question are labels in dispute, labels that a model or the answer has, and the focused one. If the predictions
    are hidden, all labels are.
    """
    choices, origins = review.choices, span_origins(tuple(review.lanes.values()))
    names = [name for name, each in review.item.predictions.items() if each.error is None]
    rows = []
    for position, label in enumerate(review.labels, start=1):
        at = review.place_of(label)
        row = CategoryRow(
            label,
            str(position) if position <= 9 else "",
            [] if at is None and review.hides_agreed else [_bar(review, name, label) for name in names],
            label in review.chosen,
            None if at is None else choices[at].confirmed,
            origin_style(Category(label), origins, palette) if label in review.chosen else Style.null(),
        )
        if row.is_in_question or label == review.focused_label:
            rows.append(row)
    return rows


def focused_label(review: CategoryReview) -> str:
    """Return the label set last, else the label of the focused difference; "" if there is no difference."""
    if review.focused_label or not review.differences:
        return review.focused_label
    return review.label_at(review.focus)


def category_differences(review: CategoryReview) -> list[DifferenceRow]:
    """Return the labels in dispute as rows of the list: the predictors that say yes, those that say no, and their
    scores."""
    numbers = {name: number for number, name in enumerate(review.item.predictions)}
    rows = []
    for at, (difference, choice, readings) in enumerate(
        zip(review.differences, review.choices, review.readings, strict=True)
    ):
        label = review.label_at(at)
        cells = []
        for index, reading in enumerate(readings):
            bars = [_bar(review, name, label) for name in reading.predictors]
            scores = [bar.said for bar in bars if not bar.in_words and bar.score is not None]
            cells.append(
                ReadingCell(
                    reading_letters(difference, reading, numbers),
                    " ".join(("yes" if reading.marks else "no", *scores)),
                    reading_number(difference, reading, numbers),
                    choice.reading == index and not review.is_unchosen(at),
                )
            )
        reason = row_reason(review, at) if at == review.focus else ()
        rows.append(DifferenceRow(visible(label), cells, "", choice.confirmed, row_strength(review, at), reason))
    return rows


def decision_row(review: CategoryReview, short: Mapping[str, str]) -> DifferenceRow:
    """Return the only row of an exclusive task: each predictor's label with its score, side by side."""
    numbers = {name: number for number, name in enumerate(review.item.predictions)}
    whole = whole_labels(review.labels)
    cells = []
    for decision in review.decisions:
        label = decision.marks[0].label if decision.marks else ""
        bars = [_bar(review, name, label) for name in decision.predictors if label]
        scores = [bar.said for bar in bars if not bar.in_words and bar.score is not None]
        cells.append(
            ReadingCell(
                "".join(letter(numbers[name]) for name in decision.predictors),
                " ".join((whole[label] if label else NO_CATEGORY, *scores)),
                numbers[decision.predictors[0]],
                decision.marks == review.marks,
                partial(_short_label, short.get(label, whole[label]), scores) if label else None,
            )
        )
    is_reading = any(cell.chosen for cell in cells)
    outcome = "" if is_reading else whole[review.marks[0].label] if review.marks else NO_CATEGORY
    kind = "label" if all(decision.marks for decision in review.decisions) else "missing"
    strength, reason = row_strength(review, review.focus), row_reason(review, review.focus)
    return DifferenceRow(kind, cells, outcome, not review.unconfirmed, strength, reason)


def _short_label(label: str, scores: Sequence[str]) -> str:
    return " ".join((label, *scores))


def categories_text(review: CategoryReview, palette: Palette) -> Text:
    """Return the answer as accept would save it: its labels, each in the colour of its source."""
    answer = Text().append(" Answer ", "bold reverse").append(" ")
    if not review.marks:
        answer.append(NO_CATEGORY, "dim")
    origins = span_origins(tuple(review.lanes.values()))
    for category in review.marks:
        answer.append(visible(category.label), origin_style(category, origins, palette)).append("   ")
    return answer


def _bar(review: CategoryReview, predictor: str, label: str) -> ScoreBar:
    prediction = review.item.predictions[predictor]
    in_words = all(score in (0.0, 1.0) for score in prediction.cats.values())
    only_what_holds = in_words and 0.0 not in prediction.cats.values()
    return ScoreBar(
        list(review.item.predictions).index(predictor),
        prediction.cats.get(label, 0.0 if only_what_holds else None),
        review.proposes(predictor, label),
        in_words,
    )
