"""The annotator that a name on the command line means; if that is not sure, a question on the terminal."""

from __future__ import annotations

import getpass
from typing import TYPE_CHECKING, Annotated

import typer

from tiebreak.core.errors import ConfigError
from tiebreak.tui.cli import streams
from tiebreak.tui.cli.common import usage_of

if TYPE_CHECKING:
    from tiebreak.core.store.connection import Store

NewAnnotator = Annotated[
    bool,
    typer.Option("--new-annotator", help="Take a name that differs from a known name only by case as a new annotator."),
]


def typed_annotator(name: str | None) -> str:
    """Return `name`, or the login name if `name` is None.

    Raises UsageError if no annotator can have that name, and ConfigError if the login has no name.
    """
    if name is not None:
        return checked_annotator(name)
    try:
        return getpass.getuser()
    except (OSError, KeyError) as error:
        raise ConfigError("this login has no name; name the annotator with --annotator NAME") from error


def checked_annotator(typed: str, option: str = "--annotator") -> str:
    """Return `typed` unchanged. Raises UsageError if no annotator of any store can have that name."""
    from tiebreak.core.project.annotator_names import checked_name

    with usage_of(option):
        checked_name(typed)
    return typed


def chosen_annotator(
    store: Store, typed: str, option: str = "--annotator", *, new: bool = False, ask: bool = True
) -> str:
    """Return the annotator that `typed` names. With `new` a name that differs only by case is a new annotator.

    Else this asks on the terminal, if `ask` allows it. Raises ConfigError if it cannot ask.
    """
    name, twin = _resolved(store, typed, option)
    if twin is None or new:
        return name
    from tiebreak.tui.text.render import visible

    if ask and streams.has_terminal():
        question = "Are you" if option == "--annotator" else "Do you mean"
        known = visible(twin)
        return twin if typer.confirm(f"The store knows {known!r}. {question} {known}?", default=True) else name
    raise ConfigError(
        f"{option} {name}: the store knows {twin!r}; use that name, or add --new-annotator if {name} is someone else"
    )


def known_annotator(store: Store, typed: str) -> str:
    """Return the annotator whose answers are wanted. Raises ConfigError if the known name differs in case."""
    name, twin = _resolved(store, typed, "--annotator")
    if twin is not None:
        raise ConfigError(f"--annotator {name}: the store does not know that name, but {twin!r}; use that name")
    return name


def _resolved(store: Store, typed: str, option: str) -> tuple[str, str | None]:
    from tiebreak.core.project.annotator_names import resolve_annotator
    from tiebreak.core.store.annotators import known_annotators

    try:
        return resolve_annotator(typed, known_annotators(store))
    except ConfigError as error:
        raise error.saying(f"{option}: {error}") from error
