"""The keys that a config chooses: commands with other keys than the default, and the errors in such a choice."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace

from textual.keys import Keys, _character_to_key

from tiebreak.core.errors import ConfigError
from tiebreak.tui.commands import EDIT, MARK, PALETTE, REVIEW, Command, display_of

Keymap = Mapping[str, Sequence[Command]]  # the commands of each place whose keys can be changed
PLACES: Keymap = {"review": REVIEW, "edit": EDIT, "mark": MARK}
FIXED_COMMANDS = ("label",)  # its keys are the digits, and each digit is a label
FIXED_KEYS = ("ctrl+c", "ctrl+z", "ctrl+p", *"123456789")
_MODIFIERS = ("ctrl", "alt", "shift", "super", "hyper", "meta")
_NAMED = frozenset(key.value for key in Keys if key.value.isalnum()) - {"return"}
_SAME = {"ctrl+i": "tab", "ctrl+m": "enter", "ctrl+left_square_bracket": "escape"}  # a terminal sends the same byte


def keymap(
    keys: Mapping[str, Mapping[str, Sequence[str]]], where: object, tell: Callable[[str], object] = lambda line: None
) -> Keymap:
    """Return the commands of each place with the keys that `keys` names by place and command.

    A default key that `keys` gives to another command is dropped: a later version may have brought it. `tell` gets
    a line for each place that has such keys. Raises ConfigError with a line for each error; `where` is the file that
    the keys come from.
    """
    problems: list[str] = []
    lines: list[str] = []
    places = dict(PLACES)
    for place, chosen in keys.items():
        if place not in PLACES:
            problems.append(f"[keys.{place}]: no such place; the places are {', '.join(PLACES)}")
            continue
        wrong, parsed = _parse(PLACES[place], chosen)
        wrong += _conflicts(parsed)
        places[place] = remapped(PLACES[place], parsed)
        problems += [f"[keys.{place}] {problem}" for problem in wrong]
        lines += [f"[keys.{place}] {line}" for line in _dropped(PLACES[place], parsed)]
    if problems:
        raise ConfigError("\n".join(f"{where}: {problem}" for problem in problems))
    for line in lines:
        tell(f"{where}: {line}")
    return places


def without(places: Keymap, place: str, command: str) -> Keymap:
    """Return the same keymap without one command of a place."""
    return {**places, place: tuple(each for each in places[place] if each.name != command)}


def remapped(commands: Sequence[Command], keys: Mapping[str, Sequence[str]]) -> tuple[Command, ...]:
    """Return `commands` with other keys, also in the footer's keys for a pair of commands.

    A command that `keys` does not name keeps its keys, except those that `keys` gives to another command.
    """
    given = {key for each in keys.values() for key in each}
    new = [_with_keys(command, _keys_of(command, keys, given)) for command in commands]
    signs = {
        display_of(key): display_of(after.keys[0]) if after.keys else ""
        for before, after in zip(commands, new, strict=True)
        for key in before.keys
        if before.name in keys or key not in after.keys
    }
    return tuple(
        replace(command, footer_keys=" ".join(dict.fromkeys(signs.get(sign, sign) for sign in shown.split())).strip())
        if (shown := command.footer_keys)
        else command
        for command in new
    )


def _keys_of(command: Command, keys: Mapping[str, Sequence[str]], given: Collection[str]) -> tuple[str, ...]:
    if command.name in keys:
        return tuple(keys[command.name])
    return tuple(key for key in command.keys if key not in given)


def _with_keys(command: Command, keys: tuple[str, ...]) -> Command:
    return command if keys == command.keys else replace(command, keys=keys, shown="")


def _dropped(commands: Sequence[Command], keys: Mapping[str, Sequence[str]]) -> list[str]:
    """Return a line on the default keys that were given to another command, if any were."""
    given = {key for each in keys.values() for key in each}
    lost = [
        f"{display_of(key)} of {command.name}"
        for command in commands
        if command.name not in keys
        for key in command.keys
        if key in given
    ]
    line = f"gives {', '.join(lost)} to other commands; {PALETTE} finds commands that are left without a key"
    return [line] if lost else []


def key_named(name: str) -> str | None:
    """Return the key that Textual knows by the name or sign `name`, or None."""
    *modifiers, base = name.split("+") if name.strip("+") else [name]
    key = _base_key(base)
    if key is None or len(set(modifiers)) != len(modifiers) or not set(modifiers) <= set(_MODIFIERS):
        return None
    if modifiers == ["shift"] and len(key) == 1:  # what a terminal sends then
        return key.upper() if key.upper() != key and len(key.upper()) == 1 else None
    if "ctrl" in modifiers and len(key) == 1:
        key = key.lower()
    whole = "+".join((*sorted(modifiers, key=_MODIFIERS.index), key))
    return _SAME.get(whole, whole)


def _base_key(name: str) -> str | None:
    if len(name) == 1:
        return "space" if name == " " else _character_to_key(name) if name.isprintable() else None
    if name in _NAMED:
        return name
    try:
        sign = unicodedata.lookup(name.replace("_", " "))
    except KeyError:
        sign = next((each for each in map(chr, range(33, 127)) if _character_to_key(each) == name), "")
    return name if len(sign) == 1 and _character_to_key(sign) == name else None


def _parse(commands: Sequence[Command], chosen: Mapping[str, Sequence[str]]) -> tuple[list[str], dict[str, list[str]]]:
    """Return the errors in the keys of a place, and the keys that are right."""
    known = [command.name for command in commands if command.name not in FIXED_COMMANDS]
    wrong: list[str] = []
    parsed: dict[str, list[str]] = {}
    for command, names in chosen.items():
        if command in FIXED_COMMANDS:
            wrong.append(f"{command}: its keys are the digits, which cannot be changed")
            continue
        if command not in known:
            wrong.append(f"{command}: no such command; the commands are {', '.join(known)}")
            continue
        keys = [(name, key_named(name)) for name in names]
        if not keys:
            wrong.append(f"{command}: no key; name at least one")
        for name, key in keys:
            if key is None:
                wrong.append(f"{command}: {name!r} is not a key; name a sign, or a key such as enter, f2, shift+left")
            elif key in FIXED_KEYS:
                wrong.append(f"{command}: {name} has a fixed meaning; choose another key")
        if good := list(dict.fromkeys(key for _, key in keys if key is not None and key not in FIXED_KEYS)):
            parsed[command] = good
    return wrong, parsed


def _conflicts(keys: Mapping[str, Sequence[str]]) -> list[str]:
    """Return a line for each key that was named for several commands, with their names."""
    having: dict[str, list[str]] = {}
    for name, named in keys.items():
        for key in named:
            having.setdefault(key, []).append(name)
    return [
        f"{', '.join(names)}: the key {display_of(key)} cannot run {len(names)} commands"
        for key, names in having.items()
        if len(names) > 1
    ]
