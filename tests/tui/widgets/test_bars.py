"""A bar draws exactly what Rich makes of its text."""

from __future__ import annotations

import pytest
from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from rich.text import Text

from tiebreak.tui.widgets.bars import _segments

BLUE = Style(color="blue")


@pytest.mark.parametrize(
    "text",
    [
        Text(),
        Text("plain"),
        Text(" ").append("3 done", "bold").append(" · ", "dim").append("7 left").append("●", BLUE),
        Text("bold red", "bold red"),
        Text("whole", spans=[]).append(" and its end", "italic"),
        Text.from_markup("[bold]one [red]in[/red] another[/bold]"),
        Text("cut at the end ").append("in the middle of what is bold", "bold")[:20],
    ],
)
def test_segments_are_those_of_rich(text: Text) -> None:
    console = Console()

    def painted(segments: list[Segment]) -> list[tuple[str, Style]]:
        return [(text, style or Style.null()) for text, style, _ in Segment.simplify(segments) if text]

    assert painted(_segments(text, console)) == painted([*text.render(console)])
