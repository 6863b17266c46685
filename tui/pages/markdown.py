"""The parts of pages of Markdown: text from outside, tables, lengths of time."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from tiebreak.tui.text.render import shorten

_MARKUP = re.compile(r"[\\`*_\[\]<>|~&$#]")


def escaped(text: str, width: int = 60) -> str:
    """Return `text` made visible, cut to `width` characters, and escaped for Markdown."""
    return _MARKUP.sub(lambda found: "\\" + found.group(), shorten(text, width))


def table(head: Sequence[str], rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    """Yield a table, then an empty line."""
    yield f"| {' | '.join(head)} |"
    yield f"|{'---|' * len(head)}"
    for row in rows:
        yield f"| {' | '.join(row)} |"
    yield ""


def minutes_text(minutes: float) -> str:
    """Return a length of time as a person says it."""
    if minutes < 1:
        return "less than a minute"
    return f"{minutes:.0f} min" if minutes < 120 else f"{minutes / 60:.1f} h"
