"""review and queue: what there is to settle, and settling it."""

from __future__ import annotations

import getpass
import os
import re
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tiebreak.core.errors import ConfigError, TiebreakError
from tiebreak.core.selection.filter import Order
from tiebreak.tui.cli.annotators import NewAnnotator, chosen_annotator
from tiebreak.tui.cli.application import app
from tiebreak.tui.cli.common import Adjudicate, AsJson, Blind, ConfirmAll, Database, Theme, note, plural, print_json
from tiebreak.tui.cli.team import Assign, Overlap, share_out

if TYPE_CHECKING:
    from tiebreak.core.records import Difference, QueueItem
    from tiebreak.core.review.session import ReviewSession
    from tiebreak.core.selection.filter import QueueFilter
    from tiebreak.core.store.connection import Store
    from tiebreak.tui.app import TiebreakApp
    from tiebreak.tui.engine_process import Started

Filter = Annotated[
    str, typer.Option("--filter", metavar="FILTER", help="Which examples, as after / in the review screen.")
]
InOrder = Annotated[Order, typer.Option("--order", help="In which order.")]


@app.command()
def review(
    database: Database,
    annotator: Annotated[
        str | None, typer.Option("--annotator", metavar="NAME", help="Who answers (default: the login name).")
    ] = None,
    new_annotator: NewAnnotator = False,
    include_agreed: Annotated[
        bool, typer.Option("--include-agreed", help="Show the examples on which all agree, too; they come last.")
    ] = False,
    auto_accept: Annotated[
        bool, typer.Option("--auto-accept", help="Accept the examples on which all agree, as annotator auto.")
    ] = False,
    blind: Blind = False,
    confirm_all: ConfirmAll = False,
    duration: Annotated[
        str | None,
        typer.Option("--for", metavar="TIME", help="How long to sit, e.g. 60m, 1h30m: a clock, and a word at the end."),
    ] = None,
    filter: Filter = "",
    order: InOrder = Order.DISAGREEMENT,
    config: Annotated[
        Path | None,
        typer.Option("--config", metavar="FILE", help="A project config: its guidelines, [review] and [keys] hold."),
    ] = None,
    theme: Theme = None,
    overlap: Overlap = None,
    assign: Assign = None,
    adjudicate: Adjudicate = False,
    predict: Annotated[
        Path | None,
        typer.Option(
            "--predict",
            metavar="CONFIG",
            help="Run what is pending of this project meanwhile, in the background. It holds as --config does.",
        ),
    ] = None,
    sources: Annotated[
        list[str] | None,
        typer.Option("--source", metavar="FILE", help="With --predict: load this file first (may be repeated)."),
    ] = None,
) -> None:
    """Settle the disagreements, the most valuable first. Every answer is on disk before the next example is shown."""
    from tiebreak.core.review.session import ReviewSession, SessionOptions
    from tiebreak.core.store.opening import open_store

    if sources and predict is None:
        raise ConfigError("--source goes with --predict CONFIG; `tiebreak load` loads files alone")
    config = config or predict
    if config is not None and not config.exists():
        raise ConfigError(f"--config {config}: no such file")
    outfit = screen_options(theme, config)
    seconds = None if duration is None else _seconds(duration)
    options = SessionOptions(
        blind=blind, confirm_all=confirm_all, seconds=seconds, config=config, adjudicate=adjudicate
    )
    name = typed_annotator(annotator)
    if predict is not None:
        from tiebreak.tui.cli.review_with_engine import prepare_store

        _need_terminal()
        prepare_store(database, predict, sources or [])
    with open_store(database) as store:
        name = chosen_annotator(store, name, new=new_annotator)
        share_out(store, overlap, assign or [], [], new=new_annotator)
        queue = _asked_for(store, filter, agreed=include_agreed)
        session = ReviewSession(store, name, queue, options, order)
        if predict is None:
            open_review(session, auto_accept=auto_accept, **outfit)
            return
        from tiebreak.tui.cli.review_with_engine import start_beside

        started, notice = start_beside(store, predict)
        open_review(session, auto_accept=auto_accept, notice=notice, started=started, **outfit)


def _seconds(duration: str) -> float:
    """`90s`, `60m`, `1h`, `1h30m` in seconds; a number at the end that names no unit is minutes."""
    found = re.fullmatch(r"(?:(\d{1,4})h)?(?:(\d{1,6})(?:m|$))?(?:(\d{1,8})s)?", duration.strip().lower())
    hours, minutes, seconds = (int(part or 0) for part in found.groups()) if found else (0, 0, 0)
    if not (total := 3600 * hours + 60 * minutes + seconds):
        raise ConfigError(f"--for {duration}: no length of time; say 60m, 90s, 1h or 1h30m (a plain number is minutes)")
    return float(total)


def screen_options(theme: str | None, config: Path | None = None) -> dict[str, Any]:
    """The app's theme and keys, as the options, the config and the terminal say."""
    from tiebreak.core.project.config import read_project
    from tiebreak.tui.keymap import PLACES, keymap
    from tiebreak.tui.themes import appearance

    if config is None:
        return {"appearance": appearance(theme, os.environ), "keymap": PLACES}
    project = read_project(config)
    look = appearance(project.theme, os.environ, f"{config}: [review] theme")
    return {
        "appearance": look if theme is None else appearance(theme, os.environ),
        "keymap": keymap(project.keys, config),
    }


