"""review --predict: the texts are loaded, and an engine is started that works beside the review."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from tiebreak.core.errors import ConfigError
from tiebreak.tui.cli.common import note

if TYPE_CHECKING:
    from tiebreak.core.store.connection import Store
    from tiebreak.tui.engine_process import Started
    from tiebreak.tui.keymap import Keymap


def prepare_store(database: Path, config: Path, sources: Sequence[str]) -> None:
    """Load `sources`, into a new store for the project's task where there is none.

    Raises ConfigError where the store has another task than the project, or where there is neither store nor source.
    """
    from tiebreak.core.loading.sources import LoadOptions, open_or_create
    from tiebreak.core.project.config import read_project
    from tiebreak.tui.cli.data import load_into, load_summary

    project = read_project(config)
    if not sources and not database.exists():
        raise ConfigError(f"{database}: no such store; name texts for it with --source FILE")
    if sources:
        note(load_summary(load_into(database, project.task, sources, LoadOptions())))
    else:
        open_or_create(database, project.task)[0].close()


def start_beside(store: Store, config: Path, keymap: Keymap) -> tuple[Started | None, str]:
    """The engine that was started for the project, and what the review says at its start, with the keys of `keymap`.

    None is started where one is at work on the store already.
    """
    from tiebreak.core.store.engines import engines
    from tiebreak.tui.commands import key_of
    from tiebreak.tui.engine_process import start_engine

    if at_work := engines(store, live=True):
        engine = at_work[0]
        key = key_of(keymap["review"], "engine")
        return (
            None,
            f"an engine is at work already (process {engine.pid} on {engine.host}): none was started; {key} shows it",
        )
    return start_engine(["predict", str(store.path.absolute()), "--config", str(config)]), ""
