"""An engine's work as text, for the status line, the engine screen and the command line."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from tiebreak.core.store.engines import Engine, EngineRun
from tiebreak.core.store.status import RunStatus
from tiebreak.tui.text.render import shorten, visible
from tiebreak.tui.text.values import counted

_STATES = ("running", "waiting", "pausing", "paused", "stopping", "failed", "stopped", "ended")  # the first one wins
_OVER = ("failed", "stopped", "ended")
_MINUTE, _HOUR, _DAY = 60, 3600, 86_400


@dataclass(frozen=True, slots=True)
class RunActivity:
    """The work of all engines for one run; `done` counts predictions that are ok and those that failed.

    `state` is the state of the engine that is furthest from its end.
    """

    name: str
    state: str
    message: str
    done: int
    pending: int
    failed: int
    rate: float
    cost: float | None

    @property
    def is_over(self) -> bool:
        return self.state in _OVER

    @property
    def counts(self) -> str:
        return f"{self.done:,}/{self.pending:,}"


def activities_of(engines: Iterable[Engine]) -> list[RunActivity]:
    """Return the runs that the engines are working on, each once, in the order of the predictors."""
    parts: dict[int, list[tuple[str, EngineRun]]] = {}
    for engine in engines:
        for run in engine.runs:
            parts.setdefault(run.run_id, []).append((state_of(engine, run), run))
    return [_merged(parts[run_id]) for run_id in sorted(parts)]


def in_all(works: Sequence[RunActivity], name: str) -> RunActivity:
    """Return all the work as one, under `name`: for annotators who must not see the predictors' names."""
    state = min((work.state for work in works), key=_STATES.index)
    costs = [work.cost for work in works if work.cost is not None]
    counts = (sum(work.done for work in works), sum(work.pending for work in works), sum(work.failed for work in works))
    return RunActivity(name, state, "", *counts, sum(work.rate for work in works), sum(costs) if costs else None)


def state_of(engine: Engine, run: EngineRun) -> str:
    """Return the state of a run, with what the engine was asked just now."""
    if run.state in _OVER:
        return run.state
    if engine.wanted == "stop" or engine.state == "stopping":
        return "stopping"
    if engine.state == "paused":
        return "paused" if engine.wanted == "pause" else "running"
    if engine.wanted == "pause":
        return "pausing"
    return run.state if run.state in _STATES else "running"


def _merged(parts: Sequence[tuple[str, EngineRun]]) -> RunActivity:
    state, first = min(parts, key=lambda part: _STATES.index(part[0]))
    runs = [run for _, run in parts]
    costs = [run.cost for run in runs if run.cost is not None]
    pending = max(run.pending for run in runs)
    return RunActivity(
        first.predictor,
        state,
        first.message,
        min(sum(run.ok + run.failed for run in runs), pending),
        pending,
        sum(run.failed for run in runs),
        sum(run.rate for run in runs),
        sum(costs) if costs else None,
    )


def activity_text(work: RunActivity) -> str:
    """Return one line: `llm 412/2,000 12/s $0.31 3 failed`."""
    parts = [shorten(work.name, 24), work.counts]
    if work.state != "running":
        parts.append("waits" if work.state == "waiting" else work.state)
    if work.rate and work.state == "running":
        parts.append(rate_text(work.rate))
    if work.cost is not None:
        parts.append(money_text(work.cost))
    if work.failed:
        parts.append(f"{work.failed:,} failed")
    return " ".join(parts) + (f": {visible(work.message)}" if work.message else "")


def rate_text(rate: float) -> str:
    """Return the examples a second, or a minute if the rate is low."""
    if rate >= 1:
        return f"{rate:.0f}/s" if rate >= 10 else f"{rate:.1f}/s"
    return f"{60 * rate:.0f}/min" if rate >= 1 / 60 else "<1/min"


def money_text(cost: float) -> str:
    return f"${cost:,.2f}" if cost >= 0.005 or not cost else "<$0.01"


def duration_text(seconds: float) -> str:
    if seconds < _MINUTE:
        return f"{seconds:.0f} s"
    if seconds < 2 * _HOUR:
        return f"{seconds / _MINUTE:.0f} min"
    return f"{seconds / _HOUR:.0f} h" if seconds < 2 * _DAY else f"{seconds / _DAY:.0f} days"


def calls_text(run: RunStatus) -> str:
    """Return the calls, tokens and cost of a run of `run_statuses`; "" if it made no calls."""
    if not run.calls and not run.reused:
        return ""
    parts = [counted(run.calls, "call")]
    if run.reused:
        parts.append(f"{counted(run.reused, 'response')} reused")
    if run.prompt_tokens or run.completion_tokens:
        parts.append(f"{run.prompt_tokens:,} tokens in, {run.completion_tokens:,} out")
    if run.cost is not None:
        parts.append(money_text(run.cost))
    return " · ".join(parts)


def mentions_text(mentions: Mapping[str, int]) -> str:
    """Return what became of mentions: `placed 1,203 · not in text 12`."""
    return " · ".join(f"{shorten(outcome.replace('_', ' '), 40)} {count:,}" for outcome, count in mentions.items())


def endings_text(endings: Mapping[str, int]) -> str:
    """Return the responses whose reason to end is unknown: `12 responses ended with eos_token, 3 with no reason`."""
    (first, count), *others = endings.items()
    ended = f"{counted(count, 'response')} ended with {shorten(first, 40)}"
    ended += "".join(f", {count:,} with {shorten(reason, 40)}" for reason, count in others)
    return f"{ended}: taken as whole, since nothing in them shows that they were cut off"
