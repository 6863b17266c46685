"""Every action of the screens, once: bindings, footer, palette and help all come from here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from textual.binding import Binding
from textual.keys import key_to_character

PALETTE = "ctrl+p"  # opens the palette, which finds every command by name


@dataclass(frozen=True, slots=True)
class Command:
    """One action: the method `do_NAME` of a screen, its keys as Textual names them, and its words.

    `footer` is the word in the footer, "" for none; `footer_keys` replaces the keys there, for a pair of commands. The
    footer begins with the lowest `rank`; if it is too narrow, its last entries are left out first. `heading` begins a
    group of the help screen, which ends before the next heading.
    """

    name: str
    keys: tuple[str, ...]
    help: str
    footer: str = ""
    footer_keys: str = ""
    shown: str = ""  # the keys as a person reads them, if `display_of` does not show them well
    heading: str = ""
    rank: int = 5
    answers: bool = False  # whether it answers the example, which the annotator must have seen first

    @property
    def key_display(self) -> str:
        return self.shown or " ".join(display_of(key) for key in self.keys)

    def bindings(self, *, priority: bool = True) -> list[Binding]:
        """Return one binding for each key; each runs `do('NAME', 'KEY')`.

        Without `priority` an input line handles what was typed before the key first.
        """
        name = self.name
        return [
            Binding(key, f"do('{name}', '{key}')", self.help, show=False, priority=priority, id=f"{name}.{key}")
            for key in self.keys
        ]


def display_of(key: str) -> str:
    """Return a key as a person reads it: its sign if that is visible, else its name."""
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
    Command("skip", ("s",), "skip the example; it comes back later"),
    Command(
        "next_unconfirmed", ("tab",), "next difference that is not confirmed", "next", "tab", heading="Differences"
    ),
    Command("previous_unconfirmed", ("shift+tab",), "previous difference that is not confirmed"),
    Command("next", ("down", "j"), "next difference"),
    Command("previous", ("up", "k"), "previous difference"),
    Command(
        "left",
        ("left",),
        "the left model's reading (with three models or more: the reading to the left)",
        "pick",
        "← →",
        rank=3,
    ),
    Command("right", ("right",), "the right model's reading (with three models or more: the reading to the right)"),
    Command(
        "confirm", ("enter",), "confirm what is shown here, next difference that is not confirmed", "confirm", rank=2
    ),
    Command(
        "left_and_next",
        ("shift+left",),
        "the reading to the left, next difference that is not confirmed",
        "pick, next",
        "shift+← shift+→",
        rank=4,
    ),
    Command("right_and_next", ("shift+right",), "the reading to the right, next difference that is not confirmed"),
    Command("all_left", ("left_square_bracket",), "the left model's reading for all differences"),
    Command("all_right", ("right_square_bracket",), "the right model's reading for all differences"),
    Command("neither", ("0",), "neither: no span here", "neither", rank=3),
    Command("both", ("b",), "both readings, if the task allows it"),
    Command("same", ("asterisk",), "confirm this, and the same for these words elsewhere in the text", shown="*"),
    Command("fold", ("z",), "fold or unfold the agreed stretches of a long text"),
    Command("lanes", ("v",), "show the lanes of the focused difference only, or all lanes again"),
    Command("label", _DIGITS, "give the span of the difference this label", shown="1-9", heading="Labels and bounds"),
    Command("type_label", ("t",), "choose a label by typing the start of its name"),
    Command("end_right", ("full_stop",), "move the end of the span one token right", "bounds", ". ,"),
    Command("end_left", ("comma",), "move the end of the span one token left"),
    Command("start_right", ("greater_than_sign",), "move the start of the span one token right"),
    Command("start_left", ("less_than_sign",), "move the start of the span one token left"),
    Command("start_to", ("left_parenthesis",), "move the start to the nearest word that has the letter typed next"),
    Command("end_to", ("right_parenthesis",), "move the end to the nearest word that has the letter typed next"),
    Command(
        "mix",
        ("m",),
        "the next likely candidate; with three readings or more the next reading, then their mixes",
    ),
    Command("edit", ("e",), "edit the spans token by token", "edit", rank=3),
    Command("text_down", ("pagedown",), "scroll the text down"),
    Command("text_up", ("pageup",), "scroll the text up"),
    Command("filter", ("slash",), "search and filter the examples to review", heading="Find"),
    Command("order", ("o",), "change the order: value, disagreement, uncertain, random, source, shortest, most recent"),
    Command("list", ("l",), "list all examples, and open one"),
    Command("pattern", ("G",), "go to the next example with the same pattern"),
    Command(
        "inspect",
        ("i",),
        "inspect: what was learned, raw responses, prompt, scores, metadata, earlier answers",
        heading="Context",
    ),
    Command("note", ("n",), "write a note on the example"),
    Command("flag", ("f",), "flag the example (few-shot candidate), or remove the flag"),
    Command("guidelines", ("g",), "show or hide the guidelines"),
    Command("guidelines_up", ("left_curly_bracket",), "scroll the guidelines beside the text up"),
    Command("guidelines_down", ("right_curly_bracket",), "scroll the guidelines beside the text down"),
    Command("reflect", ("r",), "show what this session has taught so far"),
    Command("engine", ("E",), "the engine: its progress and failures; pause it, stop it, or retry what failed"),
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
    Command("pause", ("p",), "pause the engine, or resume it", "pause"),
    Command("retry", ("R",), "retry what failed", "retry"),
    Command("stop", ("S",), "stop the engine (press it twice)", "stop"),
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
    Command("previous", ("shift+tab",), "the previous finding or number"),
    Command("show", ("enter",), "go through its examples; if it has none, go on reviewing", "show them"),
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
    Command("end_right", ("full_stop",), "move the end of the span one token right", "end", ", ."),
    Command("end_left", ("comma",), "move the end of the span one token left"),
    Command("start_left", ("less_than_sign",), "move the start of the span one token left"),
    Command("start_right", ("greater_than_sign",), "move the start of the span one token right", "start", "< >"),
    Command("start_to", ("left_parenthesis",), "move the start to the nearest word that has the letter typed next"),
    Command("end_to", ("right_parenthesis",), "move the end to the nearest word that has the letter typed next"),
    Command("done", ("enter", "e"), "keep the edit", "keep", "enter", rank=1),
    Command(
        "accept", ("a",), "keep the edit, and accept the answer as shown, next example", "accept", rank=1, answers=True
    ),
    Command("undo", ("u",), "undo the last change of this edit", "undo"),
    Command("split", ("s",), "split the span before the cursor", "split"),
    Command("merge", ("m",), "merge the span with the next one, or all spans that the selection touches", "merge"),
    Command("label_same", ("asterisk",), "label the same text everywhere else in the example", "same", shown="*"),
    Command("delete_same", ("D",), "delete this span and all others with its text and label"),
    Command("find", ("slash",), "find text in this example", "find", shown="/"),
    Command("next_match", ("n",), "next match"),
    Command("previous_match", ("N",), "previous match"),
    Command("characters", ("c",), "move by characters instead of tokens, and back", "characters"),
    Command(
        "left_reading",
        ("left_square_bracket",),
        "the left model's reading of this or the next difference; pressed again, the other readings in turn",
    ),
    Command(
        "right_reading",
        ("right_square_bracket",),
        "the right model's reading of this or the next difference; pressed again, the other readings in turn",
        "reading",
        "[ ]",
    ),
    Command("next_difference", ("right_curly_bracket",), "next difference", shown="}"),
    Command("previous_difference", ("left_curly_bracket",), "previous difference", "difference", "{ }", shown="{"),
    Command("word_right", ("w", "ctrl+right"), "next word, past punctuation", "word", "w b", shown="w ctrl+→"),
    Command("word_left", ("b", "ctrl+left"), "start of this word, or the previous word", shown="b ctrl+←"),
    Command("down", ("down", "j"), "one line down"),
    Command("up", ("up", "k"), "one line up"),
    Command("line_start", ("home", "circumflex_accent"), "start of the line", shown="home ^"),
    Command("line_end", ("end", "dollar_sign"), "end of the line", shown="end $"),
    Command("text_start", ("g", "ctrl+home"), "start of the text"),
    Command("text_end", ("G", "ctrl+end"), "end of the text"),
    Command("select", ("v",), "select: every move extends the selection until you press this again"),
    Command("extend_word_right", ("W",), "extend the selection to the end of this word, then of the next"),
    Command("extend_word_left", ("B",), "extend the selection to the start of this word, then of the previous"),
    Command("extend_down", ("shift+down", "J"), "extend the selection one line down", shown="shift+↓ J"),
    Command("extend_up", ("shift+up", "K"), "extend the selection one line up", shown="shift+↑ K"),
    Command("redo", ("ctrl+r",), "redo the change that was undone"),
    Command("cancel", ("escape",), "drop the selection, else give up the edit (undo brings it back)", "give up"),
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
        "take all likely proposals, and accept",
        "take all",
        rank=1,
        answers=True,
    ),
    Command("reject", ("x",), "reject the text, next text", answers=True),
    Command("ignore", ("space",), "ignore the text, next text", answers=True),
    Command("undo", ("u",), "undo the last change here, else take back the newest answer"),
    Command("skip", ("S",), "skip the text; it comes back later"),
    Command(
        "take",
        ("enter",),
        "take the proposal under the cursor, next proposal",
        "take one",
        heading="Proposals",
        rank=1,
    ),
    Command("take_all", ("right_square_bracket",), "take all likely proposals (50% or more)"),
    Command("drop_all", ("left_square_bracket",), "drop all proposals"),
    Command("next", ("tab",), "next span or proposal"),
    Command("previous", ("shift+tab",), "previous span or proposal"),
    Command(
        "label",
        _DIGITS,
        "label the selection, or the span, proposal or word under the cursor",
        "label",
        shown="1-9",
        heading="Spans",
        rank=2,
    ),
    Command("label_by_name", ("t",), "label by typing the start of its name"),
    Command(
        "delete", _BOTH["delete"].keys, "delete the span or drop the proposal under the cursor", "delete", "d", rank=3
    ),
    *(replace(command, heading="") for command in EDIT if command.name not in _NOT_IN_MARK),
    Command("flag", ("f",), "flag the text (few-shot candidate), or remove the flag", heading="Context"),
    Command("inspect", ("i",), "inspect: what was learned, metadata, earlier answers"),
    Command("reflect", ("r",), "show what this session has taught so far"),
    Command("engine", ("E",), "the engine: its progress and failures; pause it, stop it, or retry what failed"),
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
    Command("page_down", ("pagedown", "space"), "one page down", "page", "pgdn"),
    Command("page_up", ("pageup", "b"), "one page up"),
    Command("first", ("home", "g"), "the first example", "first, last", "home end"),
    Command("last", ("end", "G"), "the last example"),
    Command("all", ("tab",), "list all examples, or those that match the filter again", "all or filter"),
    Command("order", ("o",), "change the order of this list", "order"),
    Command("back", ("escape", "l", "q"), "back to the example on screen", "back"),
    Command("help", ("question_mark", "h"), "help", "help", "?"),
)


# The commands beside an input line. No config changes their keys: a letter there is typed and runs nothing.
_TAKE = ("take", ("enter",))
_BACK = ("back", ("escape",))
FIND = (
    Command(*_TAKE, "stay at the match"),
    Command(*_BACK, "go back to where the cursor was"),
)
CHOOSE_LABEL = (
    Command(*_TAKE, "take the chosen label"),
    Command("step_down", ("down", "ctrl+n"), "choose the next label"),
    Command("step_up", ("up", "ctrl+p"), "choose the previous label"),
    Command("complete", ("tab",), "complete what the matching names have in common"),
    Command(*_BACK, "go back without a label"),
)
LETTER = (Command(*_BACK, "go back, and leave the span as it was"),)
FILTER = (
    Command(*_TAKE, "go through the examples found"),
    Command("complete", ("tab",), "complete the word, or insert the next that fits"),
    Command(*_BACK, "go back, and leave the filter as it was"),
)
NOTE = (
    Command(*_TAKE, "save the note; an empty note is deleted"),
    Command(*_BACK, "discard the note"),
)


def bindings_of(commands: Sequence[Command], *, priority: bool = True) -> list[Binding]:
    return [binding for command in commands for binding in command.bindings(priority=priority)]


def typing_bindings(commands: Sequence[Command]) -> list[Binding]:
    """Return the bindings beside an input line, without "take": the line itself reports that its text is entered."""
    return bindings_of([command for command in commands if command.name != "take"], priority=False)


def key_of(commands: Sequence[Command], name: str) -> str:
    """Return the key of the command `name`, as a person reads it, or the palette's if the command has no key."""
    keys = next(command.keys for command in commands if command.name == name)
    return display_of(keys[0]) if keys else PALETTE


def footer_of(commands: Sequence[Command]) -> list[tuple[str, str]]:
    """Return (keys, word) for each command that has a footer word and a key, the lowest rank first."""
    ranked = sorted(commands, key=lambda command: command.rank)
    entries = [(command.footer_keys or command.key_display, command.footer) for command in ranked if command.footer]
    return [(keys, word) for keys, word in entries if keys]
