"""A contributor's checks hold: style, types and the borders between packages."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.mark.parametrize(
    "command",
    [
        ("ruff", "check", "."),
        ("ruff", "format", "--check", "."),
        ("mypy", "core", "tui", "configs", "benchmarks"),
        pytest.param(("mypy", "tests"), marks=pytest.mark.full),
        ("lint-imports",),
    ],
    ids=lambda command: " ".join(command[:2]),
)
def test_contributor_check_passes(command: tuple[str, ...]) -> None:
    tool = Path(sys.executable).with_name(command[0])
    result = subprocess.run(
        [tool, *command[1:]],
        cwd=ROOT,
        env={**os.environ, "MYPYPATH": "tests"} if "tests" in command else None,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stdout + result.stderr


def test_no_method_that_a_subclass_overrides_is_passed_unbound() -> None:
    """`change(Review.confirm)` runs Review's method even if the object is a CategoryReview."""
    trees = {path: ast.parse(path.read_text()) for folder in ("core", "tui") for path in (ROOT / folder).rglob("*.py")}
    parents = {
        name.id
        for tree in trees.values()
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
        for base in node.bases
        for name in (base.value if isinstance(base, ast.Subscript) else base,)
        if isinstance(name, ast.Name)
    }
    methods = {
        (node.name, each.name)
        for tree in trees.values()
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef) and node.name in parents
        for each in node.body
        if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef)
    }
    assert ("Review", "confirm") in methods
    passed = [f"{path}:{line}: {name}" for path, tree in trees.items() for line, name in _passed(tree, methods)]
    assert not passed


def _passed(tree: ast.AST, methods: set[tuple[str, str]]) -> Iterator[tuple[int, str]]:
    """Yield the methods that occur as `Class.method` outside of a call."""
    called = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Attribute)
            and isinstance(node.value, ast.Name)
            and id(node) not in called
            and (node.value.id, node.attr) in methods
        ):
            yield node.lineno, f"{node.value.id}.{node.attr}"


def test_every_python_that_is_started_leaves_the_working_directory_out() -> None:
    """Python would run such a module from a folder that somebody sent."""
    starts = [
        (path.name, ast.unparse(node.elts[1]))
        for folder in ("core", "tui")
        for path in (ROOT / folder).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.List | ast.Tuple) and node.elts and ast.unparse(node.elts[0]) == "sys.executable"
    ]
    assert len(starts) == sum(
        path.read_text().count("sys.executable") for folder in ("core", "tui") for path in (ROOT / folder).rglob("*.py")
    )
    assert {second for _, second in starts} == {"'-P'"}, starts
