"""What pages of Markdown are made of: text from outside, tables, stretches of time."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from tiebreak.tui.text.render import shorten

_MARKUP = re.compile(r"[\\`*_\[\]<>|~&$#]")


def escaped(text: str, width: int = 60) -> str:
    """`text` visible, cut to `width` characters, and of no meaning to Markdown."""
    return _MARKUP.sub(lambda found: "\\" + found.group(), shorten(text, width))


def table(head: Sequence[str], rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    """Yield a table, and an empty line."""
    yield f"| {' | '.join(head)} |"
    yield f"|{'---|' * len(head)}"
    for row in rows:
        yield f"| {' | '.join(row)} |"
    yield ""


def minutes_text(minutes: float) -> str:
    """A stretch of time as a person says it."""
    if minutes < 1:
        return "less than a minute"
    return f"{minutes:.0f} min" if minutes < 120 else f"{minutes / 60:.1f} h"
