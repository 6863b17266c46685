"""Predictions of an LLM, as spacy-llm assembles it from a config, with many calls in flight."""

from __future__ import annotations

import re
import time
import warnings
from collections.abc import Generator, Iterable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tiebreak.core.errors import AnswerError, ConfigError, PredictorError, TiebreakError
from tiebreak.core.predictors.docs import check_gives, doc_prediction
from tiebreak.core.predictors.openai_model import EndpointError, OpenAIModel
from tiebreak.core.records import LLMCall, Prediction, Task

if TYPE_CHECKING:
    from spacy.language import Language
    from spacy.tokens import Doc
    from spacy_llm.pipeline import LLMWrapper
    from spacy_llm.tasks.textcat import TextCatTask

    from tiebreak.core.config import PredictorConfig

_PROBE = "Ada Lovelace met Charles Babbage in London."  # its prompts stand for template, labels and examples
_RUNTIME = ("timeout", "retries", "concurrency", "api_key_env")  # change how a model is asked, not what it says

# One text on its way: yields what to ask, takes the answers, returns the Doc.
Steps = Generator[tuple[Any, list[Any]], list[Any], "Doc"]


def assemble(path: Path, overrides: Mapping[str, Any]) -> Language:
    """Assemble a pipeline from a spacy-llm config. Raises ConfigError or PredictorError, naming the file."""
    import spacy_llm.util
    from confection import ConfigValidationError

    with warnings.catch_warnings(record=True) as warned:
        try:
            nlp: Language = spacy_llm.util.assemble(path, overrides=dict(overrides))
            return nlp
        except TiebreakError as error:
            raise type(error)(f"{path}: {error}") from error
        except ConfigValidationError as error:
            raise ConfigError(f"{path}: {_one_line(error)}") from error
        except (ValueError, KeyError, TypeError) as error:
            reasons = "; ".join(_one_line(each) for each in (error, *(warning.message for warning in warned)))
            raise ConfigError(f"{path}: not a pipeline that spacy-llm can assemble: {reasons}") from error
        except Exception as error:
            reasons = "; ".join(_one_line(each) for each in (error, *(warning.message for warning in warned)))
            raise PredictorError(f"{path}: the pipeline cannot be assembled: {reasons}") from error


@dataclass(eq=False)
class _Work:
    """One text on its way through the pipeline."""

    example_id: int
    steps: Steps
    calls: list[LLMCall] = field(default_factory=list)


@dataclass
class _Trouble:
    """Failures in a row: of any kind until the first success, then of the endpoint alone."""

    limit: int
    count: int = 0
    succeeded: bool = False

    def after(self, ended: list[Prediction], error: BaseException | None) -> PredictorError | None:
        """Take in the predictions that a call ended; an error where going on would be pointless."""
        failures = [prediction for prediction in ended if prediction.error is not None]
        if len(ended) > len(failures):
            self.succeeded = True
            self.count = 0
        elif isinstance(error, EndpointError) or (failures and not self.succeeded):
            self.count += 1
        elif failures:
            self.count = 0
        if self.count < self.limit or not failures:
            return None
        return PredictorError(f"stopped after {self.count} calls in a row that failed; the last: {failures[-1].error}")


class LLMPredictor:
    """Runs a pipeline with LLM components over texts; prompts and parsing here, the calls in threads.

    Each text is its own: what fails for one is that text's failed prediction. Stock REST models of spacy-llm are
    called from threads too; models that run in this process are not.
    """

    kind = "llm"

    def __init__(self, nlp: Language, config: PredictorConfig, task: Task) -> None:
        from spacy_llm.pipeline import LLMWrapper

        self._llms: list[LLMWrapper] = [pipe for _, pipe in nlp.pipeline if isinstance(pipe, LLMWrapper)]
        if not self._llms:
            raise ConfigError(f"{config.pipeline}: the pipeline has no `llm` component")
        check_gives(nlp, config, task)
        self.name = config.name
        self.model = ", ".join(_model_name(llm._model) for llm in self._llms)
        self.fingerprint = self._fingerprint(nlp, config)
        self._nlp = nlp
        self._config = config
        self._task = task
        self.concurrency = self._concurrency()

    def check(self) -> None:
        for llm in self._llms:
            if isinstance(llm._model, OpenAIModel):
                llm._model.check()

    def predict(self, texts: Iterable[tuple[int, str]]) -> Iterator[list[Prediction]]:
        texts = iter(texts)
        waiting: dict[Future[list[LLMCall]], _Work] = {}
        hopeless: PredictorError | None = None
        trouble = _Trouble(limit=max(32, 2 * self.concurrency))
        pool = ThreadPoolExecutor(self.concurrency)
        try:
            while True:
                finished: list[Prediction] = []
                while len(waiting) < 2 * self.concurrency and (text := next(texts, None)) is not None:
                    finished += self._advance(_Work(text[0], self._steps(text[1])), None, pool, waiting)
                done = wait(waiting, return_when=FIRST_COMPLETED).done if waiting else set()
                for future in done:
                    work = waiting.pop(future)
                    try:
                        ended = self._advance(work, future, pool, waiting)
                    except PredictorError as error:
                        hopeless = error
                    else:
                        hopeless = trouble.after(ended, future.exception()) or hopeless
                        finished += ended
                if finished:
                    yield finished
                if hopeless is not None:
                    raise hopeless
                if not waiting and not finished:
                    return
        finally:
            pool.shutdown(wait=False, cancel_futures=True)

    def _advance(
        self,
        work: _Work,
        answered: Future[list[LLMCall]] | None,
        pool: ThreadPoolExecutor,
        waiting: dict[Future[list[LLMCall]], _Work],
    ) -> list[Prediction]:
        """Take `work` to its next call, or to its end: then its prediction is returned."""
        try:
            if answered is None:
                asked = next(work.steps)
            else:
                calls = answered.result()
                work.calls += calls
                asked = work.steps.send([call.response for call in calls])
        except StopIteration as end:
            return [self._prediction(work, end.value)]
        except PredictorError:
            raise
        except Exception as error:
            if isinstance(error, AnswerError) and error.call is not None:
                work.calls.append(error.call)
            reason = str(error) if isinstance(error, TiebreakError) else f"{type(error).__name__}: {_one_line(error)}"
            return [Prediction(work.example_id, error=reason, calls=tuple(work.calls))]
        waiting[pool.submit(_ask, *asked)] = work
        return []

    def _steps(self, text: str) -> Steps:
        doc = self._nlp.make_doc(text)
        for _, pipe in self._nlp.pipeline:
            if pipe in self._llms:
                doc = yield from _ask_for(pipe, doc)
            else:
                doc = pipe(doc)
        return doc

    def _prediction(self, work: _Work, doc: Doc) -> Prediction:
        prediction = doc_prediction(work.example_id, doc, self._config, self._task)
        return prediction._replace(calls=tuple(work.calls))

    def _concurrency(self) -> int:
        from spacy_llm.models.rest.base import REST

        if not all(isinstance(llm._model, OpenAIModel | REST) for llm in self._llms):
            return 1
        own = [llm._model.concurrency for llm in self._llms if isinstance(llm._model, OpenAIModel)]
        return self._config.concurrency or max(own, default=16)

    def _fingerprint(self, nlp: Language, config: PredictorConfig) -> str:
        """Of the components' config and the prompts that a fixed text gets; how fast it is asked does not count."""
        digest = blake2b(digest_size=16)
        components = nlp.config.interpolate()["components"]
        for component in components.values():
            for option in _RUNTIME if isinstance(component.get("model"), dict) else ():
                component["model"].pop(option, None)
            component.pop("cache", None)
        digest.update(repr((nlp.lang, list(nlp.pipe_names), components, config.spans_key)).encode())
        for llm in self._llms:
            doc = nlp.make_doc(_PROBE)
            digest.update(repr([prompts for prompts, _ in _prompts(llm, doc)]).encode())
        return digest.hexdigest()


