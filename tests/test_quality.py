"""What a contributor's checks say: style, types and the borders between packages."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.mark.parametrize(
    "command",
    [
        ("ruff", "check", "."),
        ("ruff", "format", "--check", "."),
        ("mypy", "core", "tui", "configs", "benchmarks"),
        ("mypy", "tests"),
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
