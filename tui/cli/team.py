"""team: share a store out among several annotators; and shell: a review and nothing else, for SSH."""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from tiebreak.core.errors import UsageError
from tiebreak.core.review.first_reading import FirstReadingSource
from tiebreak.tui.cli.annotators import NewAnnotator, checked_annotator, chosen_annotator
from tiebreak.tui.cli.application import app
from tiebreak.tui.cli.common import (
    Adjudicate,
    AsJson,
    Blind,
    ConfirmAll,
    Database,
    GoOn,
    Shared,
    StartsWith,
    Theme,
    plural,
    print_json,
    usage_of,
)

if TYPE_CHECKING:
    from tiebreak.core.insight.team import Team
    from tiebreak.core.store.connection import Store

Overlap = Annotated[
    float | None,
    typer.Option(
        "--overlap",
        metavar="SHARE",
        help="Have every annotator answer this share of the examples, 0 to 1; the store keeps it.",
    ),
]
Slice = Annotated[
    str | None,
    typer.Option(
        "--slice",
        metavar="SHARE",
        help="The random share of the texts that estimates rest on, e.g. 10% or 0.1; with 0 no more of it is shown. "
        "The store keeps it.",
    ),
]
Assign = Annotated[
    list[str] | None,
    typer.Option(
        "--assign",
        metavar="NAME:START-END",
        help="Give NAME these examples, counted from 0 in the order loaded, END exclusive; `NAME:` gives none (may be "
        "repeated).",
    ),
]


@app.command()
def team(
    database: Database,
    overlap: Overlap = None,
    assign: Assign = None,
    filters: Annotated[
        list[str] | None,
        typer.Option(
            "--filter",
            metavar="NAME:FILTER",
            help="Give NAME only what this filter finds; `NAME:` lifts the filter (may be repeated).",
        ),
    ] = None,
    new_annotator: NewAnnotator = False,
    shared: Shared = None,
    as_json: AsJson = False,
) -> None:
    """Show or change how annotators share the store. Assignments, filters, the share that all answer."""
    from tiebreak.core.insight.team import team_of
    from tiebreak.core.store.opening import open_store
    from tiebreak.core.store.permissions import give_group_access
    from tiebreak.tui.cli.json_objects import team_object

    shares = team_options(overlap, assign or [], filters or [])
    with open_store(database) as store:
        if shared is not None:
            give_group_access(database, shared)
        save_team_options(store, shares, new=new_annotator)
        made = team_of(store)
    if as_json:
        print_json(team_object(made))
    else:
        typer.echo("\n".join(_team_lines(made)))


class TeamOptions(NamedTuple):
    """The values of --overlap, --assign and --filter: the examples of each annotator, by the names as typed."""

    overlap: float | None
    ranges: dict[str, list[tuple[int, int]]]
    filters: list[tuple[str, str]]


def team_options(overlap: float | None, assign: list[str], filters: list[str]) -> TeamOptions:
    """Return the values of the options. Raises UsageError if they cannot be right in any store."""
    from tiebreak.core.selection.filter import QueueFilter

    ranges = parse_assignments(assign)
    named = [_named(line, "--filter") for line in filters]
    for name in ranges:
        checked_annotator(name, "--assign")
    for name, line in named:
        checked_annotator(name, "--filter")
        with usage_of(f"--filter {name}"):
            QueueFilter.parse(line)
    if overlap is not None and not 0 <= overlap <= 1:
        raise UsageError(f"--overlap {overlap:g}: a share is between 0 and 1, as in --overlap 0.1")
    return TeamOptions(overlap, ranges, named)


def save_team_options(store: Store, shares: TeamOptions, *, new: bool = False) -> None:
    """Write the values of the options into the store, all of them or nothing."""
    from tiebreak.core.store import team

    overlap, ranges, named = shares
    if overlap is None and not ranges and not named:
        return
    assigned: dict[str, list[tuple[int, int]]] = {}
    for typed, parts in ranges.items():
        assigned.setdefault(chosen_annotator(store, typed, "--assign", new=new), []).extend(parts)
    named = [(chosen_annotator(store, typed, "--filter", new=new), line) for typed, line in named]
    with store.transaction():
        if overlap is not None and overlap != team.overlap(store):
            team.set_overlap(store, overlap)
        team.assign(store, assigned)
        for name, line in named:
            team.set_filter(store, name, line)


def save_slice_share(store: Store, share: float | None) -> None:
    """Write the share of the texts that is the slice into the store, unless `share` is None."""
    from tiebreak.core.store.slices import set_slice_share

    if share is not None:
        set_slice_share(store, share)