def open_review(
    session: ReviewSession,
    *,
    auto_accept: bool = False,
    notice: str = "",
    started: Started | None = None,
    **outfit: Any,
) -> None:
    """Open the review screen, as `outfit` of `screen_options` has it, and say afterwards what was done.

    `started` is the engine that works beside it.
    """
    from tiebreak.core.store.annotators import is_introduced

    if auto_accept:
        note(f"{plural(session.accept_agreed(), 'example')} on which all agree accepted as auto")
    _need_terminal()
    if os.environ.get("TERM", "dumb").lower() in ("", "dumb", "unknown"):
        os.environ["TERM"] = "vt100"  # a dumb one is 80x25 for Rich, whatever its size, so that layout has no end
    from tiebreak.tui.app import TiebreakApp

    introduce = not is_introduced(session.store, session.annotator)
    screen = TiebreakApp(session, session.resume(), notice, introduce=introduce, started=started, **outfit)
    try:
        screen.run()
    finally:
        unkept = _leave(screen)
    confined = session.options.confined
    note(f"{plural(session.done, 'answer')} saved" + ("" if confined else f" in {session.store.path}"))
    if session.done and not confined:
        note(f"What they taught: tiebreak report {shlex.quote(str(session.store.path))} --session last")
    if started is not None:
        note(started.told_at_the_end(session.store.path))
    if unkept is not None:
        raise TiebreakError(
            f"where the review stood, and what was chosen there and not answered, is not kept: {unkept}"
        )
    if screen.failure is not None:
        raise screen.failure
    if screen.return_code:
        raise typer.Exit(screen.return_code)


def _leave(screen: TiebreakApp) -> TiebreakError | None:
    """Keep what is on screen for the next start; where that fails, the error."""
    try:
        screen.leave()
    except TiebreakError as error:
        return error
    return None


def _need_terminal() -> None:
    if not has_terminal():
        raise TiebreakError("review needs a terminal; `tiebreak queue` prints the same as text")


def has_terminal() -> bool:
    return all(stream is not None and stream.isatty() for stream in (sys.stdin, sys.stdout))


def typed_annotator(name: str | None) -> str:
    """`name`, or the login name; raises ConfigError where there is none."""
    if name is None:
        try:
            name = getpass.getuser()
        except (OSError, KeyError) as error:
            raise ConfigError("this login has no name; say who answers with --annotator NAME") from error
    return name


@app.command()
def queue(
    database: Database,
    limit: Annotated[int | None, typer.Option("--limit", min=1, help="How many at most.")] = None,
    include_agreed: Annotated[
        bool, typer.Option("--include-agreed", help="Also the examples on which all agree.")
    ] = False,
    include_answered: Annotated[
        bool, typer.Option("--include-answered", help="Also the examples that have an answer.")
    ] = False,
    filter: Filter = "",
    order: InOrder = Order.DISAGREEMENT,
    as_json: AsJson = False,
) -> None:
    """Print the examples in priority order. With score, differences and kinds."""
    from tiebreak.core.store.opening import open_store
    from tiebreak.core.store.queue import iterate_queue

    with open_store(database) as store:
        wanted = _asked_for(store, filter, agreed=include_agreed, answered=include_answered)
        for item in iterate_queue(store, wanted, limit, order):
            if as_json:
                print_json(queue_object(item))
            else:
                typer.echo(queue_text(item))


def _asked_for(store: Store, line: str, *, agreed: bool, answered: bool = False) -> QueueFilter:
    """The filter that `line` and the --include options ask for; its words are looked up in an index that is whole."""
    from tiebreak.core.selection.filter import QueueFilter
    from tiebreak.core.store.words import index_words

    queue = QueueFilter.parse(line)
    if agreed or answered:
        if any(each.key == "status" for each in queue.conditions):
            raise ConfigError("--include-agreed and --include-answered say what status: in --filter says; take one")
        queue = queue.with_statuses("disagreeing", *["agreed"] * agreed, *["answered"] * answered)
    if queue.words:
        index_words(store, seconds=float("inf"))
    return queue


def queue_object(item: QueueItem) -> dict[str, Any]:
    """An example of the queue as `queue --json` prints it."""
    return {
        "id": item.example.id,
        "input_hash": item.example.input_hash,
        "text": item.example.text,
        "score": item.score,
        "differences": [_difference_object(item, difference) for difference in item.differences],
        "status": item.status,
    }


def _difference_object(item: QueueItem, difference: Difference) -> dict[str, Any]:
    """A place where readings differ; of categories the label, who says that it holds, and with which score."""
    if difference.is_category:
        label = difference.label
        return {
            "label": label,
            "kind": difference.kind,
            "readings": {name: bool(spans) for name, spans in difference.readings.items()},
            "scores": {name: item.predictions[name].cats.get(label) for name in difference.readings},
        }
    return {
        "start": difference.start,
        "end": difference.end,
        "kind": difference.kind,
        "readings": {name: [span._asdict() for span in spans] for name, spans in difference.readings.items()},
    }


def queue_text(item: QueueItem) -> str:
    """An example of the queue as text: score, the text, and a line a difference."""
    from tiebreak.tui.text.render import describe_spans, shorten

    def told(name: str, difference: Difference) -> str:
        spans = difference.readings[name]
        if not difference.is_category:
            return describe_spans(text, spans)
        score = item.predictions[name].cats.get(difference.label)
        return ("yes" if spans else "no") + ("" if score in (None, 0.0, 1.0) else f" {score:.2f}")

    text = item.example.text
    lines = [f"{item.score:.2f}  {shorten(text, 200)}"]
    for difference in item.differences:
        readings = "  |  ".join(f"{shorten(name, 24)}: {told(name, difference)}" for name in difference.readings)
        kind = shorten(difference.label, 40) if difference.is_category else difference.kind
        lines.append(f"      {kind:<8}  {readings}")
    return "\n".join(lines)
