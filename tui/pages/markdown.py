"""Text from outside on a page of Markdown."""

from __future__ import annotations

import re

from tiebreak.tui.text.render import shorten

_MARKUP = re.compile(r"[\\`*_\[\]<>|~&$#]")


def escaped(text: str, width: int = 60) -> str:
    """`text` visible, cut to `width` characters, and of no meaning to Markdown."""
    return _MARKUP.sub(lambda found: "\\" + found.group(), shorten(text, width))
