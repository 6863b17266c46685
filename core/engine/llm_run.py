"""Running one LLM predictor: as many calls in flight as the endpoint allows, each answer saved at once."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace

from tiebreak.core.engine.asking import Models
from tiebreak.core.engine.context import EngineContext
from tiebreak.core.engine.desk import Desk, WorkItem
from tiebreak.core.engine.llm_estimate import is_cost_known, most_that_it_costs
from tiebreak.core.engine.progress import RunProgress
from tiebreak.core.errors import AnswerError, PredictorError, StoreError, TiebreakError
from tiebreak.core.predictors.gate import StoppedError
from tiebreak.core.predictors.llm_pipeline import LLMPredictor
from tiebreak.core.records import Prediction

_GATHER = 0.002  # seconds; answers that arrive within are saved in one transaction, and keep their slots until then
_STEP = 8  # examples read or prepared in one go: the calls of other examples wait for that long
_WAITING = 8  # examples a slot that may wait for another store's engine
_AT_ONCE = 500  # examples claimed at once if their answers are known
_LOOK_AGAIN = 1.0  # seconds between two looks at the work of other engines
_GRACE = 2.0  # seconds beyond a model's timeout; then a stopping engine gives up its calls in flight
_IN_A_ROW = 32  # failures in a row that end a run without any success, or with a model that is not Tiebreak's


class LLMRun:
    """Takes examples, asks, and saves.

    There are `concurrency` slots, and an example keeps its slot until its answer is on disk. So a kill costs at most
    that many calls.
    """

    def __init__(
        self,
        context: EngineContext,
        predictor: LLMPredictor,
        progress: RunProgress,
        on_progress: Callable[[RunProgress], None],
    ) -> None:
        self.report = progress
        self._context = context
        self._predictor = predictor
        self._on_progress = on_progress
        self._slots = predictor.concurrency
        self._desk = Desk(context, predictor, progress.run_id)
        self._models = Models(predictor.models, self._slots)
        self._ready: deque[WorkItem] = deque()  # claimed, with prompts to send
        self._waiting: list[WorkItem] = []  # claimed, while another store's engine asks the same
        self._tasks: set[asyncio.Task[None]] = set()
        self._finished: list[WorkItem] = []  # to be saved
        self._taken = 0  # slots in use
        self._claimed = 0
        self._look_again = 0.0
        self._look_again_at_waiting = 0.0
        self._are_known = False  # whether all answers were known at the last preparation
        self._in_a_row = 0  # failures since the last success
        self._most_in_a_row = max(_IN_A_ROW, 2 * self._slots)
        self._hopeless: TiebreakError | None = None
        self._latest: float | None = None  # when it gives up calls in flight, once it is stopping
        self._wake = asyncio.Event()

    async def work(self) -> None:
        """Predict until nothing is left, or the run is stopped. Raises PredictorError if going on is pointless."""
        async with self._models:
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
        """React to a request to pause, go on or stop."""
        for gate in self._models.gates:
            if self._context.is_stopping:  # first: calls that were held must not begin
                gate.refuse(StoppedError())
            gate.hold(self._context.is_paused)
        self._wake.set()

    def updated_progress(self) -> RunProgress:
        """Bring the report up to date with the calls in flight, and return it."""
        progress, gates = self.report, self._models.gates
        progress.in_flight = sum(gate.in_flight for gate in gates)
        progress.allowed = sum(int(gate.limit) for gate in gates)
        progress.retries = sum(gate.retries for gate in gates)
        waits = next((state for gate in gates if (state := gate.state())), "")
        if not waits and (self._desk.others or self._waiting) and not self._tasks:
            waits = f"{self._desk.others + len(self._waiting)} left to another engine"
        if progress.is_over:
            return progress
        progress.state = "waiting" if waits else "running"
        progress.is_finishing = self._context.is_stopping and progress.in_flight > 0
        if progress.is_finishing:
            waits = f"finishes {progress.in_flight} call{'s' * (progress.in_flight > 1)} in flight"
        broke = "the budget is spent" if self._is_broke else ""
        progress.message = "; ".join(each for each in (waits, self._predictor.notice, broke) if each)
        return progress

    async def _loop(self) -> None:
        while True:
            while self._finished or (len(self._ready) < self._slots and self._wanted()):
                await self._turn()
                self._begin_calls()
            self._begin_calls()
            if not self._tasks and self._is_over():
                return
            if self._waiting and asyncio.get_running_loop().time() >= self._look_again_at_waiting:
                await self._prepare_waiting()
                continue
            self._give_up_late_ones()
            self._wake.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(_LOOK_AGAIN):
                    await self._wake.wait()
            if self._tasks:
                await asyncio.sleep(_GATHER)

    def _give_up_late_ones(self) -> None:
        """Cancel calls that have not ended in time after a stop; a model that is not Tiebreak's may have no timeout."""
        now = asyncio.get_running_loop().time()
        if self._stops and self._latest is None:
            self._latest = now + self._models.longest + _GRACE
        if self._latest is not None and now > self._latest:
            for task in self._tasks:
                task.cancel()

    @property
    def _stops(self) -> bool:
        return self._context.is_stopping or self._hopeless is not None

    @property
    def _is_broke(self) -> bool:
        """Whether the budget has nothing left for the next call, whatever the calls in flight turn out to cost."""
        budget = self._context.budget
        if budget.limit is None or not self._ready:
            return budget.is_empty
        return budget.spent + most_that_it_costs(self._ready[0].asks) > budget.limit

    def _wanted(self) -> int:
        """Return how many examples to claim now."""
        missing = min(_STEP, 2 * self._slots - len(self._ready))
        if len(self._waiting) >= _WAITING * self._slots:
            return 0
        if self._stops or self._context.is_paused or self._is_broke or missing <= 0:
            return 0
        if self._desk.is_exhausted and asyncio.get_running_loop().time() < self._look_again:
            return 0
        limit = self._context.options.limit
        room = _AT_ONCE if self._are_known else missing
        return room if limit is None else min(room, limit - self._claimed)

    def _is_over(self) -> bool:
        if self._stops or self._is_broke:
            return True
        if self._ready or self._waiting or self._context.is_paused:
            return False
        limit = self._context.options.limit
        return (limit is not None and self._claimed >= limit) or (self._desk.is_exhausted and not self._desk.others)

    async def _turn(self) -> None:
        """Save the finished works, which frees slots, and take more examples."""
        finished = self._next_finished()
        count = self._wanted()
        begun = [work for work in finished if work.prediction is None and not work.given_up]
        saved, works = await self._context.in_store_thread(self._desk.turn, finished, count)
        self._taken -= len(finished)
        done = {prediction.example_id for prediction in saved}
        self._sort([work for work in begun if work.example_id not in done])
        self._claimed += len(works)
        if count:
            self._look_again = asyncio.get_running_loop().time() + _LOOK_AGAIN
        self._count(saved)
        if saved:
            self._on_progress(self.updated_progress())
        if works:
            self._begin_calls()  # works that are ready need not wait for the preparation of others
            await self._prepare(works)

    async def _prepare(self, works: list[WorkItem]) -> None:
        await self._context.in_store_thread(self._desk.prepare, works)
        self._sort(works)
        self._are_known = all(work.prediction is not None for work in works)

    def _sort(self, works: list[WorkItem]) -> None:
        """Sort works into those to be asked, those to be saved, and those that wait."""
        known = [work for work in works if work.prediction is not None]
        self._finished += known
        self._taken += len(known)
        ready = [work for work in works if work.prediction is None and not work.waits]
        self._ready.extendleft(work for work in ready if work.rounds)  # works that were asked before go first
        self._ready += [work for work in ready if not work.rounds]
        self._waiting += [work for work in works if work.prediction is None and work.waits]

    async def _prepare_waiting(self) -> None:
        """Look again for the answers that another store's engine was asking for."""
        works, self._waiting = self._waiting, []
        for begin in range(0, len(works), _STEP):
            await self._prepare(works[begin : begin + _STEP])
        self._look_again_at_waiting = asyncio.get_running_loop().time() + _LOOK_AGAIN

    def _next_finished(self) -> list[WorkItem]:
        """Return the works to save next: all that have a prediction, and a few whose answers must still be read."""
        unread = [work for work in self._finished if work.prediction is None]
        later = set(map(id, unread[_STEP:]))
        finished = [work for work in self._finished if id(work) not in later]
        self._finished = unread[_STEP:]
        return finished

    def _begin_calls(self) -> None:
        while self._ready and not self._stops and not self._context.is_paused and self._taken < self._slots:
            most, is_known = most_that_it_costs(self._ready[0].asks), is_cost_known(self._ready[0].asks)
            if self._context.budget.limit is not None and not is_known and self._tasks:
                return  # the first answer shows how much to set aside for the others
            if not self._context.budget.take(most):
                return
            self._taken += 1
            task = asyncio.create_task(self._ask(self._ready.popleft(), most))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _ask(self, work: WorkItem, most: float) -> None:
        """Send the prompts of one example; `most` of the budget is set aside for it."""
        spent = 0.0
        work.rounds += 1
        try:
            for index, ask in enumerate(work.asks):
                if index:  # a kill must not cost more than the one call in flight
                    await self._context.in_store_thread(self._desk.keep, work)
                call = await self._models.ask(ask)
                spent += call.cost or 0.0
                work.answers[ask.request] = call
        except (StoppedError, asyncio.CancelledError):
            work.given_up = True
        except (PredictorError, StoreError) as error:
            self._hopeless = self._hopeless or error
            work.given_up = True
        except AnswerError as error:
            last = () if error.call is None else (error.call,)
            spent += sum(call.cost or 0.0 for call in last)
            good = [replace(call, is_good=True) for call in work.answers.values()]
            work.prediction = Prediction(work.example_id, error=str(error), calls=(*good, *last))
        except Exception as error:  # from a library or a user's model: this text fails, the run goes on
            paid = tuple(replace(call, is_good=True) for call in work.answers.values())
            work.prediction = Prediction(work.example_id, error=f"{type(error).__name__}: {error}", calls=paid)
        self._context.budget.settle(most, spent)
        self._finished.append(work)
        self._wake.set()

    def _count(self, saved: list[Prediction]) -> None:
        progress = self.report
        for prediction in saved:
            if prediction.error is None:
                progress.ok += 1
                self._in_a_row = 0
            else:
                progress.failed += 1
                progress.last_error = prediction.error
                self._in_a_row += 1
                unread = [call.request for call in prediction.calls if call.request and not call.is_good]
                self._models.forget(unread)
            for call in prediction.calls:
                progress.reused += call.reused
                if not call.reused:
                    progress.calls += 1
                    progress.prompt_tokens += call.prompt_tokens or 0
                    progress.completion_tokens += call.completion_tokens or 0
                    if call.cost is not None:
                        progress.cost = (progress.cost or 0.0) + call.cost
        is_new = progress.is_new and not progress.ok
        if self._in_a_row >= self._most_in_a_row and (is_new or not self._models.give_up) and self._hopeless is None:
            failed = f"{self._in_a_row} texts in a row failed"
            self._hopeless = PredictorError(f"{progress.predictor}: stopped: {failed}; the last: {progress.last_error}")

    async def _end(self) -> None:
        """Wait for the calls in flight, save their answers, and give the other works back."""
        if tasks := set(self._tasks):
            _, late = await asyncio.wait(tasks, timeout=self._models.longest + _GRACE)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        finished, self._finished = self._finished, []
        saved, _ = await self._context.in_store_thread(self._desk.turn, finished, 0)
        unread = [work for work in finished if work.prediction is None and not work.given_up]
        await self._context.in_store_thread(self._desk.give_back, [*self._ready, *self._waiting, *unread])
        self._count(saved)
        self._on_progress(self.updated_progress())
