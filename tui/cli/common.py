"""Arguments that commands share, and how they speak."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from rich.progress import Progress

Database = Annotated[Path, typer.Argument(metavar="DB", help="The store: one SQLite file.")]
Theme = Annotated[
    str | None,
    typer.Option("--theme", metavar="NAME", help="dark (default), light, high-contrast or monochrome."),
]
Blind = Annotated[bool, typer.Option("--blind", help="Hide who is who: the models are A and B, their sides shuffled.")]
ConfirmAll = Annotated[bool, typer.Option("--confirm-all", help="Refuse to accept until each difference is confirmed.")]
Adjudicate = Annotated[
    bool, typer.Option("--adjudicate", help="Settle what annotators differ on: their answers are the readings.")
]
Shared = Annotated[
    str | None,
    typer.Option("--shared", metavar="GROUP", help="Let the members of this group read and write the store, too."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")]


def print_json(value: Any) -> None:
    """One JSON value on one line; signs that do not show are escaped, so that a terminal does not act on them."""
    typer.echo(escaped(json.dumps(value, ensure_ascii=False)))


def escaped(line: str) -> str:
    """JSON that says the same, with escapes for all that is not printable."""
    if line.isprintable():
        return line
    return "".join(each if each.isprintable() or each == "\n" else json.dumps(each)[1:-1] for each in line)


def note(message: str) -> None:
    """Say something that is not data: on stderr, with what comes from outside made harmless."""
    from tiebreak.tui.render import visible

    typer.echo(visible(message), err=True)


def plural(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


@contextmanager
def progress_bar(*columns: str) -> Iterator[Progress]:
    """A rich progress bar on stderr with rate and time left; silent where stderr is no terminal."""
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        ProgressColumn,
        Task,
        TextColumn,
        TimeRemainingColumn,
    )
    from rich.text import Text

    class RateColumn(ProgressColumn):
        """How many a second, once that is known."""

        def render(self, task: Task) -> Text:
            return Text(f"{task.speed:.1f}/s" if task.speed else "")

    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        RateColumn(),
        *(TextColumn(column) for column in columns),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        disable=not sys.stderr.isatty(),
    ) as progress:
        yield progress
