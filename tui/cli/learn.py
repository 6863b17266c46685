"""learn: taking in what answers teach."""

from __future__ import annotations

import os
import signal
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from tiebreak.tui.cli.application import app
from tiebreak.tui.cli.common import AsJson, Database, note, plural, print_json, progress_bar

if TYPE_CHECKING:
    from tiebreak.core.learning.following import Learns, Learnt
    from tiebreak.core.store.connection import Store

_NICE = 10  # by which people at their screens go before a learner
_AGAIN = 1.0  # seconds after which a process that was asked to end tries once more
_ONE_CORE = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")  # what numpy's libraries ask for


@app.command()
def learn(
    database: Database,
    follow: Annotated[
        bool, typer.Option("--follow", help="Go on for as long as somebody reviews. The review screen starts this.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Learn from all answers which reading holds where. The review starts with what was learned; answers stay."""
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
        note("a learner is at work already; this one has ended")
    elif as_json:
        print_json(learnt._asdict())
    else:
        typer.echo(
            f"learned from {plural(learnt.answers, 'answer')}; {plural(learnt.examples, 'example')} brought up to date"
        )


def end_when_asked() -> None:
    """Have this process end at a SIGTERM, and give back what it holds.

    Python drops an exit that comes up while it runs a callback of its own, as it does during an import: so again later.
    """

    def end(_number: int, _frame: object) -> None:
        signal.setitimer(signal.ITIMER_REAL, _AGAIN)
        sys.exit(128 + signal.SIGTERM)

    for number in (signal.SIGTERM, signal.SIGALRM):
        signal.signal(number, end)


def _begin(store: Store) -> Learns:
    """Return the learner, whose numpy a process without the lease never imports."""
    from tiebreak.core.learning.learner import Learner

    return Learner(store)


def _learn(store: Store) -> Learnt:
    from tiebreak.core.learning.following import learn
    from tiebreak.core.store.queue import queue_counts

    with progress_bar() as progress:
        bar = progress.add_task("examples", total=queue_counts(store).examples)
        return learn(store, _begin, lambda learnt: progress.update(bar, completed=learnt.examples))
