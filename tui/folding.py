"""Which lines of a long text are folded away: stretches in which no difference lies."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from tiebreak.tui.layout import TextLayout

CONTEXT = 1  # lines kept on each side of a difference
LEAST = 3  # lines that are worth folding


@dataclass(frozen=True, slots=True)
class Stretch:
    """Lines of a layout, by number, `end` exclusive; folded ones are one row on the screen."""

    first: int
    end: int
    folded: bool = False


def fold(layout: TextLayout, places: Iterable[tuple[int, int]]) -> list[Stretch]:
    """The lines of `layout` in order: one stretch a line, but one for each run in or next to which no place lies.

    `places` are bounds in code points. Without any, nothing is folded.
    """
    count = len(layout.lines)
    kept = sorted(
        (max(layout.line_at(start) - CONTEXT, 0), min(layout.line_at(max(start, end - 1)) + CONTEXT + 1, count))
        for start, end in places
    )
    if not kept:
        return [Stretch(number, number + 1) for number in range(count)]
    stretches: list[Stretch] = []
    done = 0
    for first, end in [*kept, (count, count)]:
        if first - done >= LEAST:
            stretches.append(Stretch(done, first, folded=True))
            done = first
        stretches += [Stretch(number, number + 1) for number in range(done, end)]
        done = max(done, end)
    return stretches


def describe_fold(layout: TextLayout, stretch: Stretch, spans: int) -> str:
    """`⋯ 3 paragraphs, 12 agreed spans`; lines are counted where the stretch is not whole paragraphs."""
    start, end = layout.lines[stretch.first].start, layout.lines[stretch.end - 1].end
    text = layout.text
    whole = (start == 0 or text[start - 1] == "\n") and (end == len(text) or text[end - 1] == "\n")
    paragraphs = sum(bool(paragraph.strip()) for paragraph in text[start:end].split("\n")) if whole else 0
    stretched = _count(paragraphs, "paragraph") if paragraphs else _count(stretch.end - stretch.first, "line")
    return f"⋯ {stretched}, {_count(spans, 'agreed span') if spans else 'no spans'}"


def _count(number: int, word: str) -> str:
    return f"{number} {word}" if number == 1 else f"{number} {word}s"
