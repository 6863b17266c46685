"""The part of a report that tells the runs of one model apart: which is which, and how their prompts changed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tiebreak.core.insight.by_run import RunCount
from tiebreak.core.store.status import RunStatus
from tiebreak.tui.pages.markdown import escaped
from tiebreak.tui.pages.runs_text import change_lines, firsts, origin_text

BY_RUN = (
    "A run counts at the same places, in texts that it has predicted: what it says there is compared with the answer. "
    "The places are those at which the models differed when the answer was given."
)
_ORIGIN = 200  # characters


def run_text(run: RunStatus) -> str:
    """A run by its model's name and its number."""
    return f"{escaped(run.predictor, 24)}, run {run.id}{', current' if run.current else ''}"


def origin_lines(counts: Sequence[RunCount]) -> Iterator[str]:
    """Where each run came from, and what its prompt changed."""
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
            yield from (f"    {line}" for line in changes)  # so far to the right no line can end the block
            yield "~~~"
            yield ""
    yield ""
