"""The bytes that a key sends to the terminal, for which a person waits over SSH."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from end_to_end.terminal import Terminal
from screen_examples import HEADLINE, LLM, SPACY, fill
from stores import create_store

from tiebreak.core.store.annotators import mark_introduced

pytestmark = pytest.mark.full


@pytest.mark.parametrize("key", ["\x1b[D", "\x1b[C", "\t"], ids=["left", "right", "tab"])
def test_a_key_sends_at_most_a_quarter_of_a_full_redraw(tmp_path: Path, key: str) -> None:
    path = tmp_path / "store.db"
    with create_store(path) as store:
        fill(store, [(HEADLINE, {"spacy": SPACY, "llm": LLM})])
        mark_introduced(store, "sam")
    tiebreak = Path(sys.executable).with_name("tiebreak")
    command = [str(tiebreak), "review", str(path), "--annotator", "sam"]
    with Terminal(command, columns=100, rows=30, environment={"COLORTERM": "truecolor"}) as terminal:
        terminal.wait_for("quit")
        terminal.read(1.0)
        terminal.resize(100, 31)
        terminal.read(0.5)
        terminal.forget()
        terminal.resize(100, 30)
        terminal.read(0.5)
        redraws = terminal.text.count("Answer")  # a resize may draw more than once
        full = len(terminal.output) / redraws
        for _ in range(3):
            terminal.forget()
            terminal.send(key)
            terminal.read(0.4)
            assert len(terminal.output) <= 0.25 * full
