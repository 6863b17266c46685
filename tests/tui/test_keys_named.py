"""Only the table of commands names keys: otherwise a sentence would be wrong once its key is changed."""

from __future__ import annotations

from itertools import chain
from pathlib import Path

import pytest
from named_keys import NAMES_A_KEY, TABLES, named_keys

TUI = Path(__file__).parent.parent.parent / "tui"
FOLDERS = ("screens", "pages", "widgets", "text")


def test_no_screen_names_a_key_by_itself() -> None:
    assert [place for folder in FOLDERS for place in named_keys(TUI / folder)] == []
    assert [place for place in named_keys(TUI / "cli") if place.file.name.startswith("review")] == []


def test_help_names_no_key_that_may_be_changed() -> None:
    """The help of a command appears beside its key, whatever the key is."""
    assert [each.help for each in chain(*TABLES) if NAMES_A_KEY.search(each.help)] == []


@pytest.mark.parametrize(
    "sentence",
    [
        "g shows the guidelines; they stand beside the text",
        "G goes to the next difference of the same pattern",
        "searched in time; G searches again",
        "n: next match, N: previous, a digit labels it",
        "nothing found yet; / searches the text",
        "nothing would be left of the span; d deletes it",
        "white space alone cannot be labelled; by characters (c) it can",
        "select from one to the other, then m",
        "… deleted; u undoes that",
        "gave way: …; back when the span shrinks, or with u",
        "All models agree here; a accepts, digits set categories.",
        "a category holds or it does not: ← → pick, digits set it",
        "This list is empty; tab shows all examples.",
        "… · enter goes through them, esc goes back",
        "… · tab completes, ↑ ↓ choose, enter takes, esc goes back",
        "empty it and press enter: no filter.",
        "  enter saves it, esc cancels, an empty note is deleted",
        "Find  (enter stays there, esc goes back)",
        "…; press E to see it",
        "↑ ↓ pgup pgdn scroll, any other key closes",
        "ignored so soon after esc: on a slow line it may be half a key",
    ],
)
def test_a_sentence_that_names_a_key_is_known_as_that(sentence: str) -> None:
    assert NAMES_A_KEY.search(sentence)


@pytest.mark.parametrize(
    "source",
    [
        'self.say(f"{deleted} deleted; u undoes that")',
        'KEYS = (("0", "neither: no span here"), ("f12", "help"))',
        'line.append("q", "bold")',
        'def label_text(names, others="t"): ...',
        'BINDINGS = [Binding("f12", "back")]',
        'close = event.key == "home"',
    ],
)
def test_the_other_ways_to_name_a_key_are_found(tmp_path: Path, source: str) -> None:
    (tmp_path / "screen.py").write_text(f"{source}\n", "utf-8")
    assert len(list(named_keys(tmp_path))) == 1


@pytest.mark.parametrize(
    "source",
    [
        'self.say(f"{key} goes to the next difference")',
        'self.say("a digit labels it; the span ends there")',
        'hint = "words label: kind: pair:a,b note: annotator:"',
        '"""Nothing was found; / finds text."""',
        'DEFAULT_CSS = "a { b: c; }"',
    ],
)
def test_other_words_are_no_keys(tmp_path: Path, source: str) -> None:
    (tmp_path / "screen.py").write_text(f"{source}\n", "utf-8")
    assert list(named_keys(tmp_path)) == []
