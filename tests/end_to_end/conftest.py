"""Real stores, and a way to run the command line."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest
from command_line import TIEBREAK, Run, headline, introduce
from files import write_jsonl
from rulers import save_ruler


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


@pytest.fixture
def store(tmp_path: Path, run: Run) -> Path:
    """A store of ten headlines: `left` sees ORG at Uber, `right` sees LOCATION at Paris; both agree on the last two."""
    left, right = [], []
    for number in range(10):
        text = headline(number)
        uber = {"start": 0, "end": 4, "label": "ORG"}
        paris = {"start": text.index("Paris"), "end": len(text), "label": "LOCATION"}
        left.append({"text": text, "spans": [uber], "meta": {"number": number}})
        right.append({"text": text, "spans": [uber] if number > 7 else [paris]})
    run("load", "store.db", write_jsonl(tmp_path / "left.jsonl", left), "--as", "left")
    run("load", "store.db", write_jsonl(tmp_path / "right.jsonl", right), "--as", "right")
    introduce(tmp_path / "store.db", "sam", "kim")
    return tmp_path / "store.db"


@pytest.fixture
def pipeline(tmp_path: Path) -> str:
    """A pipeline that finds Acme, slowly."""
    save_ruler(tmp_path / "rules", "tests_slow", ORG="Acme")
    return "./rules"
