"""The README's picture shows the current screen."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree

import pytest
from readme_picture import PICTURE, draw

SVG = "{http://www.w3.org/2000/svg}"
PARSED = ElementTree.parse(PICTURE).getroot()
CELL = 12.2  # the width of a cell in Rich's picture


async def test_the_picture_is_current(tmp_path: Path) -> None:
    drawn = await draw(tmp_path / "news.db")
    assert drawn == PICTURE.read_text(), "`uv run python tests/readme_picture.py` makes it anew"


def test_every_word_stands_in_its_column() -> None:
    """No text has spaces at its ends, so that viewers which drop them make no difference."""
    texts = [text for text in PARSED.iter(f"{SVG}text") if text.get("textLength")]
    assert len(texts) > 30
    for text in texts:
        words = text.text or ""
        assert words == words.strip()
        assert float(text.attrib["textLength"]) == pytest.approx(CELL * len(words), abs=0.1)
        assert float(text.attrib["x"]) / CELL == pytest.approx(round(float(text.attrib["x"]) / CELL), abs=0.01)


def test_the_picture_fetches_nothing() -> None:
    assert not re.search(r"url\((?!#)|href|@import", PICTURE.read_text())
