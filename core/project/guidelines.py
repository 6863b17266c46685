"""The guidelines of a project: the Markdown file that its config names, and the copy of it that a store keeps."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from tiebreak.core.errors import ConfigError
from tiebreak.core.files.ordinary import read_ordinary
from tiebreak.core.store.connection import Store
from tiebreak.core.ways_out import Way, WayOut

LARGEST = 200_000  # bytes: more is no page that anybody reads beside a text
_CONFIG, _GUIDELINES = "config", "guidelines"
_NAME_THEM = WayOut(Way.NAME_GUIDELINES)


def remember_config(store: Store, path: Path) -> None:
    """Keep where the store's project config is, and the guidelines that it names as they are now.

    The path is there to be told: it is not followed, since a store can come from anybody.
    """
    guidelines = ""
    with suppress(ConfigError):  # that they cannot be read is said where they are asked for
        guidelines = _read(path)
    for name, value in ((_CONFIG, str(path.resolve())), (_GUIDELINES, guidelines)):
        if (store.setting(name) or "") != value:
            store.set_setting(name, value)


def config_of(store: Store) -> str | None:
    """The project config that the store names; None where it names none."""
    return store.setting(_CONFIG)


def read_guidelines(store: Store, named: Path | None = None) -> str:
    """The text of the guidelines: those of the project config `named`, else those that the store keeps.

    Raises ConfigError where there are none, or where they are no readable text. Slow, as reading a config is.
    """
    if named is not None:
        return _read(named)
    if kept := store.setting(_GUIDELINES):
        if len(kept) > LARGEST:  # a store that comes from elsewhere may hold anything
            raise ConfigError(f"the guidelines in the store have more than {LARGEST:,} characters", _NAME_THEM)
        return kept
    config = config_of(store)
    if config is None:
        raise ConfigError("no guidelines", _NAME_THEM)
    raise ConfigError(f"the store keeps no guidelines; its project config is {config}", _NAME_THEM)


def _read(config: Path) -> str:
    from tiebreak.core.project.config import read_project

    if not config.exists():
        raise ConfigError(f"{config}: there is no such config", _NAME_THEM)
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
        raise ConfigError(f"{path}: the guidelines are no text in UTF-8")
    return text
