"""When the next call to an endpoint may begin: calls in flight, rate limits, and an endpoint that is down."""

from __future__ import annotations

import asyncio
import random
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from tiebreak.core.errors import AnswerError, PredictorError

_FAILURES = 8  # in a row; then the endpoint counts as down
_PROBES = (1.0, 5.0)  # seconds between two tries at an endpoint that is down: at first, and at most
_IDLE = 30.0  # seconds without any call; then the time of failing starts from zero
_BACKOFF = (0.5, 8.0)  # seconds before the second try of a call, doubled each time, and at most


@dataclass(frozen=True, slots=True)
class Limits:
    """An endpoint's rate limits: how many requests and tokens are left, and in how many seconds they are reset."""

    requests_left: int | None = None
    requests_reset: float = 0.0
    tokens_left: int | None = None
    tokens_reset: float = 0.0

    @property
    def until_reset(self) -> float | None:
        """Seconds until a used-up limit is reset; None if no limit is known to be used up."""
        limits = ((self.requests_left, self.requests_reset), (self.tokens_left, self.tokens_reset))
        return max((reset for left, reset in limits if left == 0 and reset > 0), default=None)


class EndpointError(AnswerError):
    """The endpoint did not answer this try, but may answer the next: overload, timeout, no connection.

    `retry_after` is how many seconds it asks to wait; `unreachable` means that there was no connection at all.
    """

    def __init__(
        self, message: str, *, retry_after: float | None = None, overloaded: bool = False, unreachable: bool = False
    ) -> None:
        super().__init__(message)
        self.retry_after = retry_after
        self.overloaded = overloaded
        self.unreachable = unreachable


class StoppedError(Exception):
    """No call begins any more: the engine was asked to stop."""


@dataclass(slots=True)
class _Allowance:
    """The calls that a rate limit still allows until it is reset."""

    left: float = float("inf")
    until: float = 0.0

    @property
    def begins_at(self) -> float:
        """The time at which the next call may begin."""
        return 0.0 if self.left >= 1 else self.until

    def set(self, left: float, until: float) -> None:
        self.left, self.until = left, until

    def use(self, now: float) -> None:
        self.left = self.left - 1 if now < self.until else float("inf")


