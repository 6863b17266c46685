"""Find where a module of the screens names a key itself: in a sentence, in a table of its own, as a binding."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple, TypeGuard

from tiebreak.tui import commands

TABLES = [each for each in vars(commands).values() if isinstance(each, tuple) and isinstance(each[0], commands.Command)]
SIGNS = {sign for table in TABLES for command in table for sign in command.key_display.split()}
WORDS = {"a", "A", "space", "home", "end", "delete", "1-9", "backspace", "left", "right"}  # words, too
KEY = f"(?:{'|'.join(sorted(map(re.escape, SIGNS - WORDS), key=len, reverse=True))})"
NAMES_A_KEY = re.compile(
    rf"(?:^|[;:,.·]\s|\(|\n\s*)(?:{KEY}(?:,? {KEY})*)(?::\s|\s+(?!is\b|has\b|was\b)(?:[a-z]+s|pick|choose|scroll)\b)"
    rf"|\b(?:with|then|press|after) {KEY}(?![\w'/])|\({KEY}\)|\ba accepts\b"
)
_ALONE = re.compile(rf"\s*(?:[a-z]|{KEY}(?: {KEY})*)")


class Place(NamedTuple):
    """A line of a file, and what names a key there."""

    file: Path
    line: int
    words: str


def named_keys(folder: Path) -> Iterator[Place]:
    """Find the places of all modules below `folder`, except in docstrings and stylesheets."""
    for path in sorted(folder.rglob("*.py")):
        tree = ast.parse(path.read_text("utf-8"))
        untold = set(_untold(tree))
        for node in ast.walk(tree):
            yield from (Place(path, line, words) for line, words in _named(node, untold))


def _untold(tree: ast.AST) -> Iterator[int]:
    """Yield the ids of strings that are not words on screen: docstrings, stylesheets, and parts of longer matches."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr):
            yield id(node.value)
        elif isinstance(node, ast.JoinedStr) or _is_binding(node):
            yield from (id(part) for part in ast.walk(node) if part is not node)
        elif isinstance(node, ast.Assign) and "CSS" in ast.unparse(node.targets[0]):
            yield id(node.value)


def _is_binding(node: ast.AST) -> TypeGuard[ast.Call]:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Binding"


def _named(node: ast.AST, untold: set[int]) -> Iterator[tuple[int, str]]:
    if _is_binding(node):
        yield node.lineno, ast.unparse(node)
    if isinstance(node, ast.Compare) and ast.unparse(node.left) == "event.key":
        yield from ((node.lineno, ast.unparse(node)) for each in node.comparators if isinstance(each, ast.Constant))
    if isinstance(node, ast.JoinedStr | ast.Constant) and id(node) not in untold and NAMES_A_KEY.search(_said(node)):
        yield node.lineno, _said(node)
    yield from ((each.lineno, str(each.value)) for each in _alone(node) if _ALONE.fullmatch(str(each.value)))


def _said(node: ast.JoinedStr | ast.Constant) -> str:
    """Return the words of a string; of a formatted one, with `…` for each value."""
    parts = node.values if isinstance(node, ast.JoinedStr) else [node]
    return "".join(
        (part.value if isinstance(part.value, str) else "") if isinstance(part, ast.Constant) else "…" for part in parts
    )


def _alone(node: ast.AST) -> Iterator[ast.Constant]:
    """Find strings that may be a key by themselves: in a table of keys, in a line of keys, or as the usual key."""
    if isinstance(node, ast.Tuple):
        found = node.elts[:1]
    elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith(".append"):
        found = node.args[:1]
    elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith("_text"):
        found = node.args
    else:
        found = node.defaults if isinstance(node, ast.arguments) else []
    yield from (each for each in found if isinstance(each, ast.Constant) and isinstance(each.value, str))
