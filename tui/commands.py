"""What the person can do, each thing said once: bindings, footer, palette and help all come from here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from textual.binding import Binding
from textual.keys import key_to_character


@dataclass(frozen=True, slots=True)
class Command:
    """One action: the method `do_NAME` of a screen, its keys as Textual names them, and how it is told.

    `footer` is the word in the footer, "" for none; `footer_keys` stands there for the keys of a pair of commands.
    """

    name: str
    keys: tuple[str, ...]
    help: str
    footer: str = ""
    footer_keys: str = ""
    shown: str = ""  # the keys as a person reads them, where the names would not do

    @property
    def key_display(self) -> str:
        return self.shown or " ".join(display_of(key) for key in self.keys)

    def bindings(self) -> list[Binding]:
        """One binding a key, all of which run `do('NAME')`; a digit's number goes with it."""
        return [
            Binding(key, f"do('{self.name}', '{key}')", self.help, show=False, priority=True, id=f"{self.name}.{key}")
            for key in self.keys
        ]


def display_of(key: str) -> str:
    """A key as a person reads it: its sign, where it has one that shows."""
    sign = key_to_character(key)
    return _DISPLAY.get(key) or (sign if sign is not None and sign.isprintable() and not sign.isspace() else key)


_DISPLAY = {
    "left": "←",
    "right": "→",
    "up": "↑",
    "down": "↓",
    "left_square_bracket": "[",
    "right_square_bracket": "]",
    "question_mark": "?",
    "full_stop": ".",
    "comma": ",",
    "greater_than_sign": ">",
    "less_than_sign": "<",
    "slash": "/",
    "shift+left": "shift+←",
    "shift+right": "shift+→",
    "escape": "esc",
}

_DIGITS = tuple("123456789")

REVIEW = (
    Command("accept", ("a",), "accept the answer as shown, next example", "accept"),
    Command("confirm_and_accept", ("A",), "confirm what is shown at every difference, and accept"),
    Command("reject", ("x",), "reject the example, next example"),
    Command("ignore", ("space",), "ignore the example, next example"),
    Command("undo", ("backspace", "u"), "undo the last answer and go back to it"),
    Command("skip", ("s",), "skip: no answer now, it comes back later"),
    Command("next_unconfirmed", ("tab",), "next difference that is not confirmed", "next", "tab"),
    Command("previous_unconfirmed", ("shift+tab",), "previous difference that is not confirmed"),
    Command("next", ("down", "j"), "next difference"),
    Command("previous", ("up", "k"), "previous difference"),
    Command(
        "left", ("left",), "the left model's reading (three models or more: the reading on the left)", "pick", "← →"
    ),
    Command("right", ("right",), "the right model's reading (three models or more: the reading on the right)"),
    Command("confirm", ("enter",), "confirm what is shown here, next difference that is not confirmed"),
    Command("left_and_next", ("shift+left",), "the reading on the left, next difference that is not confirmed"),
    Command("right_and_next", ("shift+right",), "the reading on the right, next difference that is not confirmed"),
    Command("all_left", ("left_square_bracket",), "the left model's reading for all differences"),
    Command("all_right", ("right_square_bracket",), "the right model's reading for all differences"),
    Command("neither", ("0",), "neither: no span here", "neither"),
    Command("both", ("b",), "both readings, where the task allows it"),
    Command("label", _DIGITS, "this label for the span of the difference", shown="1-9"),
    Command("type_label", ("t",), "a label by typing the start of its name"),
    Command("end_right", ("full_stop",), "the end of the span one token right", "bounds", ", . < >"),
    Command("end_left", ("comma",), "the end of the span one token left"),
    Command("start_right", ("greater_than_sign",), "the start of the span one token right"),
    Command("start_left", ("less_than_sign",), "the start of the span one token left"),
    Command("mix", ("m",), "the next mix: one's bounds with another's label, union, intersection, some of the spans"),
    Command("edit", ("e",), "edit the spans token by token", "edit"),
    Command("fold", ("z",), "unfold the agreed stretches of a long text, and fold them again"),
    Command("filter", ("slash",), "search and filter: which examples to review"),
    Command("order", ("o",), "change the order: disagreement, random, source, shortest, most recent"),
    Command("list", ("l",), "list all examples, and open one"),
    Command("pattern", ("G",), "go to the next example with the same pattern"),
    Command("inspect", ("i",), "inspect: raw responses, prompt, scores, meta, earlier answers"),
    Command("note", ("n",), "write a note on the example"),
    Command("flag", ("f",), "flag the example (few-shot candidate), or take the flag off"),
    Command("guidelines", ("g",), "show the guidelines, or hide them"),
    Command("reflect", ("r",), "what this session has taught so far"),
    Command("help", ("question_mark", "h"), "help", "help", "?"),
    Command("quit", ("q",), "leave; everything is already saved", "quit"),
)

EDIT = (
    Command("left", ("left", "h"), "one token left", "move", "← →"),
    Command("right", ("right", "l"), "one token right"),
    Command("extend_left", ("shift+left", "H"), "extend the selection to the left"),
    Command("extend_right", ("shift+right", "L"), "extend the selection to the right", "select", "H L"),
    Command("first", ("home",), "first token"),
    Command("last", ("end",), "last token"),
    Command("next", ("tab", "down", "j"), "next span", "span", "tab"),
    Command("previous", ("shift+tab", "up", "k"), "previous span"),
    Command("label", _DIGITS, "label the selection, or the span under the cursor", "label", shown="1-9"),
    Command("next_label", ("n",), "the next label for the span under the cursor (where there are more than nine)"),
    Command("delete", ("d", "delete", "backspace", "0"), "delete the span under the cursor", "delete", "d"),
    Command("end_right", ("full_stop",), "the end of the span one token right", "end", ", ."),
    Command("end_left", ("comma",), "the end of the span one token left"),
    Command("start_right", ("greater_than_sign",), "the start of the span one token right", "start", "< >"),
    Command("start_left", ("less_than_sign",), "the start of the span one token left"),
    Command("characters", ("c",), "move by characters instead of tokens, and back", "characters"),
    Command("done", ("enter", "e"), "keep the edit", "keep", "enter"),
    Command("cancel", ("escape",), "give the edit up", "give up"),
    Command("help", ("question_mark",), "help", "help"),
)


def bindings_of(commands: Sequence[Command]) -> list[Binding]:
    return [binding for command in commands for binding in command.bindings()]


def footer_of(commands: Sequence[Command]) -> list[tuple[str, str]]:
    """(keys, word) of the commands that the footer shows."""
    return [(command.footer_keys or command.key_display, command.footer) for command in commands if command.footer]