class Gate:
    """Lets calls to one endpoint begin: `concurrency` in flight at most.

    A round is as many replies as calls may be in flight. After each round the limit shrinks by half the share of
    overloads among the replies, and grows by one. It settles two above the calls that an endpoint can take, and
    recovers when the endpoint takes more again.

    If the endpoint does not answer, one call tries it now and then. After `patience` seconds without any answer, the
    calls that wait get a PredictorError. Use it from one event loop.
    """

    def __init__(self, concurrency: int, patience: float = 900.0, clock: Callable[[], float] = time.monotonic) -> None:
        self.concurrency = concurrency
        self.limit = float(concurrency)
        self.in_flight = 0
        self.retries = 0
        self.held = False
        self._patience = patience
        self._clock = clock
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._timer: asyncio.TimerHandle | None = None
        self._not_before = 0.0
        self._allowances = (_Allowance(), _Allowance())  # of requests, and of tokens
        self._tokens = 0.0  # a call, on average
        self._replies = 0  # of this round
        self._overloads = 0
        self._failing_since: float | None = None  # the first failure after the last answer
        self._left_at = 0.0  # when the last call ended
        self._failures = 0
        self._down_for = 0.0  # seconds between two tries at an endpoint that is down; 0 if it is up
        self._down_since = 0.0
        self._is_unreachable = False  # the reason that it is down: no connection
        self._next_try = 0.0
        self._why = ""
        self._refusal: Exception | None = None

    @property
    def is_down(self) -> bool:
        return self._down_for > 0

    def state(self) -> str:
        """Say what holds calls up; "" if nothing does."""
        if self.is_down:
            wait = self._next_try - self._clock()
            return f"the endpoint is down ({self._why}); next try in {max(0, round(wait))} s"
        wait = max(self._not_before, *(each.begins_at for each in self._allowances)) - self._clock()
        return f"rate limit: continues in {wait:.0f} s" if wait > 0.5 else ""

    async def enter(self) -> None:
        """Wait until a call may begin. Raises StoppedError, or PredictorError if the gate has given up the endpoint."""
        if self._refusal is not None:
            raise self._refusal
        if not self._waiting and not self.in_flight and self._clock() - self._left_at > _IDLE:
            self._failing_since = None  # no call was made meanwhile
        if not self._waiting and self._may():
            self._begin()
            return
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        self._wake()
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled() and turn.exception() is None:
                self.leave()
            raise

    def leave(self) -> None:
        self.in_flight -= 1
        self._left_at = self._clock()
        self._wake()

    def answered(self, limits: Limits = Limits(), tokens: int = 0) -> None:
        """Note that the endpoint answered a call, with a usable answer or not: it is up."""
        now = self._clock()
        self._failing_since = None
        self._is_up()
        self._count_reply(overload=False)
        if tokens:
            self._tokens = tokens if not self._tokens else 0.9 * self._tokens + 0.1 * tokens
        of_requests, of_tokens = self._allowances
        if limits.requests_left is not None:
            of_requests.set(limits.requests_left, now + min(limits.requests_reset, self._patience))
        if limits.tokens_left is not None and self._tokens:
            of_tokens.set(limits.tokens_left / self._tokens, now + min(limits.tokens_reset, self._patience))

    def failed(self, error: EndpointError, began: float) -> bool:
        """Note that a call, begun at `began`, got no answer; return whether that counts as one of its tries."""
        now = self._clock()
        self._why = str(error)
        self._failing_since = now if self._failing_since is None else self._failing_since
        waited = now - self._failing_since
        if waited > self._patience or (error.retry_after or 0.0) > self._patience:
            wait = f"it asks to wait {error.retry_after:.0f} s" if error.retry_after else f"for {waited:.0f} s"
            gave_up = f"gave up: no answer from the endpoint ({wait}); answers so far are kept"
            self.refuse(PredictorError(f"{error}; {gave_up}"))
            return False
        is_probe = self.is_down and began > self._down_since
        if is_probe and not error.unreachable and (self._is_unreachable or error.retry_after is not None):
            self._is_up()  # it can be reached again, though it has no answer yet
        if error.overloaded:
            self._count_reply(overload=True)
            if error.retry_after is not None:
                self._failures = 0
                self._not_before = max(self._not_before, now + error.retry_after)
                return False
        self._failures += 1
        if not self.is_down and (error.unreachable or self._failures >= _FAILURES):
            self._down_for, self._down_since, self._is_unreachable = _PROBES[0], now, error.unreachable
            self._next_try = now + self._down_for
        # A try that reached the endpoint counts, lest texts that no endpoint can answer hold up the end.
        return not self.is_down or (is_probe and not error.unreachable)

    def _is_up(self) -> None:
        """Note that the endpoint replied, perhaps that it is busy: calls need not wait for the next try."""
        self._failures, self._down_for = 0, 0.0

    def _count_reply(self, *, overload: bool) -> None:
        self._replies += 1
        self._overloads += overload
        if self._replies >= int(self.limit):
            left = self.limit * (1 - self._overloads / self._replies / 2)
            more = self._overloads < self._replies
            self.limit = max(1.0, min(float(self.concurrency), left + more))
            self._replies = self._overloads = 0

    def hold(self, held: bool) -> None:
        """Let no call begin while `held`; that time does not count against the endpoint."""
        if self.held and not held:
            self._failing_since = None
        self.held = held
        self._wake()

    def refuse(self, error: Exception) -> None:
        """Let no call begin any more: calls that wait now or come later get `error`."""
        self._refusal = self._refusal or error
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_exception(self._refusal)

    def _may(self) -> bool:
        now = self._clock()
        return not self.held and now >= self._begins_at and self.in_flight < int(self.limit)

    @property
    def _begins_at(self) -> float:
        waits = (self._not_before, *(each.begins_at for each in self._allowances))
        return max(*waits, self._next_try) if self.is_down else max(waits)

    def _begin(self) -> None:
        self.in_flight += 1
        for allowance in self._allowances:
            allowance.use(self._clock())
        if self.is_down:  # this call tries for all
            self._next_try = self._clock() + self._down_for
            self._down_for = min(2 * self._down_for, _PROBES[1])

    def _wake(self) -> None:
        while self._waiting and (self._waiting[0].done() or self._may()):
            turn = self._waiting.popleft()
            if not turn.done():
                self._begin()
                turn.set_result(None)
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._waiting and not self.held and self.in_flight < int(self.limit):
            wait = max(0.001, self._begins_at - self._clock())
            self._timer = asyncio.get_running_loop().call_later(wait, self._wake)


def backoff(tries: int) -> float:
    """Return the seconds to wait after so many failed tries: exponential, with jitter to keep callers out of step."""
    first, most = _BACKOFF
    return min(most, first * 2.0 ** (tries - 1)) * random.uniform(0.5, 1.0)
