"""review: settle the queue on the review screen."""

from __future__ import annotations

import re
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from tiebreak.core.errors import ConfigError, UsageError
from tiebreak.core.records import Task
from tiebreak.core.review.first_reading import FirstReadingSource
from tiebreak.tui.cli.annotators import NewAnnotator, chosen_annotator, typed_annotator
from tiebreak.tui.cli.application import app
from tiebreak.tui.cli.common import Adjudicate, Blind, ConfirmAll, Database, GoOn, StartsWith, TextColumn, Theme
from tiebreak.tui.cli.open_texts import Labels, label_list, load_texts, name_labels
from tiebreak.tui.cli.queue import Filter, InOrder, asked_for, checked_filter, named_order
from tiebreak.tui.cli.review_screen import need_terminal, screen_options, show_review
from tiebreak.tui.cli.team import (
    Assign,
    Overlap,
    Slice,
    parse_fraction,
    save_slice_share,
    save_team_options,
    team_options,
)


class By(StrEnum):
    """The unit of a review: a whole text at a time, or one place of a text."""

    TEXT = "text"
    PLACE = "place"


@app.command()
def review(
    database: Database,
    annotator: Annotated[
        str | None,
        typer.Option("--annotator", metavar="NAME", help="Your name as annotator (default: the login name)."),
    ] = None,
    new_annotator: NewAnnotator = False,
    include_agreed: Annotated[
        bool, typer.Option("--include-agreed", help="Include the examples on which all agree.")
    ] = False,
    auto_accept: Annotated[
        bool, typer.Option("--auto-accept", help="Accept the examples on which all agree, as annotator auto.")
    ] = False,
    max_error: Annotated[
        str | None,
        typer.Option(
            "--max-error",
            metavar="SHARE",
            help="With --auto-accept: only if at most this share of them is wrong, 95% sure by the slice.",
        ),
    ] = None,
    blind: Blind = False,
    confirm_all: ConfirmAll = False,
    go_on: GoOn = None,
    first: StartsWith = FirstReadingSource.LEARNED,
    duration: Annotated[
        str | None,
        typer.Option(
            "--for", metavar="TIME", help="Time the session, e.g. 60m or 1h30m: show a clock, say when it ends."
        ),
    ] = None,
    filter: Filter = "",
    order: InOrder = None,
    config: Annotated[
        Path | None,
        typer.Option("--config", metavar="FILE", help="A project config, for its guidelines, [review] and [keys]."),
    ] = None,
    theme: Theme = None,
    overlap: Overlap = None,
    assign: Assign = None,
    slice: Slice = None,
    anchoring: Annotated[
        str | None,
        typer.Option(
            "--anchoring",
            metavar="SHARE",
            help="Measure the effect of standing first (`tiebreak report --anchoring`): where two candidates are about "
            "as likely, show the runner-up first at this share of the places.",
        ),
    ] = None,
    by: Annotated[
        By,
        typer.Option(
            "--by", help="Review a whole text at a time, or one place (difference) at a time, for very long texts."
        ),
    ] = By.TEXT,
    adjudicate: Adjudicate = False,
    predict: Annotated[
        Path | None,
        typer.Option(
            "--predict",
            metavar="CONFIG",
            help="Run this project's predictors in the background meanwhile. It serves as --config, too.",
        ),
    ] = None,
    sources: Annotated[
        list[str] | None,
        typer.Option("--source", metavar="FILE", help="Load this file first (may be repeated)."),
    ] = None,
    text_column: TextColumn = None,
    label: Labels = None,
    task: Annotated[Task | None, typer.Option("--task", help="The task of a new store (default: ner).")] = None,
) -> None:
    """Settle disagreements, correct one model, or mark texts.

    Every answer is on disk before the next example appears.
    """
    from tiebreak.core.project.config import read_project
    from tiebreak.core.review.options import SessionOptions
    from tiebreak.core.review.session import ReviewSession
    from tiebreak.core.store.opening import open_store

    labels, asked_order = label_list(label), named_order(order)
    if max_error is not None and not auto_accept:
        raise UsageError("--max-error needs --auto-accept")
    if by is By.PLACE and adjudicate:
        raise UsageError("--by place does not go with --adjudicate, which settles whole texts; use one of them")
    at_most, swapped, slice_share = (
        None if typed is None else parse_fraction(option, typed)
        for option, typed in (("--max-error", max_error), ("--anchoring", anchoring), ("--slice", slice))
    )
    seconds = None if duration is None else _seconds(duration)
    name = typed_annotator(annotator)
    shares = team_options(overlap, assign or [], [])
    checked_filter(filter, says_status=include_agreed)
    screen_options(theme)
    config = config or predict
    if config is not None and not config.exists():
        raise ConfigError(f"--config {config}: no such file")
    outfit = screen_options(theme, config)
    project = None if config is None else read_project(config)
    options = SessionOptions(
        blind=blind,
        confirm_all=confirm_all,
        go_on=(project is not None and project.go_on) if go_on is None else go_on,
        seconds=seconds,
        config=config,
        adjudicate=adjudicate,
        first=first,
        anchoring=swapped or 0.0,
        expected=0 if predict is None or project is None else len(project.predictors),
    )
    task = task if project is None else task or project.task
    if predict is not None or sources or (labels and not database.exists()):
        need_terminal()
        load_texts(database, task, sources or [], text_column)
    with open_store(database) as store:
        name_labels(store, labels, config)
        name = chosen_annotator(store, name, new=new_annotator)
        save_team_options(store, shares, new=new_annotator)
        save_slice_share(store, slice_share)
        queue = asked_for(store, filter, agreed=include_agreed)
        sitting = ReviewSession
        if by is By.PLACE:
            from tiebreak.core.review.by_place import PlaceSession

            sitting = PlaceSession
        session = sitting(store, name, queue, options, asked_order)
        if predict is None:
            show_review(session, auto_accept=auto_accept, at_most=at_most, **outfit)
            return
        from tiebreak.tui.cli.review_with_engine import start_beside

        started, notice = start_beside(store, predict, outfit["keymap"])
        show_review(session, auto_accept=auto_accept, at_most=at_most, notice=notice, started=started, **outfit)


def _seconds(duration: str) -> float:
    """Return `90s`, `60m`, `1h` or `1h30m` in seconds; a last number without a unit is minutes."""
    found = re.fullmatch(r"(?:(\d{1,4})h)?(?:(\d{1,6})(?:m|$))?(?:(\d{1,8})s)?", duration.strip().lower())
    hours, minutes, seconds = (int(part or 0) for part in found.groups()) if found else (0, 0, 0)
    if not (total := 3600 * hours + 60 * minutes + seconds):
        raise UsageError(f"--for {duration}: not a length of time; write 60m, 90s or 1h30m (a plain number is minutes)")
    return float(total)
