"""Folding the lines of a long text: stretches without a difference become one row."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from itertools import accumulate
from typing import NamedTuple

from tiebreak.tui.text.layout import TextLayout
from tiebreak.tui.text.values import counted

CONTEXT = 1  # lines kept on each side of a difference
LEAST = 3  # lines; a shorter stretch is not folded


class Stretch(NamedTuple):
    """Lines of a layout by number, `end` exclusive: one line, or several that are folded into one row."""

    first: int
    end: int
    folded: bool = False


class Stretches:
    """The lines of a layout in order, with the stretches `folds` (first, end) folded."""

    def __init__(self, line_count: int, folds: Sequence[tuple[int, int]] = ()) -> None:
        self.folds = folds
        hidden = [0, *accumulate(end - first - 1 for first, end in folds)]
        self._hidden = hidden  # at n: the lines that the first n folds hide
        self._numbers = [first - before for (first, _), before in zip(folds, hidden, strict=False)]
        self._count = line_count - hidden[-1]

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, number: int) -> Stretch:
        before = bisect_right(self._numbers, number)
        if before and self._numbers[before - 1] == number:
            return Stretch(*self.folds[before - 1], folded=True)
        line = number + self._hidden[before]
        return Stretch(line, line + 1)

    def number_of(self, line: int) -> int:
        """Return the number of the stretch that holds `line`."""
        before = bisect_right(self.folds, line, key=lambda fold: fold[0])
        if before and line < self.folds[before - 1][1]:
            return self._numbers[before - 1]
        return line - self._hidden[before]


def fold(layout: TextLayout, places: Iterable[tuple[int, int]]) -> Stretches:
    """Return the lines of `layout`, with each run folded that has none of `places` (code points) in or next to it.

    Without any places, nothing is folded.
    """
    count = layout.line_count
    kept = sorted(
        (max(layout.line_at(start) - CONTEXT, 0), min(layout.line_at(max(start, end - 1)) + CONTEXT + 1, count))
        for start, end in places
    )
    folds = []
    done = 0
    for first, end in [*kept, (count, count)] if kept else []:
        if first - done >= LEAST:
            folds.append((done, first))
        done = max(done, end)
    return Stretches(count, folds)


def describe_fold(layout: TextLayout, stretch: Stretch, spans: int) -> str:
    """Return `⋯ 3 paragraphs, 12 agreed spans`; if the stretch is not whole paragraphs, count its lines."""
    start, end = layout.line(stretch.first).start, layout.line(stretch.end - 1).end
    text = layout.text
    whole = (start == 0 or text[start - 1] == "\n") and (end == len(text) or text[end - 1] == "\n")
    paragraphs = sum(bool(paragraph.strip()) for paragraph in text[start:end].split("\n")) if whole else 0
    folded = counted(paragraphs, "paragraph") if paragraphs else counted(stretch.end - stretch.first, "line")
    return f"⋯ {folded}, {counted(spans, 'agreed span') if spans else 'no spans'}"
