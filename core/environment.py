"""`.env` files: API keys that stand beside a project, in no config and in no store."""

from __future__ import annotations

import re
from io import StringIO
from pathlib import Path

from tiebreak.core.errors import ConfigError

FILE = ".env"
_LARGEST = 100_000  # bytes: more is no list of variables


def load_env(*folders: Path) -> list[Path]:
    """Set the variables of the `.env` in each folder and return the files that were read.

    A variable that is set already stays, so real ones win, then those of the earlier folder. Raises ConfigError, which
    names the file and the line but never what stands there, before any variable of that file is set.
    """
    from dotenv import load_dotenv

    read: dict[Path, Path] = {}
    for folder in folders:
        path = folder / FILE
        if path.is_file() and path.resolve() not in read:
            load_dotenv(stream=StringIO(_checked(path)), override=False)
            read[path.resolve()] = path
    return list(read.values())


def _checked(path: Path) -> str:
    """The text of the file, once each line of it can be read."""
    from dotenv.parser import parse_stream

    text = _text(path)
    for binding in parse_stream(StringIO(text)):
        if binding.error or (binding.key is not None and binding.value is None):
            before = re.match(r"\s*", binding.original.string)
            line = binding.original.line + (before.group().count("\n") if before else 0)
            raise ConfigError(f"{path}:{line}: not a variable; write NAME=value, a value with spaces in quotes")
    return text


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            data = file.read(_LARGEST + 1)
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror or error}") from error
    if len(data) > _LARGEST:
        raise ConfigError(f"{path}: larger than {_LARGEST // 1000} kB, so not a list of variables; remove it")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ConfigError(f"{path}:{line}: not UTF-8; save the file as UTF-8") from None
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise ConfigError(f"{path}:{line}: a NUL character; save the file as plain text")
    return text
