"""The command line as a person runs it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

TIEBREAK = str(Path(sys.executable).with_name("tiebreak"))
Run = Callable[..., subprocess.CompletedProcess[str]]


def write_jsonl(path: Path, records: Sequence[dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(record) + "\n" for record in records))
    return path


def headline(number: int) -> str:
    return f"Uber opens office {number} in Paris"
