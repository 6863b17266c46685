"""Differences for a spreadsheet: one row per difference. No text from outside can act as a formula."""

from __future__ import annotations

import csv
import io
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import BinaryIO, cast

from tiebreak.core.compare.cats import THRESHOLD
from tiebreak.core.formats.write_options import WriteSummary
from tiebreak.core.records import Answer, Difference, Marks, QueueItem, Spans

_BEFORE = ("example_id", "text", "score", "kind", "start", "end", "covered text")
_AFTER = ("answer", "annotator", "final reading")
_BETWEEN_SPANS = " | "
_BETWEEN_ANNOTATORS = " / "
_NONE = "–"  # a reading without spans
_LONGEST = 32_000  # characters; a longer cell is cut (Excel's limit is 32,767)
_CUT = "cells cut to fit a spreadsheet (32000 characters)"
_FORMULA = frozenset("=+-@")
# Invisible signs that emoji and the words of some scripts need.
_JOINERS = frozenset("\u200c\u200d")
_UNSEEN = frozenset(("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"))

Cell = str | int | float
_Chosen = dict[tuple[int, int], Marks]  # an answer's marks at each place where the annotator chose


def write(
    items: Iterable[QueueItem],
    answers: Mapping[int, Sequence[Answer]],
    stream: BinaryIO,
    predictors: Sequence[str] | None = None,
) -> WriteSummary:
    """Write a row for each difference of `items`, as UTF-8 with a byte order mark and CRLF, which Excel needs.

    `answers` has the answers in force by example id; several annotators share a cell, with ` / ` between them. Without
    `predictors`, the items are held in memory to learn all names of predictors. The report counts examples with
    differences as records, and differences as spans.
    """
    if predictors is None:
        items = list(items)
        predictors = list(dict.fromkeys(name for item in items for name in _names_of(item)))
    summary = WriteSummary()
    text = io.TextIOWrapper(stream, encoding="utf-8-sig", newline="", write_through=True)
    try:
        rows = csv.writer(text, lineterminator="\r\n", quoting=csv.QUOTE_NONNUMERIC)
        rows.writerow([safe_cell(name) for name in (*_BEFORE, *predictors, *_AFTER)])
        for item in items:
            summary.records += bool(item.differences)
            given = [(answer, _chosen(answer)) for answer in answers.get(item.example.id, ())]
            for difference in item.differences:
                summary.spans += 1
                row = _row(item, difference, predictors, given)
                rows.writerow([_fit(cell, summary) for cell in row])
    finally:
        text.detach()
    return summary


@lru_cache(maxsize=64)  # an example's text is repeated in the row of each difference
def safe_cell(text: str) -> str:
    """Return `text` as a cell that no spreadsheet takes for a formula, with invisible signs as escapes.

    A cell gets an apostrophe before it if it begins with = + - @, tab or carriage return (OWASP, "CSV Injection"). So
    does a cell with full-width or small forms of these signs, or with blanks before them.
    """
    shown = text if text.isprintable() else "".join(map(_visible, text))
    first = unicodedata.normalize("NFKC", shown.lstrip()[:1])[:1]
    return f"'{shown}" if first in _FORMULA else shown


def _visible(character: str) -> str:
    if character in _JOINERS or unicodedata.category(character) not in _UNSEEN:
        return character
    return character.encode("unicode_escape").decode()


def _fit(cell: Cell, summary: WriteSummary) -> Cell:
    if not isinstance(cell, str):
        return cell
    if len(cell) > _LONGEST:
        summary.notes[_CUT] += 1
        cell = cell[: _LONGEST - 1] + "…"
    return safe_cell(cell)


def _names_of(item: QueueItem) -> Iterable[str]:
    yield from item.predictions
    for difference in item.differences:
        yield from difference.readings


def _row(
    item: QueueItem, difference: Difference, predictors: Sequence[str], answers: Sequence[tuple[Answer, _Chosen]]
) -> Iterable[Cell]:
    text = item.example.text
    place = (_CategoryPlace if difference.is_category else _SpanPlace)(item, difference)
    yield from (item.example.id, text, round(item.score, 6), place.kind)
    yield from (difference.start, difference.end, text[difference.start : difference.end])
    for name in predictors:
        marks = difference.readings.get(name)
        yield "" if marks is None else place.reading(name, marks)
    yield _BETWEEN_ANNOTATORS.join(answer.answer for answer, _ in answers)
    yield _BETWEEN_ANNOTATORS.join(answer.annotator for answer, _ in answers)
    yield _BETWEEN_ANNOTATORS.join(
        place.final(answer, chosen) if answer.answer == "accept" else _NONE for answer, chosen in answers
    )


class _SpanPlace:
    """The cells of a place where spans differ: its kind, a predictor's reading, and an accepted answer's spans."""

    def __init__(self, item: QueueItem, difference: Difference) -> None:
        self.kind: str = difference.kind
        self._text = item.example.text
        self._start, self._end = difference.start, difference.end

    def reading(self, predictor: str, marks: Marks) -> str:
        return _written(marks, self._text)

    def final(self, answer: Answer, chosen: _Chosen) -> str:
        """Return the marks chosen at the place, or else the answer's spans that overlap it."""
        if (marks := chosen.get((self._start, self._end))) is not None:
            return _written(marks, self._text)
        overlapping = [span for span in answer.spans if span.start < self._end and self._start < span.end]
        return _written(tuple(overlapping), self._text)


class _CategoryPlace:
    """The same cells for a category on which readings differ."""

    def __init__(self, item: QueueItem, difference: Difference) -> None:
        self.kind = f"category {difference.label}"
        self._label = difference.label
        self._predictions = item.predictions

    def reading(self, predictor: str, marks: Marks) -> str:
        prediction = self._predictions.get(predictor)
        score = None if prediction is None else prediction.cats.get(self._label)
        return ("yes" if marks else "no") + ("" if score is None else f" {score:.4g}")

    def final(self, answer: Answer, chosen: _Chosen) -> str:
        return "yes" if (answer.cats or {}).get(self._label, 0.0) >= THRESHOLD else "no"


def _written(marks: Marks, text: str) -> str:
    spans = cast(Spans, marks)
    return _BETWEEN_SPANS.join(f"{span.label}:{text[span.start : span.end]}" for span in spans) or _NONE


def _chosen(answer: Answer) -> _Chosen:
    """Return the marks chosen at each place, so that each difference of the example looks them up once."""
    chosen: _Chosen = {}
    for each in answer.choices:
        chosen.setdefault((each.difference.start, each.difference.end), each.marks)
    return chosen
