"""Which lines of a long text are folded away: stretches in which no difference lies."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from itertools import accumulate
from typing import NamedTuple

from tiebreak.tui.text.layout import TextLayout

CONTEXT = 1  # lines kept on each side of a difference
LEAST = 3  # lines that are worth folding


class Stretch(NamedTuple):
    """Lines of a layout, by number, `end` exclusive: one line, or several that are folded to one row."""

    first: int
    end: int
    folded: bool = False


class Stretches:
    """The lines of a layout in order, with the stretches `folds` (first, end) of them folded."""

    def __init__(self, line_count: int, folds: Sequence[tuple[int, int]] = ()) -> None:
        self.folds = folds
        hidden = [0, *accumulate(end - first - 1 for first, end in folds)]
        self._hidden = hidden  # lines that the folds before each fold hide, and all of them
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
        """The number of the stretch that holds `line`."""
        before = bisect_right(self.folds, line, key=lambda fold: fold[0])
        if before and line < self.folds[before - 1][1]:
            return self._numbers[before - 1]
        return line - self._hidden[before]


def fold(layout: TextLayout, places: Iterable[tuple[int, int]]) -> Stretches:
    """The lines of `layout`, each run of them folded in or next to which none of `places` (code points) lies.

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
    """`⋯ 3 paragraphs, 12 agreed spans`; lines are counted where the stretch is not whole paragraphs."""
    start, end = layout.line(stretch.first).start, layout.line(stretch.end - 1).end
    text = layout.text
    whole = (start == 0 or text[start - 1] == "\n") and (end == len(text) or text[end - 1] == "\n")
    paragraphs = sum(bool(paragraph.strip()) for paragraph in text[start:end].split("\n")) if whole else 0
    stretched = _count(paragraphs, "paragraph") if paragraphs else _count(stretch.end - stretch.first, "line")
    return f"⋯ {stretched}, {_count(spans, 'agreed span') if spans else 'no spans'}"


def _count(number: int, word: str) -> str:
    return f"{number} {word}" if number == 1 else f"{number} {word}s"
