"""The introduction: to two models that differ, to one model to correct, and to texts that no model has read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rich.style import Style
from rich.text import Text

from tiebreak.tui.commands import Command, key_of
from tiebreak.tui.text.render import Palette, letter
from tiebreak.tui.text.span_marks import AGREED, LIKELY

_EXAMPLE = "Uber hires Ada Lovelace in Paris"
_CATEGORIES_EXAMPLE = "Can I book a room with a view?"
_ANY_KEY = "Any key begins."
_DIGITS = "1-9"


@dataclass(frozen=True, slots=True)
class Introduction:
    """A page of at most 16 lines, with the keys of the `keymap_name` of the keymap.

    `lanes` stand under the text `example`, with a `.` for each cell of a stroke. `lines` explain the screen. Each of
    `keys` has the commands and what they do; there `{command}` stands for the command's key.
    """

    keymap_name: str
    title: str
    example: str
    lanes: Sequence[tuple[str, str]]
    lines: Sequence[str]
    keys: Sequence[tuple[Sequence[str], str]]


_ACCEPT = (("accept",), "accept the answer as it is shown, and go on")
_ACCEPT_ALL = (("accept",), "accept the answer as shown; {confirm_and_accept} confirms it all first")
_UNDO = (("undo",), "undo, as often as you like, even tomorrow")
TWO_MODELS = Introduction(
    "review",
    "the models have read a text; you settle it",
    _EXAMPLE,
    ((letter(0), ".ORG       ...PERSON..."), (letter(1), ".ORG       ... PERSON      .GPE.")),
    (
        "Each model has its lane under the text. Differences are",
        "listed below. The answer starts as A's reading, or as what",
        "earlier answers make likely, marked ? until you settle it.",
    ),
    (
        (("confirm",), "right as shown, go on; {next_unconfirmed} leaves it open"),
        (("left", "right"), "take this model's reading; {left_and_next} {right_and_next} and go on"),
        (("neither",), "neither: no span here"),
        _ACCEPT_ALL,
        _UNDO,
    ),
)
TWO_MODELS_CATEGORIES = Introduction(
    "review",
    "the models have read a text; you settle it",
    _CATEGORIES_EXAMPLE,
    (),
    (
        "Labels on which the models differ are listed below. The",
        "answer starts as A's reading, or as what earlier answers",
        "make likely, marked ? until you settle it.",
    ),
    (
        (("confirm",), "right as shown, go on; {next_unconfirmed} leaves it open"),
        (("left", "right"), "take this model's reading; {left_and_next} {right_and_next} and go on"),
        (("neither",), "this label does not hold"),
        (("label",), "this label holds (or no longer, if several may)"),
        _ACCEPT_ALL,
        _UNDO,
    ),
)
ONE_MODEL = Introduction(
    "review",
    "a model has read a text, you correct it",
    _EXAMPLE,
    ((letter(0), ".ORG       ...PERSON..."),),
    (
        "Each span of the model has a row below, marked ? until you",
        "settle it: keep it, drop it, or change it.",
    ),
    (
        (("confirm",), "keep it, and go on to the next span"),
        (("neither",), "drop it: no span here; {right_and_next} also goes on"),
        (("label",), "it has this label; {start_left} {start_right} {end_left} {end_right} move its bounds"),
        (("edit",), "mark what the model has missed, in the text"),
        _ACCEPT_ALL,
        _UNDO,
    ),
)
NO_MODEL = Introduction(
    "mark",
    "no model has read a text, you mark it",
    _EXAMPLE,
    ((AGREED, ".ORG       ...PERSON..."), (LIKELY, "                           .GPE.")),
    (
        "The cursor is in the text. Spans that your answers make",
        "likely are proposed, marked ?: take them, or drop them.",
    ),
    (
        (("left", "right"), "move; {word_right} {word_left} by a word; {extend_left} {extend_right} select"),
        (("label",), "label the word, or the selection"),
        (("take",), "take the proposal; {take_all} takes all likely proposals"),
        (("delete",), "delete the span, or drop the proposal"),
        (("accept",), "accept the answer as shown; {confirm_and_accept} takes all likely first"),
        _UNDO,
    ),
)
ONE_MODEL_CATEGORIES = Introduction(
    "review",
    "a model has read a text, you correct it",
    _CATEGORIES_EXAMPLE,
    (),
    (
        "All labels stand below the text with their digits, and the",
        "model's labels with their scores. What the model says is",
        "marked ? until you settle it.",
    ),
    (
        (("confirm",), "keep what the model says, and go on to the next"),
        (("neither",), "this label does not hold"),
        (("label",), "this label holds (or no longer, if several may)"),
        _ACCEPT_ALL,
        _UNDO,
    ),
)
NO_MODEL_CATEGORIES = Introduction(
    "review",
    "no model has read a text, you label it",
    _CATEGORIES_EXAMPLE,
    (),
    ("Each label stands below the text with its digit.",),
    (
        (("label",), "this label holds; if only one may, it is the answer"),
        (("type_label",), "the same by typing the start of its name"),
        _ACCEPT,
        _UNDO,
    ),
)


def introduction_to(readers: int, *, has_bars: bool) -> Introduction:
    """Return the page for a sitting whose texts so many predictors have read; `has_bars`: for categories."""
    if has_bars:
        return (NO_MODEL_CATEGORIES, ONE_MODEL_CATEGORIES, TWO_MODELS_CATEGORIES)[min(readers, 2)]
    return (NO_MODEL, ONE_MODEL, TWO_MODELS)[min(readers, 2)]


def introduction_text(page: Introduction, palette: Palette, keymap: Mapping[str, Sequence[Command]]) -> Text:
    """Return the page as text: the example, what the screen shows, the keys that matter most, and the key of help."""
    commands = keymap[page.keymap_name]
    key_names = {command.name: key_of(commands, command.name) for command in commands} | {"label": _DIGITS}
    text = Text(" Tiebreak", "bold").append(f": {page.title}\n", "not bold")
    text.append(f"   {page.example}\n", "not bold")
    for number, (sign, lane) in enumerate(page.lanes):
        stroke, style = _stroke(sign, number, palette)
        text.append(f" {sign} {lane.replace('.', stroke)}\n", style)
    text.append("\n")
    for line in page.lines:
        text.append(f" {line}\n", "not bold")
    text.append("\n")
    for names, what in page.keys:
        keys = " ".join(key_names[name] for name in names)
        text.append(f"{keys:>6}  ", "bold").append(f"{what.format_map(key_names)}\n", "not bold")
    text.append(f"{key_names['help']:>6}", "bold").append("  help      ", "not bold")
    text.append(key_names["quit"], "bold").append("  leave; everything is saved\n", "not bold")
    return text.append(f" {_ANY_KEY}", "italic")


def _stroke(sign: str, number: int, palette: Palette) -> tuple[str, Style]:
    """Return the stroke of a lane and its style, as they are under a text."""
    if sign == LIKELY:
        return sign, Style(color=palette.human, dim=True)
    if sign == AGREED:
        return palette.human_line, Style(color=palette.human)
    return palette.line(number), palette.style(number)
