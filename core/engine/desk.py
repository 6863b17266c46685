"""The store's side of an LLM run: claims, prompts, known answers, parsing and saving."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from tiebreak.core.engine.context import EngineContext
from tiebreak.core.errors import StoreBusyError
from tiebreak.core.predictors.endings import is_whole
from tiebreak.core.predictors.llm_pipeline import Ask, LLMPredictor, reused
from tiebreak.core.records import LLMCall, Prediction
from tiebreak.core.store.answer_cache import AnswerCache
from tiebreak.core.store.calls import find_answers, save_calls
from tiebreak.core.store.connection import Store
from tiebreak.core.store.engines import claim, claimed_by_others, release
from tiebreak.core.store.predictions import save_predictions

_STEPS = 8  # LLM components of a pipeline that can be answered from known answers in one go


@dataclass(eq=False)
class WorkItem:
    """One example in progress: its open prompts, its answers, and its `prediction` once it is known.

    `given_up`: it gets no prediction now; its answers are kept, and its claim is released. `waits`: another store's
    engine is asking the same.
    """

    example_id: int
    text: str
    asks: list[Ask] = field(default_factory=list)
    answers: dict[bytes, LLMCall] = field(default_factory=dict)
    prediction: Prediction | None = None
    given_up: bool = False
    rounds: int = 0  # how often it was asked
    waits: bool = False
    claimed: set[bytes] = field(default_factory=set)  # requests that it has claimed in the cache


class Desk:
    """Works on the store for one run; call it only in the store's thread.

    `is_exhausted`: nothing was left at the last claim; `others` is then how many examples other engines had claimed.
    """

    def __init__(self, context: EngineContext, predictor: LLMPredictor, run_id: int) -> None:
        self.is_exhausted = False
        self.others = 0
        self._context = context
        self._predictor = predictor
        self._run_id = run_id
        self._after = 0

    def turn(self, finished: Sequence[WorkItem], count: int) -> tuple[list[Prediction], list[WorkItem]]:
        """Save the predictions of the finished works, and claim up to `count` examples, in one transaction.

        Returns the saved predictions, and the claimed works, which `prepare` takes next. A finished work with further
        prompts gets them as its `asks`, and no prediction, unless their answers are known too.
        """
        store, cache = self._context.store, self._context.cache
        with self._predictor.batch():
            for work in finished:
                if work.prediction is None and not work.given_up:
                    self._read_answers(work)
        predictions = [work.prediction for work in finished if work.prediction is not None]
        unfinished = [work for work in finished if work.prediction is None]
        if cache is not None:  # first: if its file is locked, the whole turn is repeated
            self._share(finished)
        claimed: list[tuple[int, str]] = []
        with store.transaction():
            save_predictions(store, self._run_id, predictions, self._context.engine_id)
            self._keep(unfinished)
            given_up = [work.example_id for work in unfinished if work.given_up]
            release(store, self._context.engine_id, self._run_id, given_up)
            if count:
                claimed = self._claim(count)
        _mark_kept(unfinished)
        begun = [work for work in unfinished if not work.given_up]
        with suppress(StoreBusyError):  # the turn must not be repeated after saving: ask without looking first
            self._look_up(begun)
        return predictions, [WorkItem(example_id, text) for example_id, text in claimed]

    def prepare(self, works: Sequence[WorkItem]) -> None:
        """Give the works their prompts, or their predictions if all answers are known."""
        with self._predictor.batch():
            for work in works:
                self._read(work)
        self._look_up(works)

    def _look_up(self, works: Sequence[WorkItem]) -> None:
        """Take the known answers, and claim the other requests in the cache."""
        with self._predictor.batch():
            self._take_known(works)
        cache = self._context.cache
        unfinished = [work for work in works if work.prediction is None]
        if cache is not None and unfinished:
            groups = [{ask.request for ask in work.asks} for work in unfinished]
            for work, group, is_free in zip(unfinished, groups, cache.claim(groups), strict=True):
                work.waits = not is_free
                work.claimed |= group if is_free else set()

    def keep(self, work: WorkItem) -> None:
        """Keep the answers so far of a work that has more to ask."""
        if self._context.cache is not None:
            self._share([work])
        with self._context.store.transaction():
            self._keep([work])
        _mark_kept([work])

    def give_back(self, works: Sequence[WorkItem]) -> None:
        """Release the claims of the works, and keep their answers: they are paid for."""
        store = self._context.store
        if self._context.cache is not None:
            self._share(works, give_back=True)
        with store.transaction():
            self._keep(works)
            release(store, self._context.engine_id, self._run_id, [work.example_id for work in works])
        _mark_kept(works)

    def _keep(self, works: Sequence[WorkItem]) -> None:
        """Save the answers of works without a prediction, so that a kill cannot lose them."""
        for work in works:
            paid = tuple(call for call in work.answers.values() if not call.reused)
            save_calls(self._context.store, self._run_id, [Prediction(work.example_id, calls=paid)])

    def _share(self, works: Sequence[WorkItem], *, give_back: bool = False) -> None:
        """Save the answers in the cache, even if their text failed, and let others ask the unanswered requests."""
        cache = self._context.cache
        assert cache is not None
        cache.save(call for work in works for call in _answers_of(work) if not call.reused)
        cache.forget([request for work in works for request in _unreadable(work)])
        done = [work for work in works if give_back or work.given_up or work.prediction is not None]
        cache.release(request for work in done for request in work.claimed)
        for work in done:
            work.claimed = set()

    def _claim(self, count: int) -> list[tuple[int, str]]:
        """Claim pending examples after the last claim; at the end, once more from the beginning."""
        store, engine_id = self._context.store, self._context.engine_id
        claimed = claim(store, engine_id, self._run_id, self._after, count)
        if not claimed and self._after:
            claimed = claim(store, engine_id, self._run_id, 0, count)
        self._after = claimed[-1][0] if claimed else 0
        self.is_exhausted = not claimed
        self.others = 0 if claimed else claimed_by_others(store, engine_id, self._run_id)
        return claimed

    def _take_known(self, works: Sequence[WorkItem]) -> None:
        store, cache = self._context.store, self._context.cache
        for _ in range(_STEPS):
            waiting = [work for work in works if work.prediction is None]
            found, unfit = known_answers(store, cache, [ask for work in waiting for ask in work.asks])
            if cache is not None:
                cache.forget(unfit)  # otherwise they count as answered meanwhile, and the works wait for them
            if not found:
                return
            for work in waiting:
                known = [ask for ask in work.asks if ask.request in found]
                work.answers |= {ask.request: reused(found[ask.request], ask.prompt) for ask in known}
                if known:
                    self._read(work)

    def _read_answers(self, work: WorkItem) -> None:
        """Read the answers; each component asks a text only once, even if its prompt differs each time."""
        self._read(work)
        if work.prediction is None and work.rounds >= self._predictor.component_count:
            error = "its prompt differs each time it is made, so no answer is found again; make it always the same"
            calls = tuple(replace(call, is_good=True) for call in work.answers.values())
            work.prediction = Prediction(work.example_id, error=error, calls=calls)

    def _read(self, work: WorkItem) -> None:
        outcome = self._predictor.read(work.example_id, work.text, work.answers)
        if isinstance(outcome, Prediction):
            work.prediction = outcome
        else:
            work.asks = outcome


def _answers_of(work: WorkItem) -> list[LLMCall]:
    """Return the answers that may be used again; an answer that the task could not read may not."""
    if work.prediction is None:
        return list(work.answers.values())
    return [call for call in work.prediction.calls if call.is_good or work.prediction.error is None]


def _unreadable(work: WorkItem) -> list[bytes]:
    """Return the requests whose answers were kept first, and then could not be read."""
    if work.prediction is None or work.prediction.error is None:
        return []
    kept = [call for call in work.prediction.calls if call.is_kept and not call.is_good]
    return [call.request for call in kept if call.request is not None]


def _mark_kept(works: Sequence[WorkItem]) -> None:
    """Mark the answers as kept: the store has them now."""
    for work in works:
        work.answers = {request: replace(call, is_kept=True) for request, call in work.answers.items()}


class KnownAnswers(NamedTuple):
    """`found`: the usable answers by request; `unfit`: the requests whose answers in the cache are not whole."""

    found: dict[bytes, LLMCall]
    unfit: list[bytes]


def known_answers(store: Store, cache: AnswerCache | None, asks: Iterable[Ask]) -> KnownAnswers:
    """Find the whole answers to `asks` in the store, or else in the cache."""
    tasks = {ask.request: ask.task for ask in asks}
    answers = find_answers(store, list(tasks))
    found = {request: call for request, call in answers.items() if is_whole(tasks[request], call)}
    if cache is None:
        return KnownAnswers(found, [])
    cached = cache.find([request for request in tasks if request not in found])
    whole = {request: call for request, call in cached.items() if is_whole(tasks[request], call)}
    return KnownAnswers(found | whole, [request for request in cached if request not in whole])
