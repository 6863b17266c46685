"""When the next call to an endpoint may begin: how many are in flight, rate limits, and an endpoint that is down."""

from __future__ import annotations

import asyncio
import random
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from tiebreak.core.errors import AnswerError, PredictorError

_FAILURES = 8  # in a row, without any answer between, after which an endpoint counts as down
_PROBES = (1.0, 5.0)  # seconds between two tries at an endpoint that is down: at first, and at most
_IDLE = 30.0  # seconds without any call, after which an endpoint is not said to have failed all the time
_BACKOFF = (0.5, 8.0)  # seconds before the second try of a call, doubled each time, and at most


@dataclass(frozen=True, slots=True)
class Limits:
    """What an endpoint says of its rate limits: how many requests or tokens are left, for how many seconds."""

    requests_left: int | None = None
    requests_reset: float = 0.0
    tokens_left: int | None = None
    tokens_reset: float = 0.0

    @property
    def until_reset(self) -> float | None:
        """Seconds until what is used up is there again; None where nothing is, as far as is known."""
        each = ((self.requests_left, self.requests_reset), (self.tokens_left, self.tokens_reset))
        return max((reset for left, reset in each if left == 0 and reset > 0), default=None)


class EndpointError(AnswerError):
    """The endpoint did not answer this try, though it may answer the next: overload, timeout, no connection.

    `retry_after` are the seconds that it asks to wait; `unreachable` says that there was no connection at all.
    """

    def __init__(
        self, message: str, *, retry_after: float | None = None, overloaded: bool = False, unreachable: bool = False
    ) -> None:
        super().__init__(message)
        self.retry_after = retry_after
        self.overloaded = overloaded
        self.unreachable = unreachable


class StoppedError(Exception):
    """No call begins any more, since the engine was asked to stop."""


@dataclass(slots=True)
class _Allowance:
    """Calls that a rate limit leaves, until it is reset."""

    left: float = float("inf")
    until: float = 0.0

    @property
    def begins_at(self) -> float:
        """When the next call may begin."""
        return 0.0 if self.left >= 1 else self.until

    def set(self, left: float, until: float) -> None:
        self.left, self.until = left, until

    def use(self, now: float) -> None:
        self.left = self.left - 1 if now < self.until else float("inf")


class Gate:
    """Lets calls to one endpoint begin: `concurrency` in flight at most.

    After each round of replies, as many as may be in flight, half the share of overloads among them is cut off, and one
    is added: that settles two above what an endpoint can take, and comes back where it takes more again.

    An endpoint that does not answer is tried by a call now and then; once it has failed for `patience` seconds without
    any answer, the calls that wait get a PredictorError. Use it from one event loop.
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
        self._down_for = 0.0  # seconds between two tries at an endpoint that is down; 0 where it is not
        self._down_since = 0.0
        self._is_unreachable = False  # why it is down
        self._next_try = 0.0
        self._why = ""
        self._refusal: Exception | None = None

    @property
    def is_down(self) -> bool:
        return self._down_for > 0

    def state(self) -> str:
        """What holds calls up, "" where nothing does."""
        if self.is_down:
            wait = self._next_try - self._clock()
            return f"the endpoint is down ({self._why}); next try in {max(0, round(wait))} s"
        wait = max(self._not_before, *(each.begins_at for each in self._allowances)) - self._clock()
        return f"rate limit: goes on in {wait:.0f} s" if wait > 0.5 else ""

    async def enter(self) -> None:
        """Wait for the turn of a call. Raises StoppedError, or PredictorError where the endpoint is given up."""
        if self._refusal is not None:
            raise self._refusal
        if not self._waiting and not self.in_flight and self._clock() - self._left_at > _IDLE:
            self._failing_since = None  # nobody asked meanwhile
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
        """A call was answered, in whatever way: the endpoint is there."""
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
        """A call that began at `began` was not answered. Returns whether that counts as one of its tries."""
        now = self._clock()
        self._why = str(error)
        self._failing_since = now if self._failing_since is None else self._failing_since
        waited = now - self._failing_since
        if waited > self._patience or (error.retry_after or 0.0) > self._patience:
            asks = f"it asks to wait {error.retry_after:.0f} s" if error.retry_after else f"for {waited:.0f} s"
            self.refuse(PredictorError(f"{error}; no answer from the endpoint ({asks}), given up; what is done stays"))
            return False
        is_probe = self.is_down and began > self._down_since
        if is_probe and not error.unreachable and (self._is_unreachable or error.retry_after is not None):
            self._is_up()  # it is there again, though it has no answer yet
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
        # A probe that was not refused at the door counts, lest texts that no endpoint can answer hold up the end.
        return not self.is_down or (is_probe and not error.unreachable)

    def _is_up(self) -> None:
        """The endpoint has said something, be it that it is busy: calls need not wait for the next try."""
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
        """Let no call begin until told otherwise; the time is not held against the endpoint."""
        if self.held and not held:
            self._failing_since = None
        self.held = held
        self._wake()

    def refuse(self, error: Exception) -> None:
        """Let no call begin any more: those that wait, and all that come, get `error`."""
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
        if self.is_down:  # this one tries for all
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
    """Seconds to wait after so many failed tries: exponential, with jitter, so that callers do not come in step."""
    first, most = _BACKOFF
    return min(most, first * 2.0 ** (tries - 1)) * random.uniform(0.5, 1.0)
