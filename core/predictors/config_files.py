"""The files that a config names and spacy-llm or spaCy opens: none of them may be endless."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tiebreak.core.errors import ConfigError
from tiebreak.core.files.ordinary import is_endless


def check_files(section: Mapping[str, Any]) -> None:
    """Raise ConfigError if a `path` in the section, or in a section inside it, is a pipe or a device."""
    for key, value in section.items():
        if isinstance(value, Mapping):
            check_files(value)
        elif (key == "path" or key.endswith("_path")) and isinstance(value, str) and is_endless(Path(value)):
            raise ConfigError(f"{key}: {value} cannot be read: not an ordinary file")
