"""What is asked of an engine, what that will take, and how far each of its runs is."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from tiebreak.core.store.engines import EngineRun

_RATE_WINDOW = 10.0  # seconds over which a rate is taken


@dataclass(frozen=True)
class EngineOptions:
    """`budget` is what the LLM calls may cost, in the currency of the prices; `limit` how many examples each predictor
    takes at most; `cache` a file of answers that several stores share. `reparse` makes no call: the answers that are
    there are read anew. `stock_model` keeps spacy-llm's own models.
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
    """What a predictor has to do: `pending` examples, of which `known` need no call; tokens and cost are estimates.

    `cost` is None where the config has no prices.
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
class RunReport:
    """How far a run is: predictions of this engine, out of `pending` that there were when it began.

    `state` is running, ended, stopped (on demand) or failed; `message` says why it waits, or what it could not do.
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
    signal: int = 0  # the number of the one that stopped the engine
    in_flight: int = 0
    allowed: int = 0
    is_finishing: bool = False  # what is in flight, since it was stopped
    run_id: int = 0
    is_new: bool = True  # the run had no ok prediction when this engine began
    _ended: deque[tuple[float, int]] = field(default_factory=deque, repr=False)

    @property
    def done(self) -> int:
        return self.ok + self.failed

    @property
    def left(self) -> int:
        return max(0, self.pending - self.done)

    @property
    def is_over(self) -> bool:
        return self.state in ("ended", "stopped", "failed")

    def rate(self, clock: Callable[[], float] = time.monotonic) -> float:
        """Examples a second over the last seconds."""
        now = clock()
        self._ended.append((now, self.done))
        while len(self._ended) > 2 and self._ended[1][0] < now - _RATE_WINDOW:
            self._ended.popleft()
        began, done = self._ended[0]
        return (self.done - done) / (now - began) if now > began else 0.0

    def as_run(self) -> EngineRun:
        """The row that the store keeps of it."""
        return EngineRun(
            *(self.run_id, self.predictor, self.state, self.message, self.pending, self.ok, self.failed, self.calls),
            *(self.reused, self.retries, self.in_flight, self.allowed, self.rate(), self.cost),
        )
