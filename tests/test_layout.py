"""The rooms of core and tui: what DESIGN.md's layout says of them holds, as far as import-linter cannot see it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
ROOMS = [path.parent for folder in ("core", "tui") for path in (ROOT / folder).rglob("__init__.py")]
ENTRY = ROOT / "tui" / "cli"  # where the console script finds `main`
SQL = re.compile(
    r"\s*(SELECT|INSERT( OR \w+)? INTO|UPDATE \w+ SET|DELETE FROM|CREATE (TABLE|VIEW|INDEX|TRIGGER)|PRAGMA)\b"
)


@pytest.mark.parametrize("room", ROOMS, ids=lambda room: str(room.relative_to(ROOT)))
def test_a_room_says_in_one_line_what_it_is_for_and_its_init_holds_no_code(room: Path) -> None:
    tree = ast.parse((room / "__init__.py").read_text())
    says = ast.get_docstring(tree)
    assert says
    assert "\n" not in says
    assert len(tree.body) == (3 if room == ENTRY else 1)


def _statements(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """The strings that are SQL; what SQLite's own shell is asked for stands in sentences."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and SQL.match(node.value):
            yield node.lineno, node.value


def test_only_the_store_calls_for_sql() -> None:
    found: dict[bool, list[str]] = {True: [], False: []}
    for folder in ("core", "tui"):
        for path in (ROOT / folder).rglob("*.py"):
            in_store = path.is_relative_to(ROOT / "core" / "store")
            for line, statement in _statements(ast.parse(path.read_text())):
                found[in_store].append(f"{path.relative_to(ROOT)}:{line}: {statement}")
    assert len(found[True]) > 100
    assert not found[False]


def test_each_module_says_in_its_first_line_what_it_is_for() -> None:
    for folder in ("core", "tui"):
        for path in (ROOT / folder).rglob("*.py"):
            assert ast.get_docstring(ast.parse(path.read_text())), path


def test_tests_mirror_the_rooms() -> None:
    rooms = {str(room.relative_to(ROOT)) for room in ROOMS}
    for folder in ("core", "tui"):
        for path in (ROOT / "tests" / folder).rglob("test_*.py"):
            assert str(path.parent.relative_to(ROOT / "tests")) in rooms, path
