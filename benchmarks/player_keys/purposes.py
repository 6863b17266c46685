"""The purposes of the real screens' keys, by the names of their commands."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from tiebreak.tui.commands import EDIT, MARK, REVIEW, Command

PURPOSES = ("move", "select", "label", "take", "drop", "bounds", "edit mode", "accept")
_OF_NAMES: Mapping[str, str] = {
    **dict.fromkeys(("accept", "confirm_and_accept", "reject", "ignore"), "accept"),
    **dict.fromkeys(
        ("end_right", "end_left", "start_left", "start_right", "start_to", "end_to", "split", "merge", "characters"),
        "bounds",
    ),
    **dict.fromkeys(("label", "label_by_name", "type_label", "label_same", "same"), "label"),
    **dict.fromkeys(("delete", "delete_same", "drop_all", "neither"), "drop"),
    **dict.fromkeys(("take", "take_all", "left", "right", "confirm", "left_and_next", "right_and_next"), "take"),
    **dict.fromkeys(("all_left", "all_right", "both", "mix"), "take"),
    **dict.fromkeys(("edit", "done"), "edit mode"),
    "select": "select",
}
_MOVES_IN_TEXT = ("left", "right")  # on the review screen they pick a reading
_ONE_LETTER = ("start_to", "end_to")  # a letter is typed after them
_TYPING = {"find": "move", "label_by_name": "label", "type_label": "label"}  # the purpose of an opened input line


class Keys(NamedTuple):
    """The number of keys by purpose, and how many were pressed in edit mode, with the key that opens it."""

    purposes: Counter[str]
    edited: int


def counted(keys: Sequence[str], place: Sequence[Command]) -> Keys:
    """Count the keys by purpose; the first key is pressed at `place`."""
    found: Counter[str] = Counter()
    typing = ""
    edited = 0
    for key in keys:
        edited += place is EDIT or (place is REVIEW and key == "e")
        if typing:
            found[typing] += 1
            typing = "" if key == "enter" or typing == "bounds" else typing
            continue
        name = next(command.name for command in place if key in command.keys)
        found[_purpose(name, place)] += 1
        typing = "bounds" if name in _ONE_LETTER else _TYPING.get(name, "")
        if name == "edit" and place is REVIEW:
            place = EDIT
        elif name == "done" and place is EDIT:
            place = REVIEW
    return Keys(found, edited)


def _purpose(name: str, place: Sequence[Command]) -> str:
    if name.startswith("extend_"):
        return "select"
    if name in _MOVES_IN_TEXT and place in (EDIT, MARK):
        return "move"
    return _OF_NAMES.get(name, "move")
