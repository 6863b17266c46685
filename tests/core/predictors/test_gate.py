"""The start of each call: overloads, rate limits, an endpoint that is down; on a simulated clock."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Callable, Coroutine
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tiebreak.core.errors import PredictorError
from tiebreak.core.predictors.gate import EndpointError, Gate, Limits, StoppedError, backoff

ERROR = EndpointError("HTTP 500")
UNREACHABLE = EndpointError("no connection", unreachable=True)
OVERLOAD = EndpointError("HTTP 503", overloaded=True)


class JumpingLoop(asyncio.SelectorEventLoop):
    """A loop whose time jumps to the next timer. It fails if no timer is set."""

    now = 0.0

    def __init__(self) -> None:
        super().__init__(JumpingSelector(self))

    def time(self) -> float:
        return self.now


class JumpingSelector(selectors.SelectSelector):
    def __init__(self, loop: JumpingLoop) -> None:
        super().__init__()
        self._loop = loop

    def select(self, timeout: float | None = None) -> Any:
        assert timeout is not None, "something waits for ever"
        self._loop.now += timeout
        return super().select(0)


def play(scene: Callable[[], Coroutine[Any, Any, None]]) -> None:
    with asyncio.Runner(loop_factory=JumpingLoop) as runner:
        runner.run(scene())


def now() -> float:
    return asyncio.get_running_loop().time()


def gate_of(concurrency: int, patience: float = 900.0) -> Gate:
    return Gate(concurrency, patience, asyncio.get_running_loop().time)


async def began(gate: Gate, calls: int = 1) -> list[float]:
    """Return the times at which simultaneous calls begin; none of them ends."""

    async def begin() -> float:
        await gate.enter()
        return now()

    return await asyncio.gather(*(begin() for _ in range(calls)))


async def fail(gate: Gate, error: EndpointError, times: int = 1) -> list[bool]:
    """Have calls fail one after the other; return whether each counted as a try."""
    counted = []
    for _ in range(times):
        await gate.enter()
        at = now()
        await asyncio.sleep(0.01)
        counted.append(gate.failed(error, at))
        gate.leave()
    return counted


def test_each_round_cuts_half_the_share_of_overloads_and_adds_one() -> None:
    async def scene() -> None:
        gate = gate_of(16)
        for number in range(16):
            if number % 2:
                gate.answered()
            else:
                gate.failed(OVERLOAD, now())
            assert gate.limit == 16 or number == 15
        assert gate.limit == 16 * (1 - 0.5 / 2) + 1
        for _ in range(500):
            gate.answered()
        assert gate.limit == 16

    play(scene)


@pytest.mark.parametrize("capacity", [1, 3, 8, 20])
def test_it_settles_near_what_an_endpoint_can_take(capacity: int) -> None:
    async def scene() -> None:
        gate = gate_of(32)
        rounds = []
        for _ in range(60):
            sent = int(gate.limit)
            rounds.append(sent)
            for number in range(sent):
                if number < capacity:
                    gate.answered()
                else:
                    gate.failed(EndpointError("HTTP 429", overloaded=True, retry_after=0.0), now())
        assert all(capacity <= sent <= capacity + 3 for sent in rounds[20:])

    play(scene)


def test_overloads_leave_one_call_in_flight() -> None:
    async def scene() -> None:
        gate = gate_of(4)
        for _ in range(50):
            gate.failed(EndpointError("HTTP 429", overloaded=True, retry_after=0.0), now())
        assert gate.limit == 1
        await began(gate)
        assert gate.in_flight == 1

    play(scene)


def test_no_call_begins_before_the_time_that_the_endpoint_names_and_that_does_not_count_as_a_try() -> None:
    async def scene() -> None:
        gate = gate_of(8)
        error = EndpointError("HTTP 429", overloaded=True, retry_after=10.0)
        assert await fail(gate, error) == [False]
        assert gate.state() == "rate limit: continues in 10 s"
        assert min(await began(gate, 3)) == pytest.approx(10.01)
        gate.failed(EndpointError("HTTP 429", overloaded=True, retry_after=2.0), 0.0)
        gate.failed(EndpointError("HTTP 429", overloaded=True, retry_after=1.0), 0.0)
        assert await began(gate) == [pytest.approx(12.01)]

    play(scene)


def test_as_many_begin_as_the_rate_limit_leaves_and_the_others_once_it_is_reset() -> None:
    async def scene() -> None:
        gate = gate_of(16)
        gate.answered(Limits(requests_left=3, requests_reset=60.0))
        assert await began(gate, 6) == [0.0, 0.0, 0.0, *[pytest.approx(60.0, abs=0.01)] * 3]
        assert gate.state() == ""

    play(scene)


def test_the_limit_of_tokens_counts_by_what_a_call_takes() -> None:
    async def scene() -> None:
        gate = gate_of(16)
        gate.answered(Limits(1000, 60.0, tokens_left=1000, tokens_reset=30.0), tokens=400)
        assert await began(gate, 4) == [0.0, 0.0, *[pytest.approx(30.0, abs=0.01)] * 2]

    play(scene)


def test_of_two_limits_that_are_used_up_the_later_reset_counts() -> None:
    async def scene() -> None:
        gate = gate_of(16)
        gate.answered(Limits(0, 5.0, tokens_left=100, tokens_reset=60.0), tokens=400)
        assert gate.state() == "rate limit: continues in 60 s"
        assert await began(gate, 2) == [pytest.approx(60.0, abs=0.01)] * 2

    play(scene)


def test_a_reset_that_is_a_day_away_is_waited_for_as_long_as_an_endpoint_that_is_down() -> None:
    async def scene() -> None:
        gate = gate_of(4, patience=100.0)
        gate.answered(Limits(0, 86_400.0))
        assert await began(gate) == [pytest.approx(100.0, abs=0.01)]

    play(scene)


def test_failures_with_no_call_between_them_do_not_add_up_to_the_patience() -> None:
    async def scene() -> None:
        gate = gate_of(4, patience=100.0)
        assert await fail(gate, ERROR) == [True]
        await asyncio.sleep(10_000)  # the engine left the work to another engine
        assert await fail(gate, ERROR) == [True]

    play(scene)


@pytest.mark.parametrize("error", [ERROR, OVERLOAD], ids=str)
def test_failures_in_a_row_close_the_gate_and_one_call_at_a_time_tries_until_an_answer_opens_it(
    error: EndpointError,
) -> None:
    async def scene() -> None:
        gate = gate_of(16)
        await fail(gate, error, 8)
        assert gate.is_down
        assert str(error) in gate.state()
        assert "next try in 1 s" in gate.state()
        tries = [now()]
        for _ in range(8):
            await gate.enter()
            gate.leave()
            tries.append(now())
        assert [round(later - earlier) for earlier, later in pairwise(tries)] == [1, 1, 2, 4, 5, 5, 5, 5]
        waiting = asyncio.create_task(began(gate))
        await asyncio.sleep(0)
        gate.answered()
        assert gate.state() == ""
        gate.hold(False)
        assert await waiting == [now()]

    play(scene)


def test_an_answer_between_keeps_the_gate_open() -> None:
    async def scene() -> None:
        gate = gate_of(4)
        for _ in range(10):
            assert all(await fail(gate, ERROR, 7))
            gate.answered()
        assert not gate.is_down

    play(scene)


def test_no_connection_closes_the_gate_at_once_and_is_never_a_try() -> None:
    async def scene() -> None:
        gate = gate_of(4)
        assert await fail(gate, UNREACHABLE) == [False]
        assert gate.is_down
        assert await fail(gate, UNREACHABLE, 5) == [False] * 5

    play(scene)


@pytest.mark.parametrize(
    ("down_by", "error", "opens"),
    [
        (UNREACHABLE, EndpointError("HTTP 429", overloaded=True, retry_after=0.5), True),
        (UNREACHABLE, ERROR, True),
        (UNREACHABLE, UNREACHABLE, False),
        (ERROR, EndpointError("HTTP 503", overloaded=True, retry_after=0.5), True),
        (ERROR, ERROR, False),
        (ERROR, OVERLOAD, False),
    ],
)
def test_a_reply_that_shows_that_the_endpoint_is_there_opens_the_gate(
    down_by: EndpointError, error: EndpointError, opens: bool
) -> None:
    async def scene() -> None:
        gate = gate_of(16)
        await fail(gate, down_by, 8)
        assert gate.is_down
        await fail(gate, error)
        assert gate.is_down != opens
        before = now()
        await gate.enter()
        assert (now() - before < 0.6) == opens

    play(scene)


def test_calls_that_no_endpoint_answers_use_up_their_tries_though_the_gate_is_closed() -> None:
    async def scene() -> None:
        gate = gate_of(4)
        await fail(gate, ERROR, 8)
        assert await fail(gate, ERROR, 6) == [True] * 6
        assert now() < 200

    play(scene)


def test_calls_that_were_under_way_when_the_endpoint_went_down_do_not_count() -> None:
    async def scene() -> None:
        gate = gate_of(16)
        await began(gate, 16)
        await asyncio.sleep(1)
        assert [gate.failed(ERROR, 0.0) for _ in range(16)] == [True] * 7 + [False] * 9

    play(scene)


def test_patience_ends_for_all_that_wait() -> None:
    async def scene() -> None:
        gate = gate_of(4, patience=100.0)
        waiting = [asyncio.create_task(fail(gate, UNREACHABLE, 99)) for _ in range(6)]
        results = await asyncio.gather(*waiting, return_exceptions=True)
        assert {type(result) for result in results} == {PredictorError}
        assert 100 < now() < 140
        assert "no connection; gave up: no answer from the endpoint (for" in str(results[0])
        assert gate.in_flight == 0

    play(scene)


def test_a_wait_that_is_longer_than_the_patience_is_refused_at_once() -> None:
    async def scene() -> None:
        gate = gate_of(4, patience=100.0)
        assert not gate.failed(EndpointError("HTTP 429", overloaded=True, retry_after=3600.0), 0.0)
        with pytest.raises(PredictorError, match="asks to wait 3600 s"):
            await gate.enter()

    play(scene)


def test_time_without_calls_does_not_count_against_the_endpoint() -> None:
    async def scene() -> None:
        gate = gate_of(4, patience=100.0)
        await asyncio.sleep(10_000)  # the engine left the work to another engine
        assert await fail(gate, ERROR) == [True]
        gate.answered(Limits(requests_left=0, requests_reset=10_000.0))
        assert await fail(gate, ERROR) == [True]
        gate.answered()
        await fail(gate, UNREACHABLE)
        gate.hold(True)
        await asyncio.sleep(10_000)
        gate.hold(False)
        assert await fail(gate, UNREACHABLE) == [False]
        await began(gate)

    play(scene)


def test_held_nothing_begins() -> None:
    async def scene() -> None:
        gate = gate_of(4)
        gate.hold(True)
        waiting = asyncio.create_task(began(gate, 3))
        await asyncio.sleep(500)
        assert gate.in_flight == 0
        gate.hold(False)
        assert await waiting == [500.0] * 3

    play(scene)


def test_refused_those_that_wait_and_those_that_come_get_the_error_and_the_first_one_stays() -> None:
    async def scene() -> None:
        gate = gate_of(1)
        await began(gate)
        waiting = asyncio.create_task(began(gate, 1))
        await asyncio.sleep(0)
        gate.refuse(StoppedError())
        gate.refuse(PredictorError("later"))
        with pytest.raises(StoppedError):
            await waiting
        with pytest.raises(StoppedError):
            await gate.enter()
        gate.leave()
        assert gate.in_flight == 0

    play(scene)


@pytest.mark.parametrize("has_turn", [False, True])
def test_the_turn_of_a_call_that_was_given_up_goes_to_the_next(has_turn: bool) -> None:
    async def scene() -> None:
        gate = gate_of(1)
        await began(gate)
        first, second = asyncio.create_task(gate.enter()), asyncio.create_task(gate.enter())
        await asyncio.sleep(0)
        if has_turn:
            gate.leave()
        first.cancel()
        if not has_turn:
            gate.leave()
        await second
        assert first.cancelled()
        assert gate.in_flight == 1

    play(scene)


CALLS = st.lists(
    st.tuples(
        st.sampled_from(["answer", "limited", "error", "overload", "later", "gone", "cancel"]),
        st.floats(0.0, 5.0),  # seconds before the call arrives
        st.floats(0.0, 3.0),  # seconds that the call takes
    ),
    min_size=1,
    max_size=40,
)


@given(CALLS, st.integers(1, 8))
def test_never_more_are_in_flight_than_allowed_and_every_call_has_its_turn(
    calls: list[tuple[str, float, float]], concurrency: int
) -> None:
    async def scene() -> None:
        gate, turns = gate_of(concurrency, patience=1e9), 0

        async def call(kind: str, comes: float, takes: float) -> None:
            nonlocal turns
            await asyncio.sleep(comes)
            await gate.enter()
            at = now()
            try:
                assert 1 <= gate.in_flight <= concurrency
                await asyncio.sleep(takes)
                match kind:
                    case "answer" | "cancel":
                        gate.answered()
                    case "limited":
                        gate.answered(Limits(1, 2.0, 50, 3.0), tokens=30)
                    case "later":
                        gate.failed(EndpointError("429", overloaded=True, retry_after=1.0), at)
                    case _:
                        gate.failed({"error": ERROR, "overload": OVERLOAD, "gone": UNREACHABLE}[kind], at)
            finally:
                turns += 1
                gate.leave()

        tasks = {asyncio.create_task(call(*each)): each for each in calls}
        for task, (kind, comes, takes) in tasks.items():
            if kind == "cancel":
                asyncio.get_running_loop().call_later(comes + takes / 2, task.cancel)
        await asyncio.wait(tasks)
        assert gate.in_flight == 0
        assert 1 <= gate.limit <= concurrency
        assert turns >= sum(kind != "cancel" for kind, _, _ in calls)
        assert all(task.cancelled() or task.exception() is None for task in tasks)

    play(scene)


def test_waits_between_tries_grow_up_to_a_limit_and_differ() -> None:
    waits = [{backoff(tries) for _ in range(50)} for tries in (1, 2, 3, 20)]
    for most, found in zip((0.5, 1.0, 2.0, 8.0), waits, strict=True):
        assert most / 2 <= min(found) < max(found) <= most
