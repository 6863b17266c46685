"""The picture in the README, drawn from the screen itself; `uv run python tests/readme_picture.py` updates it."""

from __future__ import annotations

import asyncio
import html
import re
import tempfile
from pathlib import Path

from stores import create_store

from tiebreak.core.loading.sources import load_sources
from tiebreak.core.records import Task
from tiebreak.core.review.session import ReviewSession
from tiebreak.tui.app import TiebreakApp
from tiebreak.tui.themes import DARK_SCREEN

PICTURE = Path(__file__).parent.parent / "docs" / "review.svg"
HEADLINES = Path(__file__).with_suffix(".jsonl")
SIZE = (90, 17)
KEYS = ("right", "tab", "0", "tab")  # two differences settled, the third focused
_FONTS = "Menlo, Consolas, 'DejaVu Sans Mono', 'Liberation Mono', monospace"


async def draw(store_path: Path) -> str:
    """Draw the review screen of some of the demo's headlines as SVG, on a new store at `store_path`."""
    with create_store(store_path, Task.NER) as store:
        load_sources(store, [str(HEADLINES)])
        session = ReviewSession(store, "sam")
        app = TiebreakApp(session, session.next(), appearance=DARK_SCREEN)
        async with app.run_test(size=SIZE) as pilot:
            await pilot.press(*KEYS)
            await pilot.pause()
            return portable(app.export_screenshot(title="tiebreak review news.db", simplify=True))


def portable(svg: str) -> str:
    """Change `svg` so that every viewer draws it alike: no external font, and no text with a space at its ends.

    A picture in a page may fetch nothing. Some viewers, such as librsvg, drop spaces at the ends of a text, so that
    the words stand in the wrong columns.
    """
    svg = re.sub(r"\s*@font-face \{.*?\}\n", "\n", svg, flags=re.DOTALL)
    svg = svg.replace("font-family: Fira Code, monospace", f"font-family: {_FONTS}")
    svg = re.sub(r'<text ([^>]*) x="([\d.]+)" ([^>]*) textLength="([\d.]+)" ([^>]*)>([^<]*)</text>', _trimmed, svg)
    return re.sub(r"[ \t]+$", "", svg, flags=re.MULTILINE)


def _trimmed(text: re.Match[str]) -> str:
    """Strip a text of the picture, and move it to the place of its first word."""
    first, x, middle, length, last, content = text.groups()
    characters = html.unescape(content)
    words = characters.strip()
    if not words:
        return ""
    width = float(length) / len(characters)
    x = float(x) + width * (len(characters) - len(characters.lstrip()))
    return (
        f'<text {first} x="{x:g}" {middle} textLength="{width * len(words):g}" {last}>'
        f"{html.escape(words).replace(chr(160), '&#160;')}</text>"
    )


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        PICTURE.write_text(asyncio.run(draw(Path(folder) / "news.db")))
