"""The guidelines of a project: the Markdown file that its config names, and the copy of it that a store keeps."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from tiebreak.core.errors import ConfigError
from tiebreak.core.files.ordinary import read_ordinary
from tiebreak.core.store.connection import Store
from tiebreak.core.ways_out import Way, WayOut

LARGEST = 200_000  # bytes; nobody reads a longer page beside a text
_CONFIG, _GUIDELINES = "config", "guidelines"
_NAME_THEM = WayOut(Way.NAME_GUIDELINES)


def remember_config(store: Store, path: Path) -> None:
    """Save the path of the store's project config, and a copy of the guidelines that it names.

    The path is only for messages: it is never opened, since a store can come from anybody.
    """
    guidelines = ""
    with suppress(ConfigError):  # `read_guidelines` reports the error
        guidelines = _read(path)
    for name, value in ((_CONFIG, str(path.resolve())), (_GUIDELINES, guidelines)):
        if (store.setting(name) or "") != value:
            store.set_setting(name, value)


def config_of(store: Store) -> str | None:
    """Return the path of the project config that the store names, or None."""
    return store.setting(_CONFIG)


def read_guidelines(store: Store, named: Path | None = None) -> str:
    """Return the guidelines of the project config `named`, else those that the store keeps.

    Raises ConfigError if there are no guidelines, or if they are not readable text. Slow: reading a config is.
    """
    if named is not None:
        return _read(named)
    if kept := store.setting(_GUIDELINES):
        if len(kept) > LARGEST:  # another program may have written them
            raise ConfigError(f"the guidelines in the store have more than {LARGEST:,} characters", _NAME_THEM)
        return kept
    config = config_of(store)
    if config is None:
        raise ConfigError("no guidelines", _NAME_THEM)
    raise ConfigError(f"the store keeps no guidelines; its project config is {config}", _NAME_THEM)


def _read(config: Path) -> str:
    from tiebreak.core.project.config import read_project

    if not config.exists():
        raise ConfigError(f"{config}: no such config", _NAME_THEM)
    path = read_project(config).guidelines
    if path is None:
        raise ConfigError(f'{config}: names no guidelines; add `guidelines = "FILE.md"` to its section [project]')
    try:
        data = read_ordinary(path, LARGEST)
    except OSError as error:
        raise ConfigError(f"{path}: the guidelines cannot be read: {error.strerror or error}") from error
    if len(data) > LARGEST:
        raise ConfigError(f"{path}: the guidelines are larger than {LARGEST // 1000} kB; shorten them")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = "\0"
    if "\0" in text:
        raise ConfigError(f"{path}: the guidelines are not UTF-8 text")
    return text
