"""The page of the engine screen: engines, runs, mentions and failures, in one column or two."""

from __future__ import annotations

import shlex
import time
from collections.abc import Iterator
from dataclasses import dataclass

from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.padding import Padding
from rich.style import Style
from rich.table import Table
from rich.text import Text

from tiebreak.core.queue.lookups import EngineOverview
from tiebreak.core.store.engines import Engine, EngineRun
from tiebreak.core.store.status import Failure, RunStatus
from tiebreak.tui.pages.engine_text import calls_text, duration_text, mentions_text, money_text, rate_text, state_of
from tiebreak.tui.text.render import Palette, shorten, visible
from tiebreak.tui.text.values import counted

_BESIDE = 140  # columns; from this width on, the results stand beside the engines
_BAR = 40  # cells of a bar at most

HIDDEN = "Blind: the models' names, reasons of failures, texts and responses are hidden."


@dataclass(frozen=True)
class EnginePage:
    """Draws an overview. `error` is why the engine that this review started has ended; `blind` hides models' names.

    `begins`: that engine is starting, and not in the store yet.
    """

    overview: EngineOverview
    palette: Palette
    database: str
    error: str = ""
    begins: bool = False
    blind: bool = False

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        width = options.max_width
        if width < _BESIDE:
            yield Group(*self.engine_parts(width), Text(""), *self.outcome_parts())
            return
        left = width // 2 - 2
        beside = Table.grid(padding=(0, 4, 0, 0))
        beside.add_column(width=left)
        beside.add_column(width=width - left - 4)
        beside.add_row(Group(*self.engine_parts(left)), Group(*self.outcome_parts()))
        yield beside

    @property
    def _bad(self) -> Style:
        return Style(color=self.palette.error)

    def name(self, run_id: int) -> str:
        """Return the name to show for the predictor of a run."""
        for number, run in enumerate(self.overview.runs, start=1):
            if run.id == run_id:
                return f"Model {number}" if self.blind else visible(run.predictor)
        return "a model" if self.blind else "an earlier run"

    def engine_parts(self, width: int) -> Iterator[RenderableType]:
        """Yield the engines at work, with their runs, or how to start an engine if none is at work."""
        if self.error:
            yield Text(f"The engine that this review started has ended: {visible(self.error)}\n", self._bad + _BOLD)
        for engine in self.overview.engines:
            yield from self._engine(engine)
            for run in engine.runs:
                yield from self._engine_run(engine, run, width)
        if self.begins:
            yield Text("The engine of this review is starting: it opens the models and checks their endpoints.")
        elif not self.overview.engines:
            yield Text("No engine is at work. To start one, type:")
            yield Text(f"  tiebreak predict {shlex.quote(visible(self.database))} --config FILE --detach", "bold")
            yield from self._last()
        if self.blind:
            yield Text(f"\n{HIDDEN}", "italic")

    def _engine(self, engine: Engine) -> Iterator[RenderableType]:
        since = f"since {_clock(engine.started_at)} ({duration_text(max(0.0, time.time() - engine.started_at))})"
        state = engine.state if engine.wanted == "run" or engine.state != "running" else f"asked to {engine.wanted}"
        yield Text.assemble(
            (f"Engine {engine.id}", "bold underline"),
            f"  {visible(state)}",
            (f" · {visible(engine.host)}, process {engine.pid}, {since}", "dim"),
        )
        if engine.message and not self.blind:
            yield Text(f"  {visible(engine.message)}", "bold")
        if not engine.runs:
            yield Text("  opening the models and checking their endpoints", "dim")

    def _engine_run(self, engine: Engine, run: EngineRun, width: int) -> Iterator[RenderableType]:
        state, done = state_of(engine, run), min(run.ok + run.failed, run.pending)
        model = next((each.model for each in self.overview.runs if each.id == run.run_id), "")
        head = Text.assemble(("▶ " if state == "running" else "  ") + self.name(run.run_id), style="bold")
        if model and not self.blind:
            head.append(f"  {visible(model)}", "dim not bold")
        head.append("" if state == "running" else f"  {visible(state)}", "bold")
        yield head
        figures = [f"{done:,} of {run.pending:,}"]
        if run.rate and state == "running":
            figures += [rate_text(run.rate), f"~{duration_text(run.remaining / run.rate)} left"]
        room = min(_BAR, width - 4 - len("  ".join(figures)) - 2)
        yield Text.assemble("  ", (self._bar(done, run, room)), "  ", "  ".join(figures))
        yield Padding(self._calls(run), (0, 0, 0, 2))
        if run.message and not self.blind:
            yield Padding(Text(visible(run.message), "bold"), (0, 0, 0, 2))

    def _bar(self, done: int, run: EngineRun, room: int) -> Text:
        full = 0 if not run.pending else room * done // run.pending
        return Text.assemble(("█" * full, self.palette.agreed or ""), ("░" * (room - full), "dim"))

    def _calls(self, run: EngineRun) -> Text:
        """Return what the engine did for the run: calls, failures, cost."""
        parts = []
        if run.calls or run.reused or run.in_flight or run.allowed:
            parts = [
                counted(run.calls, "call"),
                f"{run.reused:,} reused",
                counted(run.retries, "retry", "retries"),
                f"{run.in_flight:,} of {run.allowed:,} in flight",
            ]
        if run.cost is not None:
            parts.append(money_text(run.cost))
        text = Text(" · ".join(parts))
        if run.failed:
            text.append(" · " if parts else "").append(f"{run.failed:,} failed", self._bad)
        return text if text.plain else Text("none failed", "dim")

    def _last(self) -> Iterator[RenderableType]:
        last = self.overview.outcomes.last
        if last is None:
            return
        ended = f"\nThe last engine ended at {_clock(last.ended_at or last.beat)}"
        yield Text(f"{ended}: {visible(last.message)}" if last.message and not self.blind else f"{ended}.", "dim")
        for run in last.runs:
            if run.state == "failed" and not self.blind:
                yield Text(f"  {visible(run.predictor)}: {visible(run.message)}", self._bad)

    def outcome_parts(self) -> Iterator[RenderableType]:
        """Yield the results of the current runs: predictions, calls, mentions, and failures by reason."""
        yield Text("Runs", "bold underline")
        if not self.overview.runs:
            yield Text("none yet", "dim")
        for run in self.overview.runs:
            yield from self._run(run)
        failures = self.overview.outcomes.failures
        yield Text("\nFailures", "bold underline")
        if not failures:
            yield Text("none", "dim")
        elif self.blind:
            yield Text(f"{sum(failure.count for failure in failures):,} in all", self._bad)
        else:
            for failure in failures:
                yield from self._failure(failure)

    def _run(self, run: RunStatus) -> Iterator[RenderableType]:
        line = Text.assemble((self.name(run.id), "bold"), f"  {run.ok:,} predicted")
        if run.failed:
            line.append(", ").append(f"{run.failed:,} failed", self._bad)
        yield line
        if calls := calls_text(run):
            yield Padding(Text(calls), (0, 0, 0, 2))
        if mentions := self.overview.outcomes.mentions.get(run.id):
            yield Padding(Text(f"mentions: {mentions_text(mentions)}"), (0, 0, 0, 2))

    def _failure(self, failure: Failure) -> Iterator[RenderableType]:
        head = Text.assemble((f"{failure.count:,} × ", "bold"), f"{shorten(failure.predictor, 24)}: ")
        yield head.append(shorten(failure.reason, 300), self._bad)
        yield Text(f"    example {failure.example_id}  “{shorten(failure.text, 120)}”", "dim")
        if failure.response:
            yield Text(f"    response  {shorten(failure.response, 200)}", "dim")


_BOLD = Style(bold=True)


def _clock(seconds: float) -> str:
    """Return the time of day, with the date unless that is today."""
    then = time.localtime(seconds)
    today = time.strftime("%Y-%m-%d", then) == time.strftime("%Y-%m-%d")
    return time.strftime("%H:%M" if today else "%Y-%m-%d %H:%M", then)
