"""The time when a file, or a folder with a pipeline, was last written."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

_META = "meta.json"  # spaCy writes it with every pipeline


def written_at(name: str) -> float | None:
    """Return when the file or folder `name` was last written, in Unix seconds; None if it does not exist."""
    path = Path(name)
    for each in (path / _META, path):
        with suppress(OSError, ValueError):
            return each.stat().st_mtime
    return None
