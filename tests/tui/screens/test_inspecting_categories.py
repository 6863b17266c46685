"""The inspector on categories."""

from __future__ import annotations

from io import StringIO

from rich.console import Console, Group

from tiebreak.core.records import Answer, Example
from tiebreak.core.store.inspection import InspectedPrediction, Inspection
from tiebreak.tui.screens.inspect import inspection_parts


def test_categories_are_told_in_place_of_spans() -> None:
    said = InspectedPrediction("model", "file", "model.jsonl", None, "today", (), {"sports": 0.9}, (), None, ())
    answer = Answer(1, "sam", "session", "accept", (), cats={"politics": 1.0, "weather": 0.0})
    inspection = Inspection(Example(1, "A text", 1), None, "digest", (said,), ((answer, False),), ())
    console = Console(file=StringIO(), width=100)
    console.print(Group(*inspection_parts(inspection, {"model": 0}, blind=False)))
    assert isinstance(console.file, StringIO)
    page = console.file.getvalue()
    assert "sports 0.900" in page
    assert "spans" not in page
    assert "politics" in page
    assert "weather" not in page