def parse_fraction(option: str, typed: str) -> float:
    """Return `10%` or `0.1` as 0.1. Raises UsageError."""
    found = re.fullmatch(r"\s*(\d{1,3}(?:\.\d{1,9})?|\.\d{1,9})\s*(%?)\s*", typed)
    share = float(found[1]) / (100 if found[2] else 1) if found else -1.0
    if not 0 <= share <= 1:
        raise UsageError(f"{option} {typed}: a share is between 0 and 1, as in {option} 0.1 or {option} 10%")
    return share


def parse_assignments(lines: list[str]) -> dict[str, list[tuple[int, int]]]:
    """Return `sam:0-500` as {"sam": [(0, 500)]}, and `sam:` as {"sam": []}. Raises UsageError."""
    ranges: dict[str, list[tuple[int, int]]] = {}
    for line in lines:
        name, value = _named(line, "--assign")
        parts = ranges.setdefault(name, [])
        for part in filter(None, value.split(",")):
            found = re.fullmatch(r"\s*(\d{1,15})-(\d{1,15})\s*", part)
            if found is None or int(found[1]) >= int(found[2]):
                raise UsageError(
                    f"--assign {line}: {part!r} is not a range; write it as in sam:0-500, for the first 500 examples"
                )
            parts.append((int(found[1]), int(found[2])))
    return ranges


def _named(line: str, option: str) -> tuple[str, str]:
    name, colon, value = line.rpartition(":") if option == "--assign" else line.partition(":")
    if not colon or not name.strip():
        like = f"{option} sam:{'0-500' if option == '--assign' else '…'}"
        raise UsageError(f"{option} {line}: no annotator is named; write it as in {like}")
    return name, value


def _team_lines(team: Team) -> list[str]:
    from tiebreak.tui.text.render import shorten

    lines = [f"{team.overlap:.0%} of the examples are for all annotators ({plural(team.overlap_examples, 'example')})"]
    if not team.members:
        lines.append("Nobody has answered anything yet.")
    for each in team.members:
        parts = [plural(each.answers, "answer")]
        if each.assigned:
            parts.append("assigned " + ", ".join(f"{start}-{end}" for start, end in each.assigned))
        if each.filter:
            parts.append(f"filter {shorten(each.filter, 60)}")
        if each.on_screen is not None:
            parts.append(f"at work on example {each.on_screen}")
        lines.append(f"{shorten(each.name, 24):<24}  {' · '.join(parts)}")
    return lines


@app.command()
def shell(
    database: Database,
    annotator: Annotated[str, typer.Option("--annotator", metavar="NAME", help="The name of the annotator.")],
    new_annotator: NewAnnotator = False,
    blind: Blind = False,
    confirm_all: ConfirmAll = False,
    go_on: GoOn = None,
    first: StartsWith = FirstReadingSource.LEARNED,
    adjudicate: Adjudicate = False,
    theme: Theme = None,
) -> None:
    """Review as this annotator and do nothing else. Safe as an SSH forced command."""
    from tiebreak.core.review.options import SessionOptions
    from tiebreak.core.review.session import ReviewSession
    from tiebreak.core.selection.filter import DISAGREEING
    from tiebreak.core.store.opening import open_store
    from tiebreak.tui.cli.review_screen import screen_options, show_review
    from tiebreak.tui.keymap import without

    checked_annotator(annotator)
    outfit = screen_options(theme)
    outfit["keymap"] = without(outfit["keymap"], "review", "engine")
    options = SessionOptions(
        blind=blind, confirm_all=confirm_all, go_on=bool(go_on), adjudicate=adjudicate, confined=True, first=first
    )
    if hasattr(signal, "SIGTSTP"):  # ctrl+z reaches the process before the review has the terminal, and after
        signal.signal(signal.SIGTSTP, signal.SIG_IGN)
    with _without_textual_variables(), open_store(database) as store:
        # it does not ask: an annotator at the other end of SSH must not choose another's name
        name = chosen_annotator(store, annotator, new=new_annotator, ask=False)
        show_review(ReviewSession(store, name, DISAGREEING, options), **outfit)


@contextmanager
def _without_textual_variables() -> Iterator[None]:
    """Hide the variables with which an SSH client could make Textual load code or write files."""
    taken = {name: os.environ.pop(name) for name in list(os.environ) if name.startswith("TEXTUAL")}
    try:
        yield
    finally:
        os.environ.update(taken)
