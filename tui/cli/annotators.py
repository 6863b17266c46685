"""Which annotator is meant by a name on the command line; where that is not sure, it asks."""

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
    typer.Option("--new-annotator", help="A name that differs from a known one only by case is somebody else."),
]


def typed_annotator(name: str | None) -> str:
    """`name`, or the login name.

    Raises UsageError where no annotator can have that name, and ConfigError where the login has none.
    """
    if name is not None:
        return checked_annotator(name)
    try:
        return getpass.getuser()
    except (OSError, KeyError) as error:
        raise ConfigError("this login has no name; say who answers with --annotator NAME") from error


def checked_annotator(typed: str, option: str = "--annotator") -> str:
    """`typed` as it is. Raises UsageError where no annotator of any store can have that name."""
    from tiebreak.core.project.annotator_names import checked_name

    with usage_of(option):
        checked_name(typed)
    return typed


def chosen_annotator(
    store: Store, typed: str, option: str = "--annotator", *, new: bool = False, ask: bool = True
) -> str:
    """The annotator that `typed` names. With `new` a twin of a known name is a new annotator.

    Else it asks on a terminal, if it may. Raises ConfigError.
    """
    name, twin = _resolved(store, typed, option)
    if twin is None or new:
        return name
    from tiebreak.tui.text.render import visible

    if ask and streams.has_terminal():
        who = "Are you" if option == "--annotator" else "Do you mean"
        known = visible(twin)
        return twin if typer.confirm(f"The store knows {known!r}. {who} {known}?", default=True) else name
    raise ConfigError(
        f"{option} {name}: the store knows {twin!r}; give that name, or --new-annotator if {name} is somebody else"
    )


def known_annotator(store: Store, typed: str) -> str:
    """The annotator whose answers are asked for. Raises ConfigError where only a twin of the name is known."""
    name, twin = _resolved(store, typed, "--annotator")
    if twin is not None:
        raise ConfigError(f"--annotator {name}: the store does not know that name, but {twin!r}; give that one")
    return name


def _resolved(store: Store, typed: str, option: str) -> tuple[str, str | None]:
    from tiebreak.core.project.annotator_names import resolve_annotator
    from tiebreak.core.store.annotators import known_annotators

    try:
        return resolve_annotator(typed, known_annotators(store))
    except ConfigError as error:
        raise error.saying(f"{option}: {error}") from error
