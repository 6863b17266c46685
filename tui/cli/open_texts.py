"""review with --source and --label: load texts, and name the labels to mark them with."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tiebreak.core.errors import ConfigError, UsageError
from tiebreak.tui.cli.common import print_note

if TYPE_CHECKING:
    from tiebreak.core.records import Task
    from tiebreak.core.store.connection import Store

Labels = Annotated[
    list[str] | None,
    typer.Option(
        "--label",
        metavar="LABELS",
        help="The labels to mark texts with, e.g. ORG,PERSON, in the order of their digits (may be repeated).",
    ),
]


def label_list(values: Sequence[str] | None) -> list[str]:
    """Return the labels that `--label` names, each once, in their order. Raises UsageError for an empty name."""
    names = [name.strip() for value in values or () for name in value.split(",")]
    if not all(names):
        raise UsageError(f"--label {','.join(values or ())}: a label is empty; write them as in --label ORG,PERSON")
    return list(dict.fromkeys(names))


def load_texts(database: Path, task: Task | None, sources: Sequence[str], text_column: str | None = None) -> None:
    """Load `sources`, whose texts are in `text_column`, into the store, and create it if it is missing.

    Raises ConfigError if the store has another task, or if there is neither a store nor a source.
    """
    from tiebreak.core.loading.sources import LoadOptions, open_or_create
    from tiebreak.tui.cli.data import load_into, load_summary

    if not sources and not database.exists():
        raise ConfigError(f"{database}: no such store; create it from texts with --source FILE")
    if sources:
        print_note(load_summary(load_into(database, task, sources, LoadOptions(text_column=text_column))))
    else:
        open_or_create(database, task)[0].close()


def name_labels(store: Store, named: Sequence[str], config: Path | None) -> None:
    """Add the labels that are `named`, and those of the project config, to the store's."""
    from tiebreak.core.store import examples

    labels = [*named]
    if config is not None:
        from tiebreak.core.project.config import read_project

        labels += read_project(config).labels
    if labels:
        examples.add_labels_in_order(store, labels)
