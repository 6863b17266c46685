"""All checks of the doctor, one after the other."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path

from tiebreak.core.doctor import labels, machine, store, terminal
from tiebreak.core.doctor.checks import Check, CheckState, bounded, fail, note, ok, one_line
from tiebreak.core.doctor.predictors import check_predictor, key_variables, read_predictors
from tiebreak.core.doctor.secrets import without_secrets
from tiebreak.core.doctor.terminal import Terminal
from tiebreak.core.errors import ConfigError
from tiebreak.core.project.config import PredictorConfig
from tiebreak.core.project.environment import load_env
from tiebreak.core.records import Task
from tiebreak.core.ways_out import Way, WayOut

__all__ = ["Check", "CheckState", "Terminal", "examine"]


def examine(screen: Terminal, database: Path | None = None, config: Path | None = None) -> Iterator[Check]:
    """Yield each check as it ends, also those of a store and a project config if they are given.

    No check raises, and each ends after some seconds. This loads `.env` files; no check holds a key.
    """
    named: set[str] = set()
    for check in _checks(screen, database, config, named):
        yield without_secrets(check, os.environ, named)


def _checks(screen: Terminal, database: Path | None, config: Path | None, named: set[str]) -> Iterator[Check]:
    """Yield the checks, and add to `named` the variables that hold keys."""
    yield from bounded("Python", machine.check_python)
    yield from bounded("terminal size", partial(terminal.check_size, screen))
    yield from bounded("colours", partial(terminal.check_colours, screen))
    yield from bounded("characters", partial(terminal.check_characters, screen))
    yield from bounded("spaCy", partial(machine.check_library, "spacy", "spacy"))
    yield from bounded("spacy-llm", partial(machine.check_library, "spacy-llm", "spacy_llm"))
    folder = database.parent if database is not None else Path()
    yield from bounded("disk", partial(machine.check_disk, folder))
    if database is not None:
        yield from _store_checks(database)
        yield from _named_by_store(database, config)
    if config is not None:
        yield from _config_checks(config, database, named)


def _store_checks(database: Path) -> Iterator[Check]:
    yield from bounded("store", partial(store.check_store, database))
    if database.is_file():
        yield from bounded("store integrity", partial(store.check_integrity, database), late=store.too_large(database))
        yield from bounded("store writing", partial(store.check_writing, database))
        yield from bounded("labels", partial(labels.check_labels, database))


def _named_by_store(database: Path, config: Path | None) -> list[Check]:
    """Report the config that the store names, but do not follow it: a store from elsewhere could name any server."""
    there = store.named_config(database) if config is None else None
    if there is None:
        return []
    found = f"the store names {there}; it was not checked"
    return [note("config", found, way_out=WayOut(Way.EXAMINE, there))]


def _config_checks(config: Path, database: Path | None, named: set[str]) -> Iterator[Check]:
    yield from bounded(".env", partial(_check_environment, config))
    project: list[tuple[Task | None, tuple[PredictorConfig, ...]]] = []
    yield from bounded("config", partial(_check_config, config, database, project))
    for task, predictors in project:
        given: dict[str, list[str]] = {}
        for predictor in predictors:
            with suppress(ConfigError):  # check_predictor reports it
                named.update(key_variables(predictor))
            yield from check_predictor(predictor, task, given)
        yield from labels.compare_labels(given)


def _check_environment(config: Path) -> list[Check]:
    read = load_env(config)
    return [ok(".env", "none beside the config" if read is None else f"read {read}")]


def _check_config(
    config: Path, database: Path | None, project: list[tuple[Task | None, tuple[PredictorConfig, ...]]]
) -> list[Check]:
    """Read the config, and put its task and predictors into `project`."""
    try:
        task, predictors = read_predictors(config)
    except ConfigError as error:
        return [fail("config", one_line(error), "correct the file", error.way_out or WayOut(Way.LIST_CONFIGS))]
    stored = None if database is None else store.task_of(database)
    project.append((task or stored, predictors))
    if task and stored and task is not stored:
        found = f"{config}: [project] task is {task.value}, but the task of {database} is {stored.value}"
        return [fail("config", found, "correct the task, or make another store")]
    names = ", ".join(predictor.name for predictor in predictors) or "none, so only a review can use it"
    return [ok("config", f"{config}: {f'{task.value}, ' if task else ''}predictors: {names}")]
