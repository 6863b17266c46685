"""status: counts, runs, failures and the engines at work, once or until the engines are done."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from tiebreak.tui.cli.application import app
from tiebreak.tui.cli.common import AsJson, Database, print_json, print_note

if TYPE_CHECKING:
    from tiebreak.core.project.label_use import LabelUse
    from tiebreak.core.store.connection import Store
    from tiebreak.core.store.engines import Engine
    from tiebreak.core.store.status import Failure, RunStatus, StoreStatus

_COUNTS = ("examples", "predicted", "agreed", "disagreeing", "open", "failed", "answered")
_SECONDS = 1.0  # seconds between two looks, at least
_SHARE = 4  # times as long as a look took; the next look waits so long, and looks take a fifth of the time at most
_FAILURES = 20  # reasons of failures that are printed at most


@app.command()
def status(
    database: Database,
    watch: Annotated[
        bool, typer.Option("--watch", help="Update each second until no engine is at work any more.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Print counts, the engines at work, runs and failures."""
    from tiebreak.core.store.engines import engines
    from tiebreak.core.store.opening import open_store

    with open_store(database) as store:
        if not watch:
            _print(_look(store), engines(store, live=True), as_json=as_json)
            return
        try:
            _watch(store, as_json=as_json)
        except KeyboardInterrupt:
            return
    print_note("No engine is at work.")


class _Look(NamedTuple):
    """The whole status, with what became of the labels of each predictor."""

    status: StoreStatus
    labels: list[LabelUse]


def _look(store: Store) -> _Look:
    from tiebreak.core.project.label_use import label_use
    from tiebreak.core.store.status import full_status

    return _Look(full_status(store), label_use(store))


def _print(seen: _Look, at_work: list[Engine], *, as_json: bool) -> None:
    from tiebreak.tui.cli.json_objects import status_object

    if as_json:
        print_json(status_object(*seen))
    else:
        typer.echo("\n".join(status_lines(seen, at_work)))


def _watch(store: Store, *, as_json: bool) -> None:
    """Show the status repeatedly: in place on a terminal, else as a line (or JSON object) for each change."""
    import sys

    from tiebreak.core.store.engines import engines
    from tiebreak.tui.cli.json_objects import status_object

    if as_json or not sys.stdout.isatty():
        printed: object = None
        for at_work in _looks(lambda: engines(store, live=True)):
            line = status_object(*_look(store)) if as_json else "; ".join(_engine_lines(at_work))
            if line != printed:
                print_json(line) if as_json else typer.echo(line)
                printed = line
        _print(_look(store), [], as_json=as_json)
        return
    from rich.console import Console
    from rich.live import Live
    from rich.text import Text

    with Live(console=Console(highlight=False), auto_refresh=False, vertical_overflow="ellipsis") as live:
        for at_work in _looks(lambda: engines(store, live=True)):
            live.update(Text("\n".join(status_lines(_look(store), at_work))), refresh=True)
        live.update(Text("\n".join(status_lines(_look(store), []))), refresh=True)


def _looks(look: Callable[[], list[Engine]]) -> Iterator[list[Engine]]:
    """Yield the engines at work, repeatedly, until no engine is at work."""
    while at_work := look():
        began = time.monotonic()
        yield at_work
        time.sleep(max(_SECONDS, _SHARE * (time.monotonic() - began)))


def status_lines(seen: _Look, at_work: list[Engine]) -> Iterator[str]:
    """Yield what `_look` saw as text, with text from outside made harmless."""
    from tiebreak.tui.pages.label_text import label_lines
    from tiebreak.tui.pages.runs_text import firsts
    from tiebreak.tui.text.render import visible

    status = seen.status
    for name in _COUNTS:
        yield f"{name:>12}  {getattr(status, name)}{_read(status) if name == 'open' else ''}"
    if status.drafts:
        yield f"{'drafts':>12}  {status.drafts} (begun place by place, in no export yet)"
    if status.scorer:
        yield f"{'scorer':>12}  {visible(status.scorer)}"
    if at_work:
        yield ""
        yield from _engine_lines(at_work)
    first = firsts(status.runs)
    for run in status.runs:
        yield from _run_lines(run, is_first=run.id in first)
    if labels := list(label_lines(seen.labels)):
        yield ""
        yield from labels
    yield from _failure_lines(status.failures)


def _read(status: StoreStatus) -> str:
    """Return by how many models the open texts were read, in parentheses."""
    if not status.open:
        return ""
    unread = status.open - status.read_by_one
    parts = [f"{count} read by {by}" for count, by in ((status.read_by_one, "one model"), (unread, "none")) if count]
    return f" ({', '.join(parts)})"


def _engine_lines(at_work: list[Engine]) -> Iterator[str]:
    """Yield a line for each run that the engines are working on."""
    from tiebreak.tui.pages.engine_text import activities_of, activity_text
    from tiebreak.tui.text.render import visible

    works = activities_of(at_work)
    for work in works:
        yield f"{'at work' if not work.is_over else work.state:>12}  {activity_text(work)}"
    if not works:
        yield f"{'at work':>12}  the engine begins"
    for engine in at_work:
        if engine.message:
            yield f"{'':>12}  {visible(engine.message)}"


def _run_lines(run: RunStatus, *, is_first: bool) -> Iterator[str]:
    from tiebreak.tui.pages.engine_text import calls_text, endings_text, mentions_text
    from tiebreak.tui.pages.runs_text import change_lines, origin_text
    from tiebreak.tui.text.render import visible

    current = " (left out of the comparison)" if run.left_out else "" if run.current else " (not its current run)"
    failed = f", {run.failed} failed" if run.failed else ""
    yield ""
    yield f"{visible(run.predictor)}: {visible(run.model)}{current}"
    yield f"{'':>12}  {run.ok} predicted{failed}; since {run.started_at}"
    yield f"{'':>12}  {origin_text(run)}"
    if run.label_map:
        yield f"{'':>12}  label map {visible(run.label_map)}"
    if calls := calls_text(run):
        yield f"{'':>12}  {calls}"
    if run.mentions:
        yield f"{'':>12}  mentions: {mentions_text(run.mentions)}"
    if run.unknown_endings:
        yield f"{'':>12}  {endings_text(run.unknown_endings)}"
    if not is_first:
        yield from (f"{'':>12}  {line}" for line in change_lines(run))


def _failure_lines(failures: Sequence[Failure]) -> Iterator[str]:
    """Yield a group of lines for each reason, with one example."""
    from tiebreak.tui.text.render import shorten, visible

    for failure in failures[:_FAILURES]:
        yield ""
        yield f"{failure.count} × {visible(failure.predictor)}: {shorten(failure.reason, 300)}"
        yield f"{'':>12}  example {failure.example_id}: {shorten(failure.text, 80)}"
        if failure.response:
            yield f"{'':>12}  response: {shorten(failure.response, 80)}"
