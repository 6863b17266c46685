"""The keys of the present screen, and its signs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import ClassVar

from rich.console import Group
from rich.table import Table
from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.screen import ModalScreen

from tiebreak.tui.commands import PALETTE, SCROLL, Command, key_of
from tiebreak.tui.screens.closing import ClosesOnce
from tiebreak.tui.text.render import SLICE_SIGN, Palette, letter, palette_of
from tiebreak.tui.widgets.page_view import PageView

KINDS = (
    ("missing", "some models say nothing here"),
    ("label", "the same bounds, other labels"),
    ("boundary", "the same labels, other bounds"),
    ("mixed", "the rest, also one span against several"),
    (
        "agreed",
        "no difference: all models say this. Your earlier answers make it probably wrong; "
        f"on a {SLICE_SIGN} text it waits to be confirmed",
    ),
    ("unmarked", "no difference: no model marked this, and it probably is something"),
    ("keep?  add?", "one model alone has read the text: it has this; it has not, and it probably is something"),
)
SIGNS = (
    ("▶", "the difference in focus; in the text it is reversed"),
    (
        "?  ✓",
        "not confirmed yet; confirmed. The answer starts as A's reading, or once earlier answers teach it, as what "
        "they make likely",
    ),
    ("?▁  ?▄  ?█", "how sure that is, by earlier answers: below 50%, from 50%, from 90%"),
    ("●  ○", "the reading that stands; another reading"),
    ("⚑", "you flagged the example"),
    (SLICE_SIGN, "a random text: it measures how good the models and the export are, so it is reviewed blind"),
)


class HelpScreen(ModalScreen[None], ClosesOnce[None]):
    """Lists `commands` in groups, by their headings; any key that does not scroll closes it."""

    DEFAULT_CSS = """
    HelpScreen { align: center middle; }
    HelpScreen > PageView { width: 80; max-width: 100%; height: 100%; border: round $primary; background: $surface; }
    """
    BINDINGS: ClassVar[list[BindingType]] = []

    def __init__(self, commands: Sequence[Command]) -> None:
        super().__init__()
        self._commands = commands
        self.page = PageView()

    def compose(self) -> ComposeResult:
        self.page.border_title = "Keys"
        names = ("line_up", "line_down", "page_up", "page_down")
        keys = " ".join(key_of(SCROLL, name) for name in names)
        self.page.border_subtitle = f"{keys} scroll, any other key closes"
        yield self.page

    def on_mount(self) -> None:
        self.page.show(Group(*help_parts(self._commands, palette_of(self.app))))

    def on_key(self, event: events.Key) -> None:
        event.stop()
        height = self.page.size.height - 1
        steps = {"line_up": -1, "line_down": 1, "page_up": -height, "page_down": height}
        name = next((command.name for command in SCROLL if event.key in command.keys), "")
        if name in steps:
            self.page.scroll_relative(y=steps[name], animate=False)
        elif name == "to_start":
            self.page.scroll_home(animate=False)
        elif name == "to_end":
            self.page.scroll_end(animate=False)
        else:
            self.dismiss()


def help_parts(commands: Sequence[Command], palette: Palette) -> Iterator[Text | Table]:
    """Yield the keys, group by group; on a screen that settles differences, their kinds and its signs, too."""
    group: list[Command] = []
    for command in commands:
        if command.heading and group:
            yield from _keys(group)
            group = []
        group.append(command)
    yield from _keys(group)
    yield _rows([(Text(PALETTE, "bold"), "every action by name")])
    if any(command.name == "neither" for command in commands):
        yield Text("\nKinds of differences", "bold underline")
        yield _rows((Text(kind, "bold"), means) for kind, means in KINDS)
        yield Text("\nSigns", "bold underline")
        yield _rows([*_lanes(palette), *((Text(sign, "bold"), means) for sign, means in SIGNS)])


def _keys(group: Sequence[Command]) -> Iterator[Text | Table]:
    if group and group[0].heading:
        yield Text(f"\n{group[0].heading}", "bold underline")
    yield _rows((Text(command.key_display, "bold"), command.help) for command in group)


def _lanes(palette: Palette) -> Iterator[tuple[Text, str]]:
    for number, who in ((0, "the left model's lane, under each line of the text"), (1, "the right model's")):
        yield Text(f"{letter(number)} {palette.line(number) * 3}", palette.style(number, bold=True)), who
    agreed = palette.agreed or ""
    yield Text("green", f"bold {agreed}".strip()), "what all models say"
    yield Text("pink", f"bold {palette.human or ''}".strip()), "what is yours alone"


def _rows(rows: Iterable[tuple[Text, str]]) -> Table:
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(justify="right", width=13)
    table.add_column()
    for keys, means in rows:
        table.add_row(keys, means)
    return table
