"""Arguments, notes and progress bars that commands share."""

from __future__ import annotations

import json
import shlex
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tiebreak.core.errors import ConfigError, SettingError, UsageError
from tiebreak.core.review.first_reading import FirstReadingSource
from tiebreak.tui.ways_out import with_way_out

if TYPE_CHECKING:
    from rich.progress import Progress

    from tiebreak.core.formats.conll_columns import Columns
    from tiebreak.core.formats.registry import Format
    from tiebreak.core.label_map import LabelMap
    from tiebreak.core.store.connection import Store

_OF_A_KIND = 20  # messages of one kind that are printed; more are counted
_KINDS = 20  # kinds of messages that are kept apart; later kinds count as one
_OTHERS = "of other kinds"

Database = Annotated[Path, typer.Argument(metavar="DB", help="The store: one SQLite file.")]
Theme = Annotated[
    str | None,
    typer.Option("--theme", metavar="NAME", help="dark (default), light, high-contrast or monochrome."),
]
Blind = Annotated[
    bool, typer.Option("--blind", help="Hide the models' names: call them A and B, and shuffle their sides.")
]
ConfirmAll = Annotated[
    bool, typer.Option("--confirm-all", help="Refuse to accept until every difference is confirmed.")
]
GoOn = Annotated[
    bool | None,
    typer.Option(
        "--go-on/--no-go-on",
        help="After each choice go to the next unconfirmed difference (default: as the config says).",
    ),
]
StartsWith = Annotated[
    FirstReadingSource,
    typer.Option(
        "--first", help="What answers start with: the most likely readings by earlier answers, or the left model's."
    ),
]
Adjudicate = Annotated[
    bool, typer.Option("--adjudicate", help="Settle where annotators differ: their answers are the readings.")
]
Shared = Annotated[
    str | None,
    typer.Option("--shared", metavar="GROUP", help="Let the members of this group read and write the store, too."),
]
ColumnsOption = Annotated[
    str | None,
    typer.Option("--columns", metavar="TOKEN,TAG", help="The CoNLL columns of token and tag, e.g. 2,3 or 1,-1."),
]
TextColumn = Annotated[
    str | None,
    typer.Option("--text-column", metavar="NAME", help="The table column or JSON field that holds the text."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")]


def print_json(value: Any) -> None:
    """Print a JSON value on one line, with unprintable characters escaped, so that a terminal does not act on them."""
    typer.echo(escaped(json.dumps(value, ensure_ascii=False)))


def escaped(line: str) -> str:
    """Return the same JSON with escapes for all unprintable characters."""
    if line.isprintable():
        return line
    return "".join(each if each.isprintable() or each == "\n" else json.dumps(each)[1:-1] for each in line)


def print_note(message: str) -> None:
    """Print a message that is not data on stderr, with text from outside made harmless."""
    from tiebreak.tui.text.render import visible

    typer.echo(visible(message), err=True)


def note_left_out(store: Store, names: Iterable[str]) -> None:
    """Print which of these predictors are left out of the comparison, though new predictions came in."""
    from tiebreak.core.store.current import left_out_names

    for name in sorted({*left_out_names(store)}.intersection(names)):
        back = f"tiebreak predictors {shlex.quote(str(store.path))} --put-back {shlex.quote(name)}"
        print_note(f"{name}: is left out of the comparison; put it back with `{back}`")


class Complaints:
    """Prints complaints about lines on stderr: 20 of a kind at most, and at the end how many more there are."""

    def __init__(self) -> None:
        self._kinds: Counter[str] = Counter()
        self._first: dict[str, str] = {}  # kind -> its first message

    def add(self, message: str) -> None:
        from tiebreak.core.store.reasons import kind_of_reason

        kind = kind_of_reason(message)
        if kind not in self._kinds and len(self._kinds) >= _KINDS:
            kind = _OTHERS
        self._kinds[kind] += 1
        self._first.setdefault(kind, message)
        if self._kinds[kind] <= _OF_A_KIND:
            print_note(message)

    def end(self) -> None:
        for kind, count in self._kinds.items():
            if count > _OF_A_KIND:
                like = kind if kind == _OTHERS else f"like {self._first[kind]}"
                print_note(f"and {count - _OF_A_KIND} more {like}")


def named_format(option: str, name: str | None) -> Format | None:
    """Return the format that was named. Raises UsageError if there is no format of that name."""
    from tiebreak.core.formats.registry import FORMATS

    found = next((format for format in FORMATS if format == name), None)
    if name is not None and found is None:
        raise UsageError(f"{option} {name}: no such format; choose one of {', '.join(FORMATS)}")
    return found


def named_columns(value: str | None) -> Columns | None:
    """Return the columns of `--columns`. Raises UsageError."""
    from tiebreak.core.formats.conll_columns import parse_columns

    with usage_of("--columns"):
        return None if value is None else parse_columns(value)


def typed_label_map(value: str | None) -> LabelMap:
    """Return the map of `--label-map`. Raises UsageError."""
    from tiebreak.core.label_map import LabelMap

    with usage_of("--label-map"):
        return LabelMap.parse(value)


@contextmanager
def usage_of(option: str) -> Iterator[None]:
    """Turn a ConfigError on the value of an option into a UsageError that names the option."""
    try:
        yield
    except ConfigError as error:
        message = f"--{error}" if isinstance(error, SettingError) else f"{option}: {error}"
        raise UsageError(message, error.way_out) from error


def format_hint(source: str, format: Format | None, option: str = "--format") -> str:
    """Return what the source looks like, if that differs from the format that it was read as; else ""."""
    from tiebreak.core.formats.likely import likely_format
    from tiebreak.core.formats.registry import STDIN, format_of

    if source == STDIN:
        return "" if format else f"standard input is read as JSONL; name another format with {option}"
    likely = likely_format(source)
    read_as = format or format_of(source)
    if likely is None or likely.format == read_as or (likely.format, read_as) == ("jsonl", "json"):
        return ""
    named = f"; try {option} {likely.format}" if likely.format else ""
    return with_way_out(f"it looks like {likely.what}{named}", likely.way_out)


def plural(count: int, noun: str) -> str:
    """Return the count with its noun, in the plural unless it is 1."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


@contextmanager
def progress_bar(*columns: str) -> Iterator[Progress]:
    """Show a rich progress bar on stderr with rate and time left; stay silent if stderr is not a terminal."""
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
        """The rate a second, once it is known."""

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


@contextmanager
def waiting(what: str) -> Iterator[None]:
    """Show a line with the time passed on stderr until the end; stay silent if stderr is not a terminal."""
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    with Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        TimeElapsedColumn(),
        console=Console(stderr=True),
        transient=True,
        disable=not sys.stderr.isatty(),
    ) as progress:
        progress.add_task(what, total=None)
        yield
