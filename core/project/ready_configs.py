"""The configs that come with Tiebreak: list them, and copy them to change them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import as_file, files
from pathlib import Path

from tiebreak.core.errors import ConfigError, UsageError
from tiebreak.core.files.whole import write_whole
from tiebreak.core.ways_out import Way, WayOut


@dataclass(frozen=True)
class ReadyConfig:
    """A shipped config: `kind` is project or pipeline, `about` its first line."""

    name: str
    kind: str
    about: str


@dataclass(frozen=True)
class Copied:
    """The files that were written, the config first, and those that existed already and stay as they are."""

    written: tuple[Path, ...]
    kept: tuple[Path, ...]


def ready_configs() -> list[ReadyConfig]:
    """Return all shipped configs, projects first."""
    with as_file(files("tiebreak.configs")) as folder:
        configs = [_described(path) for path in folder.glob("*.cfg")]
    return sorted(configs, key=lambda config: (config.kind != "project", config.name))


def copy_config(name: str, folder: Path) -> Copied:
    """Copy a ready config into `folder`, with the files that it names. Nothing is ever overwritten.

    Raises UsageError if there is no such config, ConfigError if `folder` is missing or has the config already.
    """
    name = name.removesuffix(".cfg")
    with as_file(files("tiebreak.configs")) as shipped:
        source = shipped / f"{name}.cfg"
        if name not in [path.stem for path in shipped.glob("*.cfg")]:
            raise UsageError(f"{name}: no ready config has this name", WayOut(Way.LIST_CONFIGS))
        if not folder.is_dir():
            raise ConfigError(f"{folder}: no such folder; make it first")
        if not _copy(source, folder):
            raise ConfigError(f"{folder / source.name}: exists already", WayOut(Way.NAME_FOLDER))
        others = {path: _copy(path, folder) for path in _named_files(source)}
    written = (folder / source.name, *(folder / path.name for path, copied in others.items() if copied))
    return Copied(written, tuple(folder / path.name for path, copied in others.items() if not copied))


def _copy(source: Path, folder: Path) -> bool:
    """Copy the file unless `folder` has such a file; return whether it was copied."""
    target = folder / source.name
    if os.path.lexists(target):
        return False
    with write_whole(target, replace=False) as file:
        file.write(source.read_bytes())
    return True


def _named_files(config: Path) -> list[Path]:
    """Return the files beside `config` that it names, and those that these name, each once."""
    from confection import Config

    found: list[Path] = []
    waiting = [config]
    while waiting:
        for value in _texts(Config().from_disk(waiting.pop(), interpolate=False)):
            path = config.parent / value
            if Path(value).name == value and path.is_file() and path not in (config, *found):
                found.append(path)
                waiting += [path] if path.suffix == ".cfg" else []
    return found


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        for each in value.values():
            yield from _texts(each)
    elif isinstance(value, str) and value and len(value) < 100:
        yield value


def _described(path: Path) -> ReadyConfig:
    text = path.read_text("utf-8")
    return ReadyConfig(path.stem, "project" if "[predictors]" in text else "pipeline", text.splitlines()[0].strip("# "))
