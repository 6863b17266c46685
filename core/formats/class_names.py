"""The names behind the numbers of a Hugging Face ClassLabel: in a file's features, or in `dataset_info.json`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

INFO = "dataset_info.json"
_LARGEST = 16 << 20  # bytes; a larger description is not read
_DEEPEST = 8  # levels of nesting; names below are not found


def names_in(features: object) -> dict[str, tuple[str, ...]]:
    """Return the names of each column's ClassLabel, alone or in a list; skip columns without a ClassLabel."""
    if not isinstance(features, Mapping):
        return {}
    found = {str(column): _names_of(feature, _DEEPEST) for column, feature in features.items()}
    return {column: names for column, names in found.items() if names}


def _names_of(feature: object, levels: int) -> tuple[str, ...]:
    """Return the names in a feature: `{"names": [...], "_type": "ClassLabel"}`, `{"feature": ...}` or a list of one."""
    if isinstance(feature, list) and len(feature) == 1:
        feature = feature[0]
    if not isinstance(feature, Mapping) or not levels:
        return ()
    names = feature.get("names")
    if isinstance(names, list) and all(isinstance(name, str) for name in names):
        return tuple(names)
    return _names_of(feature.get("feature"), levels - 1)


def names_in_metadata(metadata: Mapping[bytes, bytes] | None) -> dict[str, tuple[str, ...]]:
    """Return the names by column from the metadata of an Arrow schema; empty if it has none."""
    with suppress(KeyError, TypeError, ValueError, RecursionError):
        return names_in(json.loads((metadata or {})[b"huggingface"])["info"]["features"])
    return {}


def names_beside(path: Path) -> dict[str, tuple[str, ...]]:
    """Return the names by column from the `dataset_info.json` in the file's folder, or in the folder above."""
    folder = path if path.is_dir() else path.parent
    for info in (folder / INFO, folder.parent / INFO):
        with suppress(OSError, ValueError, RecursionError, AttributeError):
            if info.is_file() and info.stat().st_size <= _LARGEST:
                return names_in(json.loads(info.read_bytes()).get("features"))
    return {}
