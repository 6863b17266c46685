"""Real stores, and the command line as a person runs it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

TIEBREAK = str(Path(sys.executable).with_name("tiebreak"))
Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Run `tiebreak` with these arguments in the test's folder, without a terminal."""

    def run(
        *arguments: object, check: bool = True, stdin: str = "", **options: Any
    ) -> subprocess.CompletedProcess[str]:
        result = subprocess.run(
            [TIEBREAK, *map(str, arguments)],
            input=stdin,
            capture_output=True,
            text=True,
            cwd=tmp_path,
            timeout=120,
            check=False,
            **options,
        )
        assert not check or result.returncode == 0, result.stderr
        return result

    return run


def write_jsonl(path: Path, records: Sequence[dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(record) + "\n" for record in records))
    return path


def headline(number: int) -> str:
    return f"Uber opens office {number} in Paris"


@pytest.fixture
def store(tmp_path: Path, run: Run) -> Path:
    """A store of ten headlines: `left` sees ORG at Uber, `right` sees LOCATION at Paris, on the last two both agree."""
    left, right = [], []
    for number in range(10):
        text = headline(number)
        uber = {"start": 0, "end": 4, "label": "ORG"}
        paris = {"start": text.index("Paris"), "end": len(text), "label": "LOCATION"}
        left.append({"text": text, "spans": [uber], "meta": {"number": number}})
        right.append({"text": text, "spans": [uber] if number > 7 else [paris]})
    run("load", "store.db", write_jsonl(tmp_path / "left.jsonl", left), "--as", "left")
    run("load", "store.db", write_jsonl(tmp_path / "right.jsonl", right), "--as", "right")
    return tmp_path / "store.db"
