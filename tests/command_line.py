"""The command line as a person runs it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from tiebreak.core.store.annotators import mark_introduced
from tiebreak.core.store.opening import open_store

TIEBREAK = str(Path(sys.executable).with_name("tiebreak"))
Run = Callable[..., subprocess.CompletedProcess[str]]


def review(store: Path, *options: str, annotator: str = "sam") -> list[str]:
    return [TIEBREAK, "review", str(store), "--annotator", annotator, *options]


def introduce(store: Path, *annotators: str) -> None:
    """Record in the store that these annotators saw the introduction, which would take their first key."""
    with open_store(store) as opened:
        for annotator in annotators:
            mark_introduced(opened, annotator)


def headline(number: int) -> str:
    return f"Uber opens office {number} in Paris"