def _prompts(llm: LLMWrapper, doc: Doc) -> list[tuple[list[Any], Any]]:
    """The prompts of `doc`, and the shards they are for, as spacy-llm's own component would make them."""
    from spacy_llm.ty import supports_sharding

    if supports_sharding(llm.task):
        length = getattr(llm._model, "context_length", None)
        return [(list(prompts), list(shards)) for prompts, shards in llm.task.generate_prompts([doc], length)]
    return [([prompt], doc) for prompt in llm.task.generate_prompts([doc])]


def _ask_for(llm: LLMWrapper, doc: Doc) -> Steps:
    [(prompts, shards)] = _prompts(llm, doc)
    responses = yield llm._model, prompts
    for response in responses:
        if not _readable(response, llm.task):
            what = f"holds nothing that the task can read: {_one_line(response)[:200]}" if response else "is empty"
            raise AnswerError(f"the answer {what}")
    parsed: list[Doc] = list(llm.task.parse_responses([shards], [responses]))
    return parsed[0]


def _ask(model: Any, prompts: list[Any]) -> list[LLMCall]:
    """Ask `model`, in a thread."""
    if isinstance(model, OpenAIModel):
        return [model.complete(prompt) for prompt in prompts]
    started = time.perf_counter()
    [responses] = [list(answers) for answers in model([prompts])]
    if len(responses) != len(prompts) or not all(isinstance(response, str) for response in responses):
        raise AnswerError("the model gave no answer")
    seconds = time.perf_counter() - started
    return [LLMCall(str(prompt), response, seconds) for prompt, response in zip(prompts, responses, strict=True)]


_NOTHING = re.compile(r"\W*(none|no (named )?(entities|spans)|n/?a|nothing|empty|null)\b", re.IGNORECASE)


def _readable(response: Any, task: Any) -> bool:
    """Whether spacy-llm's tasks can read any of `response`, or it says that there is nothing.

    Their parsers pass over what they cannot read, so that nonsense would look like a text without entities (or
    categories).
    """
    from spacy_llm.tasks.span import SpanTask
    from spacy_llm.tasks.span.examples import SpanReason
    from spacy_llm.tasks.textcat import TextCatTask

    def can_read(line: str) -> bool:
        label, colon, _ = line.partition(":")
        if colon and task.normalizer(label) in task.label_dict:
            return True
        try:
            SpanReason.from_str(line)
        except ValueError:
            return False
        return True

    if isinstance(task, TextCatTask) and isinstance(response, str):
        return _readable_categories(response, task)
    if not isinstance(task, SpanTask) or not isinstance(response, str):
        return True
    lines = [line for line in response.splitlines() if line.strip()]
    return any(can_read(line) for line in lines) or bool(lines and _NOTHING.match(lines[0]))


def _readable_categories(response: str, task: TextCatTask) -> bool:
    """Whether spacy-llm's parser makes anything of `response`; where one category is asked, not of several."""
    if task.use_binary:
        return response.strip().upper() in ("POS", "NEG")
    named = response.strip().split(",")
    if task.exclusive_classes and len(named) > 1:
        return False
    return any(task.normalizer(each.strip()) in task.label_dict for each in named) or bool(_NOTHING.match(response))


def _model_name(model: Any) -> str:
    return str(getattr(model, "name", None) or getattr(model, "_name", None) or type(model).__name__)


def _one_line(error: object) -> str:
    return " ".join(str(error).split())[:500] or type(error).__name__
