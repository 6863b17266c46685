"""review, queue and status: what there is to settle, and settling it."""

from __future__ import annotations

import getpass
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tiebreak.core.errors import ConfigError, TiebreakError
from tiebreak.tui.cli import app
from tiebreak.tui.cli.common import AsJson, Database, Theme, note, plural, print_json

if TYPE_CHECKING:
    from tiebreak.core.records import QueueItem
    from tiebreak.core.store import Store
    from tiebreak.core.store.queue import QueueFilter
    from tiebreak.tui.app import TiebreakApp


@app.command()
def review(
    database: Database,
    annotator: Annotated[
        str | None, typer.Option("--annotator", metavar="NAME", help="Who answers (default: the login name).")
    ] = None,
    include_agreed: Annotated[
        bool, typer.Option("--include-agreed", help="Show the examples on which all agree, too; they come last.")
    ] = False,
    auto_accept: Annotated[
        bool, typer.Option("--auto-accept", help="Accept the examples on which all agree, as annotator auto.")
    ] = False,
    config: Annotated[
        Path | None,
        typer.Option("--config", metavar="FILE", help="A project config: its [review] and [keys] hold here."),
    ] = None,
    theme: Theme = None,
) -> None:
    """Settle the disagreements, the most valuable first; every answer is on disk before the next example is shown."""
    from tiebreak.core.store import open_store
    from tiebreak.core.store.queue import QueueFilter

    outfit = screen_options(theme, config)
    with open_store(database) as store:
        open_review(store, annotator, QueueFilter(include_agreed=include_agreed), auto_accept=auto_accept, **outfit)


def screen_options(theme: str | None, config: Path | None = None) -> dict[str, Any]:
    """The app's theme and keys, as the options, the config and the terminal say."""
    from tiebreak.core.config import read_project
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
    store: Store,
    annotator: str | None,
    queue: QueueFilter,
    *,
    auto_accept: bool = False,
    notice: str = "",
    **outfit: Any,
) -> None:
    """Open the review screen on `store`, as `outfit` of `screen_options` has it, and say afterwards what was done."""
    from tiebreak.core.session import ReviewSession

    session = ReviewSession(store, _annotator(annotator), queue)
    if auto_accept:
        note(f"{plural(session.accept_agreed(), 'example')} on which all agree accepted as auto")
    if not has_terminal():
        raise TiebreakError("review needs a terminal; `tiebreak queue` prints the same as text")
    from tiebreak.tui.app import TiebreakApp

    screen = TiebreakApp(session, session.resume(), notice, **outfit)
    try:
        screen.run()
    finally:
        unkept = _leave(screen)
    note(f"{plural(session.done, 'answer')} saved in {store.path}")
    if unkept is not None:
        raise TiebreakError(f"what was chosen on the last example and not answered is lost: {unkept}")
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


def has_terminal() -> bool:
    return all(stream is not None and stream.isatty() for stream in (sys.stdin, sys.stdout))


def _annotator(name: str | None) -> str:
    from tiebreak.core.store.answers import AUTO

    if name is None:
        try:
            name = getpass.getuser()
        except (OSError, KeyError) as error:
            raise ConfigError("this login has no name; say who answers with --annotator NAME") from error
    if not name.strip():
        raise ConfigError("--annotator: the name is empty")
    if name == AUTO:
        raise ConfigError(f"--annotator {AUTO}: that name is kept for --auto-accept; take another")
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
    as_json: AsJson = False,
) -> None:
    """Print the examples in priority order, with score, differences and kinds."""
    from tiebreak.core.store import open_store
    from tiebreak.core.store.queue import QueueFilter, iterate_queue

    with open_store(database) as store:
        for item in iterate_queue(store, QueueFilter(include_agreed, include_answered), limit):
            if as_json:
                print_json(queue_object(item))
            else:
                typer.echo(queue_text(item))


def queue_object(item: QueueItem) -> dict[str, Any]:
    """An example of the queue as `queue --json` prints it."""
    return {
        "id": item.example.id,
        "input_hash": item.example.input_hash,
        "text": item.example.text,
        "score": item.score,
        "differences": [
            {
                "start": difference.start,
                "end": difference.end,
                "kind": difference.kind,
                "readings": {name: [span._asdict() for span in spans] for name, spans in difference.readings.items()},
            }
            for difference in item.differences
        ],
        "status": item.status,
    }


def queue_text(item: QueueItem) -> str:
    """An example of the queue as text: score, the text, and a line a difference."""
    from tiebreak.tui.render import describe_spans, shorten

    text = item.example.text
    lines = [f"{item.score:.2f}  {shorten(text, 200)}"]
    for difference in item.differences:
        readings = "  |  ".join(
            f"{shorten(name, 24)}: {describe_spans(text, spans)}" for name, spans in difference.readings.items()
        )
        lines.append(f"      {difference.kind:<8}  {readings}")
    return "\n".join(lines)


@app.command()
def status(database: Database, as_json: AsJson = False) -> None:
    """Print counts, runs and failures."""
    from tiebreak.core.store import open_store
    from tiebreak.core.store.status import failure_reasons, store_status
    from tiebreak.tui.render import shorten, visible

    with open_store(database) as store:
        counts = store_status(store)
        if as_json:
            print_json(counts)
            return
        for name in ("examples", "predicted", "agreed", "disagreeing", "failed", "answered"):
            typer.echo(f"{name:>12}  {counts[name]}")
        for run in counts["runs"]:
            current = "" if run["current"] else " (not its current run)"
            failed = f", {run['failed']} failed" if run["failed"] else ""
            typer.echo(f"\n{visible(run['predictor'])}: {visible(run['model'])}{current}")
            typer.echo(f"{'':>12}  {run['ok']} predicted{failed}; since {run['started_at']}")
            if run["label_map"]:
                typer.echo(f"{'':>12}  label map {visible(run['label_map'])}")
        for predictor, reason, count in failure_reasons(store):
            typer.echo(f"\n{count} × {visible(predictor)}: {shorten(reason, 300)}")
