"""The smallest Textual app that shows a text: a Static and a Footer.

`a` shows the next line of the file in argv; `r` draws the same line again.
"""

from __future__ import annotations

import sys
from typing import ClassVar

from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Footer, Static


class BareApp(App[None]):
    """Shows `texts`, one at a time."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("a", "following", "next"),
        Binding("r", "same", "redraw"),
        Binding("q", "quit", "leave"),
    ]

    def __init__(self, texts: list[str]) -> None:
        super().__init__()
        self.texts = iter(texts)
        self.shown = next(self.texts)
        self.static = Static(self.shown, markup=False)

    def compose(self) -> ComposeResult:
        yield self.static
        yield Footer()

    def action_following(self) -> None:
        self.shown = next(self.texts)
        self.static.update(self.shown)

    def action_same(self) -> None:
        self.static.update(self.shown)


if __name__ == "__main__":
    with open(sys.argv[1], encoding="utf-8") as file:  # noqa: PTH123  pathlib would cost an import
        BareApp(file.read().splitlines()).run()
