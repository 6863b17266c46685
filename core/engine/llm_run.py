"""One LLM predictor over what is pending: as many calls in flight as the endpoint allows, each answer saved at once."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, suppress
from dataclasses import replace
from typing import Any

from tiebreak.core.engine.desk import Desk, Work
from tiebreak.core.engine.estimate import is_cost_known, most_that_it_costs
from tiebreak.core.engine.reports import RunReport
from tiebreak.core.engine.shared import Shared
from tiebreak.core.errors import AnswerError, PredictorError
from tiebreak.core.predictors.gate import Gate, StoppedError
from tiebreak.core.predictors.llm_pipeline import Ask, LLMPredictor, ask_blocking
from tiebreak.core.predictors.openai_model import OpenAIModel
from tiebreak.core.records import LLMCall, Prediction

_GATHER = 0.002  # seconds in which answers are gathered, to be saved in one transaction; they keep their slots
_STEP = 8  # examples that are read or prepared in one go: the calls of the others wait for that long
_AT_ONCE = 500  # examples that are claimed at once where their answers are there already
_LOOK_AGAIN = 1.0  # seconds after which the work of other engines is looked at again
_GRACE = 2.0  # seconds beyond a model's timeout that calls in flight have when the engine stops
_IN_A_ROW = 32  # failures, before any success of the run, or of a model that is not ours, after which it is given up
_PATIENCE = 900.0  # seconds that a model which is not ours is waited for


class LLMRun:
    """Takes examples, asks, and saves. An example keeps its slot, of which there are `concurrency`, until its answer is
    on disk: so a kill costs that many calls at most.
    """

    def __init__(
        self, shared: Shared, predictor: LLMPredictor, report: RunReport, on_progress: Callable[[RunReport], None]
    ) -> None:
        self.report = report
        self._shared = shared
        self._predictor = predictor
        self._on_progress = on_progress
        self._slots = predictor.concurrency
        self._desk = Desk(shared, predictor, report.run_id)
        self._own = [model for model in predictor.models if isinstance(model, OpenAIModel)]
        self._gates: dict[int, Gate] = {}
        self._sessions: dict[int, Any] = {}
        self._threads = ThreadPoolExecutor(self._slots, thread_name_prefix="models")
        self._ready: deque[Work] = deque()  # claimed, with something to ask
        self._tasks: set[asyncio.Task[None]] = set()
        self._finished: list[Work] = []  # to be saved
        self._taken = 0  # slots
        self._claimed = 0
        self._look_again = 0.0
        self._are_known = False  # whether the answers were there already, the last time
        self._in_a_row = 0  # failures without a success between
        self._most_in_a_row = max(_IN_A_ROW, 2 * self._slots)
        self._hopeless: PredictorError | None = None
        self._wake = asyncio.Event()

    async def work(self) -> None:
        """Predict until nothing is left, or it is stopped. Raises PredictorError where going on is pointless."""
        async with AsyncExitStack() as stack:
            for model in self._predictor.models:
                patience = model.patience if isinstance(model, OpenAIModel) else _PATIENCE
                self._gates[id(model)] = Gate(self._slots, patience)
            for own in self._own:
                self._sessions[id(own)] = await stack.enter_async_context(own.session())
            self.nudge()
            try:
                await self._loop()
            except asyncio.CancelledError:
                for task in self._tasks:
                    task.cancel()
                raise
            finally:
                await self._end()
        if self._hopeless is not None:
            raise self._hopeless

    def nudge(self) -> None:
        """Take in what people ask of the engine."""
        for gate in self._gates.values():
            if self._shared.is_stopping:  # first: what was held must not begin
                gate.refuse(StoppedError())
            gate.hold(self._shared.is_paused)
        self._wake.set()

    def tell(self) -> RunReport:
        """The report, brought up to date with what is under way."""
        report, gates = self.report, list(self._gates.values())
        report.in_flight = sum(gate.in_flight for gate in gates)
        report.allowed = sum(int(gate.limit) for gate in gates)
        report.retries = sum(gate.retries for gate in gates)
        waits = next((state for gate in gates if (state := gate.state())), "")
        if not waits and self._desk.others and not self._tasks:
            waits = f"{self._desk.others} left to another engine"
        if report.is_over:
            return report
        report.state = "waiting" if waits else "running"
        if self._shared.is_stopping and report.in_flight:
            what = ("calls", "them") if report.in_flight > 1 else ("call", "it")
            waits = f"finishes {report.in_flight} {what[0]} in flight; ctrl+c again gives {what[1]} up"
        broke = "the budget is spent" if self._is_broke else ""
        report.message = "; ".join(each for each in (waits, self._predictor.notice, broke) if each)
        return report

    async def _loop(self) -> None:
        while True:
            while self._finished or (len(self._ready) < self._slots and self._wanted()):
                await self._turn()
                self._begin_calls()
            self._begin_calls()
            if not self._tasks and self._is_over():
                return
            self._wake.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(_LOOK_AGAIN):
                    await self._wake.wait()
            if self._tasks:
                await asyncio.sleep(_GATHER)

    @property
    def _stops(self) -> bool:
        return self._shared.is_stopping or self._hopeless is not None

    @property
    def _is_broke(self) -> bool:
        """Whether the budget leaves nothing for the next call, whatever those under way turn out to cost."""
        purse = self._shared.purse
        if purse.budget is None or not self._ready:
            return purse.is_empty
        return purse.spent + most_that_it_costs(self._ready[0].asks) > purse.budget

    def _wanted(self) -> int:
        """How many examples to claim now."""
        missing = min(_STEP, 2 * self._slots - len(self._ready))
        if self._stops or self._shared.is_paused or self._is_broke or missing <= 0:
            return 0
        if self._desk.is_exhausted and asyncio.get_running_loop().time() < self._look_again:
            return 0
        limit = self._shared.options.limit
        room = _AT_ONCE if self._are_known else missing
        return room if limit is None else min(room, limit - self._claimed)

    def _is_over(self) -> bool:
        if self._stops or self._is_broke:
            return True
        if self._ready or self._shared.is_paused:
            return False
        limit = self._shared.options.limit
        return (limit is not None and self._claimed >= limit) or (self._desk.is_exhausted and not self._desk.others)

    async def _turn(self) -> None:
        """Save what was answered, which frees slots, and take more examples."""
        finished = self._next_finished()
        count = self._wanted()
        saved, works = await self._shared.do(self._desk.turn, finished, count)
        self._taken -= len(finished)
        self._ready.extendleft(work for work in finished if work.prediction is None and not work.given_up)
        self._claimed += len(works)
        if count:
            self._look_again = asyncio.get_running_loop().time() + _LOOK_AGAIN
        self._count(saved)
        if saved:
            self._on_progress(self.tell())
        if works:
            self._begin_calls()  # those that are ready need not wait for those that are to be prepared
            await self._shared.do(self._desk.prepare, works)
            known = [work for work in works if work.prediction is not None]
            self._finished += known
            self._taken += len(known)
            self._ready += [work for work in works if work.prediction is None]
            self._are_known = len(known) == len(works)

    def _next_finished(self) -> list[Work]:
        """What is to be saved next: of works whose answers are still to be read a few, of others all."""
        unread = [work for work in self._finished if work.prediction is None]
        later = set(map(id, unread[_STEP:]))
        finished = [work for work in self._finished if id(work) not in later]
        self._finished = unread[_STEP:]
        return finished

    def _begin_calls(self) -> None:
        while self._ready and not self._stops and not self._shared.is_paused and self._taken < self._slots:
            most, is_known = most_that_it_costs(self._ready[0].asks), is_cost_known(self._ready[0].asks)
            if self._shared.purse.budget is not None and not is_known and self._tasks:
                return  # the first answer shows how much to set aside for the others
            if not self._shared.purse.take(most):
                return
            self._taken += 1
            task = asyncio.create_task(self._ask(self._ready.popleft(), most))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _ask(self, work: Work, most: float) -> None:
        """Ask what is to be asked of one example; `most` was set aside for that."""
        spent = 0.0
        work.rounds += 1
        try:
            for ask in work.asks:
                call = await self._call(ask)
                spent += call.cost or 0.0
                work.answers[ask.request] = call
        except (StoppedError, asyncio.CancelledError):
            work.given_up = True
        except PredictorError as error:
            self._hopeless = self._hopeless or error
            work.given_up = True
        except AnswerError as error:
            last = () if error.call is None else (error.call,)
            spent += sum(call.cost or 0.0 for call in last)
            good = [replace(call, is_good=True) for call in work.answers.values()]
            work.prediction = Prediction(work.example_id, error=str(error), calls=(*good, *last))
        except Exception as error:  # of a library or of a user's model: the text's failure, and not the run's end
            paid = tuple(replace(call, is_good=True) for call in work.answers.values())
            work.prediction = Prediction(work.example_id, error=f"{type(error).__name__}: {error}", calls=paid)
        self._shared.purse.settle(most, spent)
        self._finished.append(work)
        self._wake.set()

    async def _call(self, ask: Ask) -> LLMCall:
        gate = self._gates[id(ask.model)]
        if isinstance(ask.model, OpenAIModel):
            return await ask.model.ask(self._sessions[id(ask.model)], gate, ask.prompt)
        await gate.enter()
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, ask_blocking, ask.model, ask)
        finally:
            gate.leave()

    def _count(self, saved: list[Prediction]) -> None:
        report = self.report
        for prediction in saved:
            if prediction.error is None:
                report.ok += 1
                self._in_a_row = 0
            else:
                report.failed += 1
                report.last_error = prediction.error
                self._in_a_row += 1
            for call in prediction.calls:
                report.reused += call.reused
                if not call.reused:
                    report.calls += 1
                    report.prompt_tokens += call.prompt_tokens or 0
                    report.completion_tokens += call.completion_tokens or 0
                    if call.cost is not None:
                        report.cost = (report.cost or 0.0) + call.cost
        is_new = report.is_new and not report.ok
        if self._in_a_row >= self._most_in_a_row and (is_new or not self._own) and self._hopeless is None:
            why = f"{self._in_a_row} texts in a row failed"
            self._hopeless = PredictorError(f"{report.predictor}: stopped, since {why}; the last: {report.last_error}")

    async def _end(self) -> None:
        """Wait for what is in flight, save it, and give the rest back."""
        if tasks := set(self._tasks):
            longest = max((model.timeout for model in self._own), default=60.0)
            _, late = await asyncio.wait(tasks, timeout=longest + _GRACE)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        finished, self._finished = self._finished, []
        saved, _ = await self._shared.do(self._desk.turn, finished, 0)
        unread = [work for work in finished if work.prediction is None and not work.given_up]
        await self._shared.do(self._desk.give_back, [*self._ready, *unread])
        self._count(saved)
        self._threads.shutdown(wait=False, cancel_futures=True)
        self._on_progress(self.tell())
