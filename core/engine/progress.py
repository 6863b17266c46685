"""The options of an engine, the estimate of its work, and the progress of its runs."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from tiebreak.core.store.engines import EngineRun

_RATE_WINDOW = 10.0  # seconds; a rate is the average over them


@dataclass(frozen=True)
class EngineOptions:
    """`budget` is the most that the LLM calls may cost, in the currency of the prices.

    `limit` is how many examples each predictor takes at most, `cache` a file of answers that several stores share.
    `reparse` makes no call, but reads the saved answers again. `stock_model` keeps spacy-llm's own models.
    """

    budget: float | None = None
    limit: int | None = None
    cache: Path | None = None
    reparse: bool = False
    stock_model: bool = False

    def as_object(self) -> dict[str, object]:
        return {"budget": self.budget, "limit": self.limit, "cache": str(self.cache) if self.cache else None}


DEFAULTS = EngineOptions()


@dataclass(frozen=True)
class Estimate:
    """The work of a predictor: `pending` examples; `known` of them need no call. Tokens and cost are estimates.

    `cost` is None if the config has no prices.
    """

    predictor: str
    model: str
    pending: int
    known: int = 0
    calls: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cost: float | None = None


@dataclass
class RunProgress:
    """The progress of a run: predictions of this engine, out of the `pending` examples when it began.

    `state` is running, waiting, ended, stopped (on demand) or failed; `message` says why it waits or what failed.
    """

    predictor: str
    model: str
    pending: int
    ok: int = 0
    failed: int = 0
    last_error: str | None = None
    calls: int = 0
    reused: int = 0
    retries: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cost: float | None = None
    state: str = "running"
    message: str = ""
    signal: int = 0  # the number of the signal that stopped the engine
    in_flight: int = 0
    allowed: int = 0
    is_finishing: bool = False  # it was stopped, and waits for its calls in flight
    run_id: int = 0
    is_new: bool = True  # the run had no ok prediction when this engine began
    _ended: deque[tuple[float, int]] = field(default_factory=deque, repr=False)

    @property
    def done(self) -> int:
        return self.ok + self.failed

    @property
    def remaining(self) -> int:
        return max(0, self.pending - self.done)

    @property
    def is_over(self) -> bool:
        return self.state in ("ended", "stopped", "failed")

    def rate(self, clock: Callable[[], float] = time.monotonic) -> float:
        """Return the examples a second, over the last seconds."""
        now = clock()
        self._ended.append((now, self.done))
        while len(self._ended) > 2 and self._ended[1][0] < now - _RATE_WINDOW:
            self._ended.popleft()
        began, done = self._ended[0]
        return (self.done - done) / (now - began) if now > began else 0.0

    def as_run(self) -> EngineRun:
        """Return the row that the store keeps of the run's progress."""
        return EngineRun(
            *(self.run_id, self.predictor, self.state, self.message, self.pending, self.ok, self.failed, self.calls),
            *(self.reused, self.retries, self.in_flight, self.allowed, self.rate(), self.cost),
        )
