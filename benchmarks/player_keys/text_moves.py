"""The fewest keys from one token of a text to another, moving and selecting."""

from __future__ import annotations

import heapq
from collections.abc import Mapping, Sequence
from functools import cache
from itertools import count

from tiebreak.core.records import Task, Token
from tiebreak.core.review.editing import SpanEditor
from tiebreak.tui.text.drawn_lines import column_of, line_away, line_ends
from tiebreak.tui.text.layout import TextLayout

Keys = tuple[str, ...]
_Steps = Sequence[Mapping[Keys, int]]  # by the token at the cursor


class TextMoves:
    """Ways from token to token (indices into the editor's units) in a text as it is drawn."""

    def __init__(self, layout: TextLayout, tokens: Sequence[Token], task: Task) -> None:
        editor = SpanEditor(layout.text, tokens, (), task)
        self.units = editor.units
        places = range(len(self.units))
        self._by_line = [_line_moves(layout, editor, at) for at in places]
        self._moves = [_moves(layout, editor, at) for at in places]
        self._extends = [_extends(editor, at) for at in places]
        self.moves_from = cache(self._moves_from)
        self.extends_from = cache(self._extends_from)

    def steps_from(self, at: int) -> list[tuple[Keys, int]]:
        """Return the single moves from the token `at`, each with the token it leads to; they end a selection."""
        return [*self._moves[at].items(), *self._by_line[at].items()]

    def _moves_from(self, at: int) -> list[Keys]:
        """Return the keys that move from the token `at` to each token."""
        return _shortest(self._moves, self._by_line, at)

    def _extends_from(self, at: int) -> list[Keys]:
        """Return the keys that select from the token `at` to each token; the cursor ends there."""
        return _shortest(self._extends, [{}] * len(self.units), at)


def _shortest(steps: _Steps, by_line: _Steps, start: int) -> list[Keys]:
    """Return the shortest way from `start` to each token.

    A step `by_line` never follows another, as steps in a row keep to their first column.
    """
    order = count()
    waiting: list[tuple[int, int, int, bool, Keys]] = [(0, next(order), start, False, ())]
    seen: set[tuple[int, bool]] = set()
    found: dict[int, Keys] = {}
    while waiting:
        cost, _, at, by_column, keys = heapq.heappop(waiting)
        if (at, by_column) in seen:
            continue
        seen.add((at, by_column))
        found.setdefault(at, keys)
        for press, to in steps[at].items():
            heapq.heappush(waiting, (cost + len(press), next(order), to, False, (*keys, *press)))
        for press, to in () if by_column else by_line[at].items():
            heapq.heappush(waiting, (cost + len(press), next(order), to, True, (*keys, *press)))
    return [found[at] for at in range(len(steps))]


def _moves(layout: TextLayout, editor: SpanEditor, at: int) -> dict[Keys, int]:
    units, last = editor.units, len(editor.units) - 1
    first_of_line, last_of_line = (units.holding(place) for place in line_ends(layout, units, at))
    return {
        ("left",): max(at - 1, 0),
        ("right",): min(at + 1, last),
        ("w",): _by_word(editor, at, 1),
        ("b",): _by_word(editor, at, -1),
        ("home",): first_of_line,
        ("end",): last_of_line,
        ("g",): 0,
        ("G",): last,
    }


def _extends(editor: SpanEditor, at: int) -> dict[Keys, int]:
    return {
        ("H",): max(at - 1, 0),
        ("L",): min(at + 1, len(editor.units) - 1),
        ("W",): _by_word(editor, at, 1, extend=True),
        ("B",): _by_word(editor, at, -1, extend=True),
    }


def _by_word(editor: SpanEditor, at: int, step: int, *, extend: bool = False) -> int:
    editor.move_to(editor.units.starts[at])
    editor.move_by_word(step, extend=extend)
    return editor.cursor


def _line_moves(layout: TextLayout, editor: SpanEditor, at: int) -> dict[Keys, int]:
    """Return the tokens that one or several lines down or up lead to, by their keys."""
    units = editor.units
    column = column_of(layout, units, at)
    found: dict[Keys, int] = {}
    for key, step in (("down", 1), ("up", -1)):
        here, keys = at, [key]
        while (position := line_away(layout, units, here, step, column)) is not None:
            here = units.holding(position)
            found[tuple(keys)] = here
            keys.append(key)
    return found
