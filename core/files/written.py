"""When a file, or a folder with a pipeline in it, was last written."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

_META = "meta.json"  # which spaCy writes anew with each pipeline


def written_at(name: str) -> float | None:
    """Return when what is called `name` was last written, in Unix seconds; None if there is no such file or folder."""
    path = Path(name)
    for each in (path / _META, path):
        with suppress(OSError, ValueError):
            return each.stat().st_mtime
    return None
