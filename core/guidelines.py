"""The guidelines of a project: which config is a store's, and the Markdown file that it names."""

from __future__ import annotations

from pathlib import Path

from tiebreak.core.errors import ConfigError
from tiebreak.core.store import Store

LARGEST = 200_000  # bytes: more is no page that anybody reads beside a text
_SETTING = "config"


def remember_config(store: Store, path: Path) -> None:
    """Keep `path` as the store's project config, so that a later review finds it."""
    absolute = str(path.resolve())
    if store.setting(_SETTING) != absolute:
        store.set_setting(_SETTING, absolute)


def config_of(store: Store, named: Path | None = None) -> Path | None:
    """The project config: the one that was named, else the one that the store remembers; None where there is none."""
    remembered = store.setting(_SETTING) if named is None else None
    return named if remembered is None else Path(remembered)


def read_guidelines(store: Store, named: Path | None = None) -> str:
    """The text of the guidelines; slow, as reading a config is.

    Raises ConfigError where there is no config, where it names no guidelines, or where they are no readable text.
    """
    from tiebreak.core.config import read_project

    config = config_of(store, named)
    if config is None:
        raise ConfigError("no guidelines: name a project config that has them, `tiebreak review DB --config FILE`")
    if not config.exists():
        raise ConfigError(f"{config}: the project config is gone; name it with `tiebreak review DB --config FILE`")
    path = read_project(config).guidelines
    if path is None:
        raise ConfigError(f'{config}: names no guidelines; add `guidelines = "FILE.md"` to its section [project]')
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST + 1)
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
