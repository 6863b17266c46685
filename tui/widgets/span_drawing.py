"""What the review screen shows of spans: the text with a lane a predictor, the differences, the answer."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from tiebreak.core.review.choices import Choice
from tiebreak.core.review.review import AnyReview
from tiebreak.core.review.spans import SpanReview
from tiebreak.tui.text.labels import whole_labels
from tiebreak.tui.text.likely import row_reason, row_strength
from tiebreak.tui.text.readings import kind_word, reading_letters, reading_number
from tiebreak.tui.text.render import Palette, answer_text, describe_spans, first_in_sight, letter
from tiebreak.tui.widgets.difference_list import DifferenceRow, ReadingCell
from tiebreak.tui.widgets.drawing import DrawnReview, KeyOf, agreeing_here, failed_here
from tiebreak.tui.widgets.text_view import TextState

_WORDS = 60  # cells of what a span covers


class SpanDrawing:
    """Draws a review of spans."""

    has_bars = False
    label_rows = 2

    def refused(self, key_of: KeyOf, review: AnyReview | None) -> Mapping[str, str]:
        return {}

    def draw(self, review: SpanReview, palette: Palette, room: int, short: Mapping[str, str]) -> DrawnReview:
        text, spans = review.item.example.text, review.marks
        focus = None
        if review.differences:
            place = review.differences[review.focus]
            focus = (place.start, place.end)
        lanes = review.lanes
        proposals = tuple(lanes.values())
        letters = [letter(number) for number, name in enumerate(review.item.predictions) if name in lanes]
        places = [(difference.start, difference.end) for difference in review.differences]
        first = first_in_sight(spans, focus, room)
        return DrawnReview(
            TextState(text, lanes, spans, focus, letters, proposals, places=places, short=short),
            difference_rows(review, short),
            answer_text(text, spans, proposals, palette, first=first),
            focus=review.focus,
        )

    def no_rows(self, key_of: KeyOf, review: AnyReview | None, names: Mapping[str, str]) -> str:
        keys = f"{key_of('edit')} marks, {key_of('accept')} accepts"
        if review is not None and review.is_unread:
            return f"No model has read this text{failed_here(review, names)}: {keys}."
        if review is not None and review.is_open_text:
            return f"{names[next(iter(review.proposals))]} marks nothing here{failed_here(review, names)}; {keys}."
        return f"{agreeing_here(review, names)}; {key_of('accept')} accepts, {key_of('edit')} edits the spans."

    def how_to_add(self, key_of: KeyOf) -> str:
        return f"{key_of('edit')} marks all"

    def nothing_shown(self, key_of: KeyOf) -> str:
        return f"Nothing is marked for you here: {key_of('edit')} marks what there is, {key_of('accept')} accepts."

    def describe(self, review: AnyReview, at: int, choice: Choice[Any]) -> str:
        return describe_spans(review.item.example.text, choice.marks, 24) if choice.marks else "no span"


def difference_rows(review: SpanReview, short: Mapping[str, str]) -> list[DifferenceRow]:
    """Return a row for each difference: its readings and the choice; `short` has the labels' short names."""
    text = review.item.example.text
    whole = whole_labels(review.labels)
    numbers = {name: number for number, name in enumerate(review.item.predictions)}
    rows = []
    for at, (difference, choice, readings) in enumerate(
        zip(review.differences, review.choices, review.readings, strict=True)
    ):
        described = [describe_spans(text, reading.marks, _WORDS, whole) for reading in readings]
        if with_bounds := len(set(described)) < len(described):  # they say the same words of other places
            described = [describe_spans(text, reading.marks, _WORDS, whole, with_bounds=True) for reading in readings]
        cells = [
            ReadingCell(
                reading_letters(difference, reading, numbers),
                said if reading.marks or not difference.is_offer else "nothing",
                reading_number(difference, reading, numbers),
                choice.reading == index and not review.is_unchosen(at),
                partial(describe_spans, text, reading.marks, _WORDS, short, with_bounds=with_bounds)
                if reading.marks
                else None,
            )
            for index, (reading, said) in enumerate(zip(readings, described, strict=True))
        ]
        outcome: str = "" if choice.reading is not None or review.is_unchosen(at) else choice.name
        if choice.name == "edited" and choice.reading is None:
            outcome = describe_spans(text, choice.marks, 20, whole)
        reason = row_reason(review, at) if at == review.focus else ()
        rows.append(
            DifferenceRow(kind_word(difference), cells, outcome, choice.confirmed, row_strength(review, at), reason)
        )
    return rows
