"""`.env` files: API keys beside a config, so that neither a config nor a store has to contain them."""

from __future__ import annotations

import logging
import os
import re
from io import StringIO
from pathlib import Path

from tiebreak.core.errors import ConfigError
from tiebreak.core.files.ordinary import read_ordinary

FILE = ".env"
_log = logging.getLogger("tiebreak")
_LARGEST = 100_000  # bytes; a larger file is not a list of variables
# The variables that a `.env` may set: keys and their accounts. With a Python path, a proxy or an address, the folder of
# a config could decide what code runs and where keys are sent.
_MAY_BE_SET = re.compile(r"(?:\w*_)?(?:KEY|KEY_ID|TOKEN|SECRET|PASSWORD)|OPENAI_(?:API_ORG|ORG_ID|PROJECT_ID)", re.I)


def load_env(config: Path | None) -> Path | None:
    """Set the keys in the `.env` beside `config`; return the file, or None if it does not exist.

    A variable that is set already stays. A variable that is not a key is skipped with a warning. Raises ConfigError
    before any variable is set; it names the file and the line, but never the line's content.
    """
    from dotenv import dotenv_values

    if config is None or not (path := config.parent / FILE).exists() or path.is_dir():  # a virtual environment
        return None
    text = _checked(path)
    for name, value in dotenv_values(stream=StringIO(text)).items():
        if _MAY_BE_SET.fullmatch(name) and value is not None:
            os.environ.setdefault(name, value)
    return path


def _checked(path: Path) -> str:
    """Return the text of the file if every line can be read; warn of the variables that it may not set."""
    from dotenv.parser import parse_stream

    text = _text(path)
    refused = []
    for binding in parse_stream(StringIO(text)):
        before = re.match(r"\s*", binding.original.string)
        line = binding.original.line + (before.group().count("\n") if before else 0)
        if binding.error or (binding.key is not None and binding.value is None):
            raise ConfigError(f"{path}:{line}: not a variable; write NAME=value, a value with spaces in quotes")
        if binding.key is not None and not _MAY_BE_SET.fullmatch(binding.key):
            refused.append(f"{binding.key} (line {line})")
    if refused:
        _log.warning(
            "%s: skipped: %s. A .env may only set keys, with names that end in KEY, TOKEN, SECRET or PASSWORD; "
            "set others in the shell",
            *(path, ", ".join(refused)),
        )
    return text


def _text(path: Path) -> str:
    try:
        data = read_ordinary(path, _LARGEST)
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
