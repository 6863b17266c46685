"""Choosing a label by the start of its name, for stores with more labels than digits."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import BindingType

from tiebreak.tui.commands import CHOOSE_LABEL, typing_bindings
from tiebreak.tui.screens.prompt import PromptScreen
from tiebreak.tui.text.render import fit, visible
from tiebreak.tui.widgets.bars import TextBar

MOST_ROWS = 10


def matching_labels(labels: Sequence[str], typed: str) -> list[str]:
    """Return the labels whose shown name begins with `typed`, then those that contain it; case does not count."""
    typed = typed.strip().casefold()
    names = [(label, visible(label).casefold()) for label in labels]
    first = [label for label, name in names if name.startswith(typed)]
    return first + [label for label, name in names if typed in name and not name.startswith(typed)]


def completion(labels: Sequence[str], typed: str) -> str:
    """Return `typed` and the letters that all labels with this beginning share, as the first spells them."""
    wanted = typed.strip().casefold()
    names = [name for label in labels if (name := visible(label)).casefold().startswith(wanted)]
    common = len(wanted)
    while names and common < len(names[0]) and len({name[: common + 1].casefold() for name in names}) == 1:
        common += 1
    return names[0][:common] if names and common > len(wanted) else typed


class ChooseLabelScreen(PromptScreen):
    """Returns one of `labels`, or None if the annotator goes back. No other name can be chosen."""

    DEFAULT_CSS = """
    ChooseLabelScreen > #names { background: $panel; }
    """
    COMMANDS_HERE = CHOOSE_LABEL
    BINDINGS: ClassVar[list[BindingType]] = [*typing_bindings(CHOOSE_LABEL)]

    def __init__(self, labels: Sequence[str], title: str) -> None:
        super().__init__(title)
        self._labels = labels
        self._matching = list(labels)
        self._selected = 0
        self._names = TextBar("names")

    def compose(self) -> ComposeResult:
        yield self.title_bar
        yield self._names
        yield self.input

    def on_resize(self) -> None:
        self.draw()

    def changed(self, typed: str) -> None:
        self._matching = matching_labels(self._labels, typed)
        self._selected = 0

    def state(self) -> str:
        if not self._matching:
            return "no label has this in its name"
        up, down, back = self.key_of("step_up"), self.key_of("step_down"), self.key_of("back")
        keys = f"{self.key_of('complete')} completes, {up} {down} choose, {self.key_of('take')} takes, {back} goes back"
        return f"{len(self._matching)} of {len(self._labels)} · {keys}"

    def draw(self) -> None:
        super().draw()
        width, height = self.app.size
        rows = max(min(MOST_ROWS, len(self._matching), height - 4), 1)
        top = max(0, min(self._selected - rows // 2, len(self._matching) - rows))
        names = Text(no_wrap=True)
        for number, label in enumerate(self._matching[top : top + rows], start=top):
            chosen = number == self._selected
            place = self._labels.index(label) + 1
            line = f" {'▶' if chosen else ' '} {place if place < 10 else ' '}  {visible(label)}"
            names.append("\n" * (number > top)).append(fit(line, max(width - 1, 1)), "bold reverse" if chosen else "")
        self._names.styles.height = rows
        self._names.show(names)

    def do_step_down(self) -> None:
        self._step(1)

    def do_step_up(self) -> None:
        self._step(-1)

    def _step(self, step: int) -> None:
        self.see_typed()
        if self._matching:
            self._selected = (self._selected + step) % len(self._matching)
            self.draw()

    def do_complete(self) -> None:
        self.input.value = completion(self._labels, self.input.value)
        self.input.cursor_position = len(self.input.value)

    def take(self) -> None:
        if self._matching:
            self.dismiss(self._matching[self._selected])
