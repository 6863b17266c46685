"""The part of a report on the runs of one model: how each did, where it came from, and how its prompt changed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tiebreak.core.insight.by_run import RunCount
from tiebreak.core.store.status import RunStatus
from tiebreak.tui.pages.markdown import escaped
from tiebreak.tui.pages.runs_text import change_lines, firsts, origin_text

BY_RUN = (
    "Each run is compared with the answers at the same places, in texts that it has predicted. The places are those at "
    "which the models differed when the answer was given."
)
_ORIGIN = 200  # characters; a longer line on a run is cut


def run_text(run: RunStatus) -> str:
    """Return a run's name: its model's name and its number."""
    return f"{escaped(run.predictor, 24)}, run {run.id}{', current' if run.current else ''}"


def origin_lines(counts: Sequence[RunCount]) -> Iterator[str]:
    """Yield where each run came from, and how its prompt changed."""
    runs = [each.run for each in counts]
    first = firsts(runs)
    for run in runs:
        yield f"- **{run_text(run)}**: since {run.started_at}; {escaped(origin_text(run), _ORIGIN)}"
        changes = [] if run.id in first else list(change_lines(run))
        if len(changes) == 1:
            yield f"  - {escaped(changes[0], _ORIGIN)}"
        elif changes:
            yield ""
            yield "~~~"
            yield from (f"    {line}" for line in changes)  # indented, so that no line can end the block
            yield "~~~"
            yield ""
    yield ""
