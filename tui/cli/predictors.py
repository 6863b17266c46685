"""predictors: list the predictors and their runs; leave a predictor out of the comparison, or put it back."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from tiebreak.tui.cli.application import app
from tiebreak.tui.cli.common import AsJson, Database, plural, print_json, print_note, progress_bar

if TYPE_CHECKING:
    from tiebreak.core.store.connection import Store
    from tiebreak.core.store.left_out import OnProgress

T = TypeVar("T")


@app.command()
def predictors(
    database: Database,
    leave_out: Annotated[
        list[str] | None,
        typer.Option("--leave-out", metavar="NAME", help="Compare without this predictor (may be repeated)."),
    ] = None,
    put_back: Annotated[
        list[str] | None,
        typer.Option("--put-back", metavar="NAME", help="Compare with this predictor again (may be repeated)."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """List the predictors with their runs, or leave one out. Answers and predictions stay."""
    from tiebreak.core.store import left_out
    from tiebreak.core.store.opening import open_store
    from tiebreak.core.store.status import run_statuses, with_changes
    from tiebreak.tui.cli.json_objects import predictors_object
    from tiebreak.tui.pages.runs_text import predictor_lines

    out, back = leave_out or [], put_back or []
    if both := {*out} & {*back}:
        names = ", ".join(sorted(both))
        raise typer.BadParameter(f"{names} is named by --put-back, too; use one of the two", param_hint="--leave-out")
    with open_store(database) as store:
        left_out.check_names(store, [*out, *back])
        _with_bar(partial(left_out.compare_moved, store))  # finish what an earlier command did not
        for name in out:
            is_new = _with_bar(partial(left_out.leave_out, store, name))
            print_note(f"{name}: left out of the comparison{'' if is_new else ', as before'}")
        for name in back:
            is_new = _with_bar(partial(left_out.put_back, store, name))
            print_note(f"{name}: compared{'' if is_new else ', as before'}")
        runs = with_changes(store, run_statuses(store))
        if out or back:
            _print_what_is_left(store)
    if as_json:
        print_json(predictors_object(runs))
    elif runs:
        typer.echo("\n".join(predictor_lines(runs)))
    else:
        print_note("no predictor has read anything yet")


def _print_what_is_left(store: Store) -> None:
    from tiebreak.core.store.queue import queue_counts

    counts = queue_counts(store)
    if counts.predictors < 2:
        print_note(f"{plural(counts.predictors, 'predictor')} left to compare: no text is compared, all are open")
    else:
        print_note(f"models disagree on {counts.disagreeing} of {plural(counts.compared, 'compared example')}")


def _with_bar(work: Callable[[OnProgress], T]) -> T:
    """Do the work behind a bar on stderr, which shows once there is something to compare."""
    with progress_bar() as progress:
        bar = progress.add_task("comparing again", total=None, visible=False)
        return work(lambda at, last: progress.update(bar, completed=at, total=last, visible=True))
