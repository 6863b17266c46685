"""The store's side of an LLM run: claims, prompts, answers that are there already, parsing and saving."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from tiebreak.core.engine.shared import Shared
from tiebreak.core.predictors.llm_pipeline import Ask, LLMPredictor, reused
from tiebreak.core.records import LLMCall, Prediction
from tiebreak.core.store import Store
from tiebreak.core.store.answer_cache import AnswerCache
from tiebreak.core.store.calls import find_answers, save_calls
from tiebreak.core.store.engines import claim, claimed_by_others, release
from tiebreak.core.store.predictions import save_predictions

_STEPS = 8  # LLM components of a pipeline that are served from known answers in one go


@dataclass(eq=False)
class Work:
    """One example on its way: what is to be asked, what was answered; `prediction` once it is known.

    `given_up`: no prediction is made of it now, its answers are kept, and its claim is given back.
    """

    example_id: int
    text: str
    asks: list[Ask] = field(default_factory=list)
    answers: dict[bytes, LLMCall] = field(default_factory=dict)
    prediction: Prediction | None = None
    given_up: bool = False
    rounds: int = 0  # of asking, that are over


class Desk:
    """Works on the store for one run; call it in the store's thread alone.

    `is_exhausted`: nothing was left to claim the last time; `others` is then what other engines had claimed.
    """

    def __init__(self, shared: Shared, predictor: LLMPredictor, run_id: int) -> None:
        self.is_exhausted = False
        self.others = 0
        self._shared = shared
        self._predictor = predictor
        self._run_id = run_id
        self._after = 0

    def turn(self, finished: Sequence[Work], count: int) -> tuple[list[Prediction], list[Work]]:
        """Save the predictions of what was answered, and claim up to `count` more, in one transaction.

        Returns what was saved, and the works that were claimed, which are to be prepared. A finished work of which more
        is to be asked has its `asks` anew, and no prediction yet.
        """
        store, cache = self._shared.store, self._shared.cache
        with self._predictor.batch():
            for work in finished:
                if work.prediction is None and not work.given_up:
                    self._read_answers(work)
        predictions = [work.prediction for work in finished if work.prediction is not None]
        open_ones = [work for work in finished if work.prediction is None]
        if cache is not None:  # first: a turn that finds a file locked is taken again
            good = [each for each in predictions if each.error is None]
            cache.save(call for each in good for call in each.calls if not call.reused)
        claimed: list[tuple[int, str]] = []
        with store.transaction():
            save_predictions(store, self._run_id, predictions, self._shared.engine_id)
            self._keep(open_ones)
            release(store, self._run_id, [work.example_id for work in open_ones if work.given_up])
            if count:
                claimed = self._claim(count)
        _mark_kept(open_ones)
        return predictions, [Work(example_id, text) for example_id, text in claimed]

    def prepare(self, works: Sequence[Work]) -> None:
        """Give the works what they have to ask, or the prediction where the answers to that are there already."""
        with self._predictor.batch():
            self._prepare(works)

    def give_back(self, works: Sequence[Work]) -> None:
        """Give up the claims of the works, and keep what was answered of them: it is paid for."""
        with self._shared.store.transaction():
            self._keep(works)
            release(self._shared.store, self._run_id, [work.example_id for work in works])
        _mark_kept(works)

    def _keep(self, works: Sequence[Work]) -> None:
        """Keep the answers of works of which there is no prediction yet, where a kill can do them no harm."""
        for work in works:
            paid = tuple(call for call in work.answers.values() if not call.reused)
            save_calls(self._shared.store, self._run_id, [Prediction(work.example_id, calls=paid)])

    def _claim(self, count: int) -> list[tuple[int, str]]:
        """What is pending behind the last claim; at the end once more from the beginning."""
        store, engine_id = self._shared.store, self._shared.engine_id
        claimed = claim(store, engine_id, self._run_id, self._after, count)
        if not claimed and self._after:
            claimed = claim(store, engine_id, self._run_id, 0, count)
        self._after = claimed[-1][0] if claimed else 0
        self.is_exhausted = not claimed
        self.others = 0 if claimed else claimed_by_others(store, engine_id, self._run_id)
        return claimed

    def _prepare(self, works: Sequence[Work]) -> None:
        for work in works:
            self._read(work)
        for _ in range(_STEPS):
            waiting = [work for work in works if work.prediction is None]
            found = known_answers(
                self._shared.store, self._shared.cache, [ask.request for work in waiting for ask in work.asks]
            )
            if not found:
                return
            for work in waiting:
                known = [ask for ask in work.asks if ask.request in found]
                work.answers |= {ask.request: reused(found[ask.request], ask.prompt) for ask in known}
                if known:
                    self._read(work)

    def _read_answers(self, work: Work) -> None:
        """Read what was answered; a text is asked once by each component, also where its prompt is never the same."""
        self._read(work)
        if work.prediction is None and work.rounds >= self._predictor.component_count:
            error = "its prompt is another each time it is made, so that no answer is found again; make it the same"
            calls = tuple(replace(call, is_good=True) for call in work.answers.values())
            work.prediction = Prediction(work.example_id, error=error, calls=calls)

    def _read(self, work: Work) -> None:
        outcome = self._predictor.read(work.example_id, work.text, work.answers)
        if isinstance(outcome, Prediction):
            work.prediction = outcome
        else:
            work.asks = outcome


def _mark_kept(works: Sequence[Work]) -> None:
    """The store has the answers now: they are not to be kept once more."""
    for work in works:
        work.answers = {request: replace(call, is_kept=True) for request, call in work.answers.items()}


def known_answers(
    store: Store, cache: AnswerCache | None, requests: Sequence[bytes], *, failed_too: bool = False
) -> dict[bytes, LLMCall]:
    """The answers to `requests` that the store has, else the cache."""
    found = find_answers(store, requests, failed_too=failed_too)
    if cache is not None:
        found |= cache.find([request for request in requests if request not in found])
    return found
