"""What the person can do, each thing said once: bindings, footer, palette and help all come from here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from textual.binding import Binding
from textual.keys import key_to_character

PALETTE = "ctrl+p"  # finds every command by its name


@dataclass(frozen=True, slots=True)
class Command:
    """One action: the method `do_NAME` of a screen, its keys as Textual names them, and how it is told.

    `footer` is the word in the footer, "" for none; `footer_keys` stands there for the keys of a pair of commands. The
    footer begins with the lowest `rank`, and what stands last there is left out first where there is no room.
    `heading` begins a group of the help screen, which goes on to the next command that has one.
    """

    name: str
    keys: tuple[str, ...]
    help: str
    footer: str = ""
    footer_keys: str = ""
    shown: str = ""  # the keys as a person reads them, where the names would not do
    heading: str = ""
    rank: int = 5
    answers: bool = False  # whether it answers the example, which must have been seen for that

    @property
    def key_display(self) -> str:
        return self.shown or " ".join(display_of(key) for key in self.keys)

    def bindings(self, *, priority: bool = True) -> list[Binding]:
        """One binding a key, all of which run `do('NAME')`; a digit's number goes with it.

        Without `priority` a key comes after what was typed before it into a line.
        """
        name = self.name
        return [
            Binding(key, f"do('{name}', '{key}')", self.help, show=False, priority=priority, id=f"{name}.{key}")
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
    "left_curly_bracket": "{",
    "right_curly_bracket": "}",
    "pageup": "pgup",
    "pagedown": "pgdn",
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
    Command(
        "accept", ("a",), "accept the answer as shown, next example", "accept", heading="Answer", rank=1, answers=True
    ),
    Command(
        "confirm_and_accept",
        ("A",),
        "confirm what is shown at every difference, and accept",
        "all",
        rank=1,
        answers=True,
    ),
    Command("reject", ("x",), "reject the example, next example", answers=True),
    Command("ignore", ("space",), "ignore the example, next example", answers=True),
    Command("undo", ("u",), "take back the last choice on this example, else the newest answer"),
    Command("undo_answer", ("backspace",), "take back the newest answer, and go back to it"),
    Command("skip", ("s",), "skip: no answer now, it comes back later"),
    Command(
        "next_unconfirmed", ("tab",), "next difference that is not confirmed", "next", "tab", heading="Differences"
    ),
    Command("previous_unconfirmed", ("shift+tab",), "previous difference that is not confirmed"),
    Command("next", ("down", "j"), "next difference"),
    Command("previous", ("up", "k"), "previous difference"),
    Command(
        "left",
        ("left",),
        "the left model's reading (three models or more: the reading on the left)",
        "pick",
        "← →",
        rank=3,
    ),
    Command("right", ("right",), "the right model's reading (three models or more: the reading on the right)"),
    Command(
        "confirm", ("enter",), "confirm what is shown here, next difference that is not confirmed", "confirm", rank=2
    ),
    Command(
        "left_and_next",
        ("shift+left",),
        "the reading on the left, next difference that is not confirmed",
        "pick, next",
        "shift+← shift+→",
        rank=4,
    ),
    Command("right_and_next", ("shift+right",), "the reading on the right, next difference that is not confirmed"),
    Command("all_left", ("left_square_bracket",), "the left model's reading for all differences"),
    Command("all_right", ("right_square_bracket",), "the right model's reading for all differences"),
    Command("neither", ("0",), "neither: no span here", "neither", rank=3),
    Command("both", ("b",), "both readings, where the task allows it"),
    Command("same", ("asterisk",), "confirm this, and the same wherever else these words stand", shown="*"),
    Command("fold", ("z",), "unfold the agreed stretches of a long text, and fold them again"),
    Command("lanes", ("v",), "show the lanes of the focused difference alone, and all lanes again"),
    Command("label", _DIGITS, "this label for the span of the difference", shown="1-9", heading="Labels and bounds"),
    Command("type_label", ("t",), "a label by typing the start of its name"),
    Command("end_right", ("full_stop",), "the end of the span one token right", "bounds", ". ,"),
    Command("end_left", ("comma",), "the end of the span one token left"),
    Command("start_right", ("greater_than_sign",), "the start of the span one token right"),
    Command("start_left", ("less_than_sign",), "the start of the span one token left"),
    Command("start_to", ("left_parenthesis",), "the start of the span at the nearest word with the letter typed next"),
    Command("end_to", ("right_parenthesis",), "the end of the span at the nearest word with the letter typed next"),
    Command(
        "mix",
        ("m",),
        "the next likely candidate, of three readings or more the next, then their mixes (bounds, labels, spans)",
    ),
    Command("edit", ("e",), "edit the spans token by token", "edit", rank=3),
    Command("text_down", ("pagedown",), "scroll the text down"),
    Command("text_up", ("pageup",), "scroll the text up"),
    Command("filter", ("slash",), "search and filter: which examples to review", heading="Find"),
    Command("order", ("o",), "change the order: value, disagreement, uncertain, random, source, shortest, most recent"),
    Command("list", ("l",), "list all examples, and open one"),
    Command("pattern", ("G",), "go to the next example with the same pattern"),
    Command(
        "inspect",
        ("i",),
        "inspect: what was learned, raw responses, prompt, scores, meta, earlier answers",
        heading="Context",
    ),
    Command("note", ("n",), "write a note on the example"),
    Command("flag", ("f",), "flag the example (few-shot candidate), or take the flag off"),
    Command("guidelines", ("g",), "show the guidelines, or hide them"),
    Command("guidelines_up", ("left_curly_bracket",), "scroll the guidelines beside the text up"),
    Command("guidelines_down", ("right_curly_bracket",), "scroll the guidelines beside the text down"),
    Command("reflect", ("r",), "what this session has taught so far"),
    Command("engine", ("E",), "the engine: how far it is, what failed; pause it, stop it, try again what failed"),
    Command("help", ("question_mark", "h"), "help", "help", "?", heading="Help and leaving"),
    Command("quit", ("q",), "leave; everything is already saved", "quit"),
)

SCROLL = (
    Command("line_up", ("up", "k"), "one line up", "scroll", "↑ ↓"),
    Command("line_down", ("down", "j"), "one line down"),
    Command("page_up", ("pageup",), "one page up"),
    Command("page_down", ("pagedown",), "one page down", "page", "pgup pgdn"),
    Command("to_start", ("home",), "to the beginning"),
    Command("to_end", ("end",), "to the end"),
)
INSPECT = (
    *SCROLL,
    Command("close", ("escape", "i", "q", "enter"), "back to the example", "back", "esc"),
    Command("help", ("question_mark", "h"), "help", "help", "?"),
)
GUIDELINES = (
    *SCROLL,
    Command("close", ("escape", "g", "q", "enter"), "back to the example", "back", "esc"),
    Command("help", ("question_mark", "h"), "help", "help", "?"),
)
ENGINE = (
    Command("pause", ("p",), "pause the engine, or let it go on", "pause"),
    Command("retry", ("R",), "try again what failed", "retry"),
    Command("stop", ("S",), "stop the engine (asks once: press it again)", "stop"),
    *SCROLL,
    Command("close", ("escape", "E", "q", "enter"), "back to the example", "back", "esc"),
    Command("help", ("question_mark", "h"), "help", "help", "?"),
)
LEAVE = (
    Command("go_on", ("g",), "leave; the engine goes on in the background", "leave, it goes on"),
    Command("stop", ("s",), "leave, and stop the engine", "leave, stop it"),
    Command("close", ("escape",), "back to the review", "back"),
)
REFLECT = (
    *SCROLL,
    Command("next", ("tab",), "the next finding, or the next number of a table", "next"),
    Command("previous", ("shift+tab",), "the one before"),
    Command("show", ("enter",), "go through the examples it speaks of; without any go on reviewing", "show them"),
    Command("close", ("escape",), "go on reviewing", "go on"),
    Command("quit", ("q",), "leave; everything is already saved", "quit"),
)

EDIT = (
    Command("left", ("left", "h"), "one token left", "move", "← →"),
    Command("right", ("right", "l"), "one token right"),
    Command("extend_left", ("shift+left", "H"), "extend the selection to the left"),
    Command("extend_right", ("shift+right", "L"), "extend the selection to the right", "select", "H L", rank=4),
    Command("next", ("tab",), "next span", "span"),
    Command("previous", ("shift+tab",), "previous span"),
    Command("label", _DIGITS, "label the selection, or the span under the cursor", "label", shown="1-9", rank=2),
    Command("label_by_name", ("t",), "label by typing the start of its name", "by name"),
    Command(
        "delete",
        ("d", "delete", "backspace", "0"),
        "delete the span under the cursor, or all selected",
        "delete",
        "d",
        rank=3,
    ),
    Command("end_right", ("full_stop",), "extend the span to the right: its end one token right", "end", ", ."),
    Command("end_left", ("comma",), "shrink it on the right: its end one token left"),
    Command("start_left", ("less_than_sign",), "extend the span to the left: its start one token left"),
    Command("start_right", ("greater_than_sign",), "shrink it on the left: its start one token right", "start", "< >"),
    Command("start_to", ("left_parenthesis",), "the start of the span at the nearest word with the letter typed next"),
    Command("end_to", ("right_parenthesis",), "the end of the span at the nearest word with the letter typed next"),
    Command("done", ("enter", "e"), "keep the edit", "keep", "enter", rank=1),
    Command(
        "accept", ("a",), "keep the edit, and accept the answer as shown, next example", "accept", rank=1, answers=True
    ),
    Command("undo", ("u",), "undo the last change of this edit", "undo"),
    Command("split", ("s",), "split the span before the cursor", "split"),
    Command("merge", ("m",), "merge the span with the next one, or all that the selection touches", "merge"),
    Command("label_same", ("asterisk",), "label the same text wherever else it stands", "same", shown="*"),
    Command("delete_same", ("D",), "delete this span and all of its label with the same text"),
    Command("find", ("slash",), "find text in this example", "find", shown="/"),
    Command("next_match", ("n",), "next match"),
    Command("previous_match", ("N",), "previous match"),
    Command("characters", ("c",), "move by characters instead of tokens, and back", "characters"),
    Command(
        "left_reading",
        ("left_square_bracket",),
        "the left model's reading at the difference here, or the next one; again: the other readings in turn",
    ),
    Command(
        "right_reading",
        ("right_square_bracket",),
        "the right model's reading at the difference here, or the next one; again: the other readings in turn",
        "reading",
        "[ ]",
    ),
    Command("next_difference", ("right_curly_bracket",), "next difference", shown="}"),
    Command("previous_difference", ("left_curly_bracket",), "previous difference", "difference", "{ }", shown="{"),
    Command("word_right", ("w", "ctrl+right"), "next word, past punctuation", "word", "w b", shown="w ctrl+→"),
    Command("word_left", ("b", "ctrl+left"), "this or the previous word", shown="b ctrl+←"),
    Command("down", ("down", "j"), "one line down"),
    Command("up", ("up", "k"), "one line up"),
    Command("line_start", ("home", "circumflex_accent"), "start of the line", shown="home ^"),
    Command("line_end", ("end", "dollar_sign"), "end of the line", shown="end $"),
    Command("text_start", ("g", "ctrl+home"), "start of the text"),
    Command("text_end", ("G", "ctrl+end"), "end of the text"),
    Command("select", ("v",), "select: every move extends the selection, until this is pressed again"),
    Command("extend_word_right", ("W",), "extend the selection to the end of the word, then of the next"),
    Command("extend_word_left", ("B",), "extend the selection to the start of the word, then of the one before"),
    Command("extend_down", ("shift+down", "J"), "extend the selection by a line down", shown="shift+↓ J"),
    Command("extend_up", ("shift+up", "K"), "extend the selection by a line up", shown="shift+↑ K"),
    Command("redo", ("ctrl+r",), "make the change again that was undone"),
    Command("cancel", ("escape",), "drop the selection, else give the edit up (undo brings it back)", "give up"),
    Command("help", ("question_mark",), "help", "help"),
)

_BOTH = {command.name: command for command in (*REVIEW, *EDIT)}
_NOT_IN_MARK = (
    *("label", "label_by_name", "delete", "undo", "next", "previous", "next_difference", "previous_difference"),
    *("left_reading", "right_reading"),
    *("done", "accept", "cancel", "help"),
)
MARK = (
    Command("accept", ("a",), "accept the spans as shown, next text", "accept", heading="Answer", rank=1, answers=True),
    Command(
        "confirm_and_accept",
        ("A",),
        "take all that is proposed and likely, and accept",
        "take all",
        rank=1,
        answers=True,
    ),
    Command("reject", ("x",), "reject the text, next text", answers=True),
    Command("ignore", ("space",), "ignore the text, next text", answers=True),
    Command("undo", ("u",), "undo the last change here, else take back the newest answer"),
    Command("skip", ("S",), "skip: no answer now, it comes back later"),
    Command(
        "take",
        ("enter",),
        "take what is proposed under the cursor, next proposal",
        "take one",
        heading="Proposals",
        rank=1,
    ),
    Command("take_all", ("right_square_bracket",), "take all that is proposed and likely: right with 50% or more"),
    Command("drop_all", ("left_square_bracket",), "drop all that is proposed"),
    Command("next", ("tab",), "next span or proposal"),
    Command("previous", ("shift+tab",), "previous span or proposal"),
    Command(
        "label",
        _DIGITS,
        "label the word, the selection, or what is under the cursor",
        "label",
        shown="1-9",
        heading="Spans",
        rank=2,
    ),
    Command("label_by_name", ("t",), "label by typing the start of its name"),
    Command(
        "delete", _BOTH["delete"].keys, "delete the span, or drop the proposal, under the cursor", "delete", "d", rank=3
    ),
    *(replace(command, heading="") for command in EDIT if command.name not in _NOT_IN_MARK),
    Command("flag", ("f",), "flag the text (few-shot candidate), or take the flag off", heading="Context"),
    Command("inspect", ("i",), "inspect: what was learned, meta, earlier answers"),
    Command("reflect", ("r",), "what this session has taught so far"),
    Command("engine", ("E",), "the engine: how far it is, what failed; pause it, stop it, try again what failed"),
    Command(
        "out", ("escape",), "drop the selection; else the other commands: list, filter, order, note", "more", "esc"
    ),
    Command("help", ("question_mark",), "help", "help"),
    Command("quit", ("q",), "leave; everything is already saved", "quit"),
)


LIST = (
    Command("open", ("enter",), "open the example", "open"),
    Command("down", ("down", "j"), "one example down", "move", "↑ ↓"),
    Command("up", ("up", "k"), "one example up"),
    Command("page_down", ("pagedown", "space"), "a page down", "page", "pgdn"),
    Command("page_up", ("pageup", "b"), "a page up"),
    Command("first", ("home", "g"), "the first example", "first, last", "home end"),
    Command("last", ("end", "G"), "the last example"),
    Command("all", ("tab",), "all examples, or those of the filter again", "all or filter"),
    Command("order", ("o",), "another order for this list", "order"),
    Command("back", ("escape", "l", "q"), "back to the example on screen", "back"),
    Command("help", ("question_mark", "h"), "help", "help", "?"),
)


# Lines to type in: no config changes their keys, since a letter there is typed and runs nothing.
_TAKE = ("take", ("enter",))
_BACK = ("back", ("escape",))
FIND = (
    Command(*_TAKE, "stay at what was found"),
    Command(*_BACK, "go back to where the cursor was"),
)
CHOOSE_LABEL = (
    Command(*_TAKE, "take the label that is chosen"),
    Command("step_down", ("down", "ctrl+n"), "choose the next label"),
    Command("step_up", ("up", "ctrl+p"), "choose the previous label"),
    Command("complete", ("tab",), "complete what all names that begin so have in common"),
    Command(*_BACK, "go back without a label"),
)
LETTER = (Command(*_BACK, "go back, the span stays as it was"),)
FILTER = (
    Command(*_TAKE, "go through what is found"),
    Command("complete", ("tab",), "complete the word, or put in the next one that fits"),
    Command(*_BACK, "go back, the filter stays as it was"),
)
NOTE = (
    Command(*_TAKE, "keep the note; an empty one is deleted"),
    Command(*_BACK, "give the note up"),
)


def bindings_of(commands: Sequence[Command], *, priority: bool = True) -> list[Binding]:
    return [binding for command in commands for binding in command.bindings(priority=priority)]


def typing_bindings(commands: Sequence[Command]) -> list[Binding]:
    """The bindings beside a line to type in, which says itself that its text is to be taken."""
    return bindings_of([command for command in commands if command.name != "take"], priority=False)


def key_of(commands: Sequence[Command], name: str) -> str:
    """The key of the command `name` of `commands`, as a person reads it: that of the palette if it has none."""
    keys = next(command.keys for command in commands if command.name == name)
    return display_of(keys[0]) if keys else PALETTE


def footer_of(commands: Sequence[Command]) -> list[tuple[str, str]]:
    """(keys, word) of the commands that the footer shows, if they have keys; the most needed ones first."""
    ranked = sorted(commands, key=lambda command: command.rank)
    entries = [(command.footer_keys or command.key_display, command.footer) for command in ranked if command.footer]
    return [(keys, word) for keys, word in entries if keys]
