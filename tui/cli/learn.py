"""learn: learn from the answers in force."""

from __future__ import annotations

import os
import signal
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from tiebreak.tui.cli.application import app
from tiebreak.tui.cli.common import AsJson, Database, plural, print_json, print_note, progress_bar

if TYPE_CHECKING:
    from tiebreak.core.learning.following import Learns, Learnt
    from tiebreak.core.store.connection import Store

_NICE = 10  # niceness of a learner, so that annotators' screens go first
_AGAIN = 1.0  # seconds; then a process that was asked to end tries again
_ONE_CORE = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")  # variables of numpy's libraries


@app.command()
def learn(
    database: Database,
    follow: Annotated[
        bool, typer.Option("--follow", help="Go on as long as anybody reviews; the review screen starts this.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Learn from all answers which readings are likely. The review starts with these readings; answers stay."""
    from tiebreak.core.learning import following
    from tiebreak.core.store.opening import open_store
    from tiebreak.core.store.short_writes import write_lightly

    end_when_asked()
    os.environ.update(dict.fromkeys(_ONE_CORE, "1"))
    if hasattr(os, "nice"):  # not on Windows
        os.nice(_NICE)
    with open_store(database) as store:
        write_lightly(store)
        learnt = following.follow(store, _begin) if follow else _learn(store)
    if learnt is None:
        print_note("a learner is at work on this store already, so nothing was done")
    elif as_json:
        print_json(learnt._asdict())
    else:
        typer.echo(f"learned from {plural(learnt.answers, 'answer')}; updated {plural(learnt.examples, 'example')}")


def end_when_asked() -> None:
    """Make this process end at a SIGTERM, and release what it holds.

    Python drops an exit in a callback of its own, as during an import. So a timer tries again later.
    """

    def end(_number: int, _frame: object) -> None:
        signal.setitimer(signal.ITIMER_REAL, _AGAIN)
        sys.exit(128 + signal.SIGTERM)

    for number in (signal.SIGTERM, signal.SIGALRM):
        signal.signal(number, end)


def _begin(store: Store) -> Learns:
    """Return the learner. It imports numpy, so a process that does not get the lease does not call this."""
    from tiebreak.core.learning.learner import Learner

    return Learner(store)


def _learn(store: Store) -> Learnt:
    from tiebreak.core.learning.following import learn
    from tiebreak.core.store.queue import queue_counts

    with progress_bar() as progress:
        bar = progress.add_task("examples", total=queue_counts(store).examples)
        return learn(store, _begin, lambda learnt: progress.update(bar, completed=learnt.examples))
