"""The rooms of core and tui keep the rules of docs/architecture.md that import-linter cannot see."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer

from tiebreak.tui import commands
from tiebreak.tui.cli.application import app
from tiebreak.tui.cli.command_modules import MODULES
from tiebreak.tui.cli.running import add_commands

ROOT = Path(__file__).parent.parent
ROOMS = [path.parent for folder in ("core", "tui") for path in (ROOT / folder).rglob("__init__.py")]
ENTRY = ROOT / "tui" / "cli"  # the package in which the console script finds `main`
SQL = re.compile(
    r"\s*(SELECT|INSERT( OR \w+)? INTO|UPDATE \w+ SET|DELETE FROM|CREATE (TABLE|VIEW|INDEX|TRIGGER)|PRAGMA)\b"
)
SETTING_ERRORS = ("SettingError", "WrongSettingError")  # they name a setting, and so its option
RUNS_SQL = frozenset(["execute", "executemany", "executescript", "create_function", "set_progress_handler"])


@pytest.mark.parametrize("room", ROOMS, ids=lambda room: str(room.relative_to(ROOT)))
def test_a_room_says_in_one_line_what_it_is_for_and_its_init_holds_no_code(room: Path) -> None:
    tree = ast.parse((room / "__init__.py").read_text())
    says = ast.get_docstring(tree)
    assert says
    assert "\n" not in says
    assert len(tree.body) == (3 if room == ENTRY else 1)


def _statements(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Yield the strings that are SQL, but not sentences that quote a command of SQLite's shell."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and SQL.match(node.value):
            yield node.lineno, node.value


def _modules() -> Iterator[tuple[Path, bool]]:
    """Yield each module of core and tui, with whether it belongs to the store."""
    for folder in ("core", "tui"):
        for path in (ROOT / folder).rglob("*.py"):
            yield path, path.is_relative_to(ROOT / "core" / "store")


def test_only_the_store_calls_for_sql() -> None:
    found: dict[bool, list[str]] = {True: [], False: []}
    for path, in_store in _modules():
        for line, statement in _statements(ast.parse(path.read_text())):
            found[in_store].append(f"{path.relative_to(ROOT)}:{line}: {statement}")
    assert len(found[True]) > 100
    assert not found[False]


def test_only_the_store_runs_sql() -> None:
    found: dict[bool, list[str]] = {True: [], False: []}
    for path, in_store in _modules():
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Attribute) and node.attr in RUNS_SQL:
                found[in_store].append(f"{path.relative_to(ROOT)}:{node.lineno}: {node.attr}")
    assert len(found[True]) > 100
    assert not found[False]


def _glued(source: str) -> Iterator[tuple[int, str]]:
    """Yield the adjacent strings that Python glues together, with the whole."""
    before: list[str] = []
    at = 0
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.STRING:
            at = at if before else token.start[0]
            before.append(token.string)
        elif token.type not in (tokenize.NL, tokenize.COMMENT):
            if len(before) > 1:
                yield at, "".join(re.sub(r"^\w*(\"{3}|'{3}|[\"'])|(\"{3}|'{3}|[\"'])$", "", each) for each in before)
            before = []


def test_a_statement_of_sql_is_one_string() -> None:
    """A statement of several lines stands in three quotes, so that it can be read."""
    found = [
        f"{path.relative_to(ROOT)}:{line}: {said}"
        for path, in_store in _modules()
        if in_store
        for line, said in _glued(path.read_text())
        if SQL.match(said)
    ]
    assert not found


def test_glued_statements_are_found() -> None:
    source = 'run(\n    "SELECT 1 "  # one\n    f"FROM {table}",\n    "SELECT 2",\n    ("what is "\n    "no SQL"))\n'
    assert [said for _, said in _glued(source) if SQL.match(said)] == ["SELECT 1 FROM {table}"]


# Words for front ends only. For keys: signs and names that are not English words, before their effect.
_SIGNS = {sign for each in (*commands.REVIEW, *commands.EDIT, *commands.LIST) for sign in each.key_display.split()}
_WORDS = {sign for sign in _SIGNS if sign.isalpha() and len(sign) > 1 and sign not in ("esc", "enter", "tab")}
_KEYS = "|".join(map(re.escape, sorted(_SIGNS - _WORDS - {*"aA0123456789"})))
OF_A_FRONT_END = re.compile(
    rf"(?<![\w-])--[a-z][\w-]*|\btiebreak (?:{'|'.join(MODULES)})\b|\bctrl\+|\b[Pp]ress \S+"
    rf"|(?:^|[;:,.]\s|\n\s*)(?:{_KEYS}) (?!is\b|has\b)[a-z]+s\b"
)
OTHER_PROGRAMS = {  # programs that core starts, with their own options
    "core/predictors/local_server.py": {"--context-length", "--parallel", "--threads"},
}


def _strings(source: str) -> Iterator[tuple[int, str]]:
    """Yield the strings and docstrings of a module, formatted strings as a whole, and its comments."""
    tree = ast.parse(source)
    formatted = [node for node in ast.walk(tree) if isinstance(node, ast.JoinedStr)]
    parts = {id(part) for node in formatted for part in ast.walk(node)}
    for node in formatted:
        said = [part.value if isinstance(part, ast.Constant) else "…" for part in node.values]
        yield node.lineno, "".join(map(str, said))
    for each in ast.walk(tree):
        if isinstance(each, ast.Constant) and isinstance(each.value, str) and id(each) not in parts:
            yield each.lineno, each.value
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            yield token.start[0], token.string


def names_of_a_front_end(root: Path) -> list[str]:
    """Return the places in `core` whose text names a key, or an option or a command of the command line."""
    return [
        f"{name}:{line}: {found.group().strip()}"
        for path in sorted((root / "core").rglob("*.py"))
        for name in [str(path.relative_to(root))]
        for line, text in _strings(path.read_text())
        for found in OF_A_FRONT_END.finditer(text)
        if found.group() not in OTHER_PROGRAMS.get(name, ())
    ]


def test_core_names_no_option_no_command_and_no_key() -> None:
    assert names_of_a_front_end(ROOT) == []


@pytest.mark.parametrize(
    "text",
    [
        *("overwrite it with --force", "see `tiebreak check", "nothing is saved; s goes on", "q leaves"),
        *("ctrl+c again", "Press f to go on", "…: x drops it", "that waits\n\n/ changes the filter"),
    ],
)
def test_what_a_front_end_says_is_known_as_that(text: str) -> None:
    assert OF_A_FRONT_END.search(text)


@pytest.mark.parametrize("text", ["read--only", "Tiebreak checks", "the keys pressed", "a process ends", "(s, x)"])
def test_what_core_may_say_is_not_taken_for_that(text: str) -> None:
    assert not OF_A_FRONT_END.search(text)


def test_each_setting_that_core_names_is_an_option() -> None:
    add_commands()
    group = typer.main.get_command(app)
    options = {
        name
        for command in group.commands.values()  # type: ignore[attr-defined]
        for parameter in command.params
        for name in parameter.opts
    }
    named = {
        "--" + str(call.args[0].value)
        for path in (ROOT / "core").rglob("*.py")
        for call in ast.walk(ast.parse(path.read_text()))
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in SETTING_ERRORS
        if isinstance(call.args[0], ast.Constant)
    }
    assert len(named) > 5
    assert named <= options


def test_each_module_says_in_its_first_line_what_it_is_for() -> None:
    for folder in ("core", "tui"):
        for path in (ROOT / folder).rglob("*.py"):
            assert ast.get_docstring(ast.parse(path.read_text())), path


def test_tests_mirror_the_rooms() -> None:
    rooms = {str(room.relative_to(ROOT)) for room in ROOMS}
    for folder in ("core", "tui"):
        for path in (ROOT / "tests" / folder).rglob("test_*.py"):
            assert str(path.parent.relative_to(ROOT / "tests")) in rooms, path
