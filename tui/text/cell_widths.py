"""The width of characters on which terminals disagree.

These are the spacing marks of Indic scripts (category Mc, the vowel sign of का). Rich measures for Textual, and takes
them for zero cells wide. So do kitty and WezTerm; but xterm, VTE, Alacritty, GNU screen and tmux give them a cell of
their own. No drawing of them has the same width everywhere, so ask the terminal. Write `PROBE`, and pass the column of
the cursor that the terminal reports to `learn`. Until it answers, a spacing mark counts as one cell.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

from rich import cells
from rich._unicode_data import load

PROBE = "\x1b7\r\u0915\u093e\x1b[6n\r  \x1b8"  # का at the left edge, and where the cursor is then
_TABLE = load("auto")


def learn_widths(column: int) -> bool:
    """Take the column, from 0, that the terminal reported for `PROBE`. Return whether that changed a width."""
    width = 1 if column > 1 else 0
    changed = cells.get_character_cell_size("\u093e") != width
    if changed:
        set_spacing_mark_width(width)
    return changed


def set_spacing_mark_width(width: int) -> None:
    """Make Rich take spacing marks for `width` cells (0 or 1) wide, everywhere."""
    table = _TABLE._replace(widths=sorted(_without_spacing_marks())) if width else _TABLE
    cells.__dict__["load_cell_table"] = lambda unicode_version="auto": table
    cells.get_character_cell_size.cache_clear()
    cells.cached_cell_len.cache_clear()


def _without_spacing_marks() -> Iterator[tuple[int, int, int]]:
    """Yield the ranges of Rich's table, those of width 0 cut around the spacing marks.

    A character in no range is 1 cell wide.
    """
    for start, end, width in _TABLE.widths:
        if width:
            yield start, end, width
            continue
        first = start
        for code in range(start, end + 1):
            if unicodedata.category(chr(code)) == "Mc":
                if first < code:
                    yield first, code - 1, 0
                first = code + 1
        if first <= end:
            yield first, end, 0
