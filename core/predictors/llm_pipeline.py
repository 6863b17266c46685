"""Predictions of an LLM pipeline that spacy-llm assembles from a config: the prompts for a text, and its answers."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tiebreak.core.errors import AnswerError, ConfigError, PredictorError, TiebreakError
from tiebreak.core.predictors.accounting import account, check_readable
from tiebreak.core.predictors.assembling import naming, one_line
from tiebreak.core.predictors.config_files import check_files
from tiebreak.core.predictors.config_kind import has_llm, is_config
from tiebreak.core.predictors.docs import check_gives, doc_prediction, given_labels, labels_by_component
from tiebreak.core.predictors.endings import check_whole
from tiebreak.core.predictors.foreign_model import ForeignModel
from tiebreak.core.predictors.model import Model
from tiebreak.core.predictors.openai_model import OpenAIModel
from tiebreak.core.predictors.prompt_parts import prompt_parts
from tiebreak.core.predictors.prompts import Prompter
from tiebreak.core.predictors.stock import on_our_model
from tiebreak.core.predictors.tasks.label_lists import mend_labels
from tiebreak.core.predictors.tasks.prompt import CONFIG_FOLDER
from tiebreak.core.predictors.thoughts import answer_for
from tiebreak.core.project.config import config_text
from tiebreak.core.records import LLMCall, Prediction, Task

if TYPE_CHECKING:
    from spacy.language import Language
    from spacy_llm.pipeline import LLMWrapper

    from tiebreak.core.project.config import PredictorConfig

_ZONE = 1_000_000  # characters of texts; then spaCy frees the memory that it holds for them
_CONCURRENCY = 16  # calls in flight, unless the config or a model sets a number
_PROBE = "Ada Lovelace met Charles Babbage in London."  # its prompts represent template, labels and examples
# These options change how a model is asked, not what it answers.
_RUNTIME = (
    *("timeout", "retries", "concurrency", "api_key_env", "base_url", "prices", "patience"),
    *("endpoint", "max_tries", "interval", "max_request_time", "strict"),
    *("path", "threads", "parallel"),  # of a model on this machine: only the content of its file counts
)


def recognises(config: PredictorConfig) -> bool:
    return is_config(config) and has_llm(config)


def open_predictor(config: PredictorConfig, task: Task, *, stock_model: bool = False) -> LLMPredictor:
    """Assemble the pipeline of a config. Raises ConfigError or PredictorError if that fails."""
    if not Path(config.pipeline).exists():
        raise ConfigError(f"{config.pipeline}: no such config file")
    return LLMPredictor(assemble(Path(config.pipeline), config.overrides, stock_model=stock_model), config, task)


def assemble(path: Path, overrides: Mapping[str, Any], *, stock_model: bool = False) -> Language:
    """Assemble a pipeline from a spacy-llm config; Tiebreak's model replaces stock models, unless `stock_model`.

    Raises ConfigError or PredictorError, naming the file.
    """
    from spacy.util import load_config_from_str
    from spacy_llm.util import assemble_from_config

    text = config_text(path)
    folder = CONFIG_FOLDER.set(path.resolve().parent)
    try:
        with warnings.catch_warnings(record=True) as warned, naming(path, "spacy-llm", warned):
            config = load_config_from_str(text, overrides=dict(overrides), interpolate=False)
            mend_labels(config)
            check_files(config.interpolate())
            if not stock_model:
                on_our_model(config)
            nlp: Language = assemble_from_config(config)
            return nlp
    finally:
        CONFIG_FOLDER.reset(folder)


@dataclass(frozen=True, slots=True)
class Ask:
    """A prompt for a model. `request` is the digest of all that decides the answer; `task` reads the answer."""

    model: Model
    prompt: str
    request: bytes
    task: Any = field(compare=False)


class LLMPredictor:
    """Makes the prompts for a text, and reads their answers. Use it from one thread at a time.

    A failure concerns one text: that text gets a failed prediction.
    """

    kind = "llm"

    def __init__(self, nlp: Language, config: PredictorConfig, task: Task) -> None:
        from spacy_llm.pipeline import LLMWrapper

        self._llms: list[LLMWrapper] = [pipe for _, pipe in nlp.pipeline if isinstance(pipe, LLMWrapper)]
        check_gives(nlp, config, task)
        self.name = config.name
        self.labels = given_labels(nlp, task)
        self.labels_by_component = labels_by_component(nlp)
        models = {id(llm._model): _adapted(llm._model, _identity(nlp, llm)) for llm in self._llms}
        self._models = {id(llm): models[id(llm._model)] for llm in self._llms}
        self.models = list(dict.fromkeys(self._models.values()))
        self.model = ", ".join(model.name for model in self.models)
        self._nlp = nlp
        self._config = config
        self._task = task
        self._zone: ExitStack | None = None
        self._read = 0  # characters, since spaCy's memory was freed
        self._prompters = {id(llm): Prompter(llm) for llm in self._llms}
        self.prompt = prompt_parts({name: pipe.task for name, pipe in nlp.pipeline if isinstance(pipe, LLMWrapper)})
        probe = nlp.make_doc(_PROBE)
        self.shared_prompt = "\n\n".join(
            str(prompt) for prompter in self._prompters.values() for prompt in prompter.prompts(probe)[0]
        )
        self.probe = frozenset(ask.request for ask in self.asks(_PROBE))  # predictors that share a request ask the same
        self.fingerprint = self._fingerprint()
        self.concurrency = self._concurrency()

    def check(self) -> None:
        """Raise PredictorError if a model is down or refuses the predictor; call it before any text is read."""
        for model in self.models:
            try:
                model.check()
            except ConfigError as error:
                raise ConfigError(f"{self._config.pipeline}: {error}") from error

    def close(self) -> None:
        self._leave_zone()
        for model in self.models:
            model.close()

    @property
    def component_count(self) -> int:
        """The number of LLM components in the pipeline."""
        return len(self._llms)

    @property
    def notice(self) -> str:
        """The requests that an endpoint could not fulfil as asked; "" if there were none."""
        return "; ".join(model.notice for model in self.models if model.notice)

    @property
    def has_prices(self) -> bool:
        return all(model.prices for model in self.models)

    @contextmanager
    def batch(self) -> Iterator[None]:
        """Make Docs inside, and keep none of them: their memory is freed, so that it does not grow with the texts.

        That happens only now and then, because spaCy forgets all words with it. Looking them up again takes longer than
        the rest of making a Doc.
        """
        if self._zone is None:
            self._zone = ExitStack()
            self._zone.enter_context(self._nlp.memory_zone())
        try:
            yield
        finally:
            if self._read > _ZONE:
                self._leave_zone()

    def _leave_zone(self) -> None:
        if self._zone is not None:
            self._zone.close()
        self._zone, self._read = None, 0

    def read(self, example_id: int, text: str, answers: Mapping[bytes, LLMCall]) -> list[Ask] | Prediction:
        """Return the prompts whose answers are missing from `answers` (by request), or else the prediction.

        The text goes through the pipeline again each time, so that nothing is held while it waits for an answer.
        """
        calls: dict[bytes, LLMCall] = {}
        unread: set[bytes] = set()  # requests whose answers may be at fault if reading fails
        self._read += len(text)
        try:
            doc = self._nlp.make_doc(text)
            mentions: dict[str, int] = {}
            dropped: list[dict[str, Any]] = []
            for _, pipe in self._nlp.pipeline:
                if pipe not in self._llms:
                    doc = pipe(doc)
                    continue
                llm: Any = pipe
                prompts, shards = self._prompters[id(llm)].prompts(doc)
                asks = [self._ask(llm, prompt) for prompt in prompts]
                calls |= {ask.request: answers[ask.request] for ask in asks if ask.request in answers}
                if missing := [ask for ask in dict.fromkeys(asks) if ask.request not in answers]:
                    return missing
                responses = [answer_for(llm.task, str(answers[ask.request].response or "")) for ask in asks]
                for ask, response in zip(asks, responses, strict=True):
                    unread = {ask.request}
                    check_whole(llm.task, answers[ask.request])
                    if answers[ask.request].response and not response:  # the model thought, and did not answer
                        raise AnswerError("the answer is empty")
                    check_readable(llm.task, response)
                unread = {ask.request for ask in asks}
                [doc] = llm.task.parse_responses([shards], [responses])
                unread = set()
                accounted = account(llm.task, doc, shards if isinstance(shards, list) else [doc], responses)
                dropped += accounted.dropped
                for outcome, count in accounted.mentions.items():
                    mentions[outcome] = mentions.get(outcome, 0) + count
            prediction = doc_prediction(example_id, doc, self._config, self._task)
        except PredictorError:
            raise
        except Exception as error:
            reason = str(error) if isinstance(error, TiebreakError) else f"{type(error).__name__}: {one_line(error)}"
            judged = [replace(call, is_good=request not in unread) for request, call in calls.items()]
            return Prediction(example_id, error=reason, calls=tuple(judged))
        return prediction._replace(calls=tuple(calls.values()), dropped=dropped or None, mentions=mentions or None)

    @property
    def example_texts(self) -> tuple[str, ...]:
        """The texts that are few-shot examples of some component."""
        return tuple(text for prompter in self._prompters.values() for text in prompter.example_texts)

    def asks(self, text: str, *, with_own: bool = False) -> list[Ask]:
        """Return what each LLM component would ask of the text if no answer is known yet.

        `with_own` keeps the answer of a text that is a few-shot example in its own prompt, as earlier versions did.
        """
        self._read += len(text)
        found: list[Ask] = []
        try:
            doc = self._nlp.make_doc(text)
            for _, pipe in self._nlp.pipeline:
                if pipe not in self._llms:
                    doc = pipe(doc)
                    continue
                llm: Any = pipe
                prompts, _ = self._prompters[id(llm)].prompts(doc, with_own=with_own)
                found += [self._ask(llm, prompt) for prompt in prompts]
        except Exception:  # the run will report what is wrong with this text
            return []
        return list(dict.fromkeys(found))

    def _ask(self, llm: Any, prompt: str) -> Ask:
        model = self._models[id(llm)]
        return Ask(model, prompt, model.request_of(prompt), llm.task)

    def _concurrency(self) -> int:
        if not all(model.is_parallel for model in self.models):
            return 1
        named = [model.concurrency for model in self.models if model.concurrency is not None]
        return self._config.concurrency or max(named, default=_CONCURRENCY)

    def _fingerprint(self) -> str:
        """Hash the components' config and the prompts of a fixed text, without options that only change the pace."""
        components = self._nlp.config.interpolate()["components"]
        for component in components.values():
            for option in _RUNTIME if isinstance(component.get("model"), dict) else ():
                component["model"].pop(option, None)
            component.pop("cache", None)
            if isinstance(task := component.get("task"), dict) and task.get("max_examples", 0) is None:
                del task["max_examples"]  # the default; earlier versions did not have this option
        requests = [model.request_of(_PROBE).hex() for model in self.models]
        pipeline = [self._nlp.lang, list(self._nlp.pipe_names), components, self._config.spans_key]
        hashed = [*pipeline, self.shared_prompt, requests]
        return blake2b(repr(hashed).encode("utf-8", "replace"), digest_size=16).hexdigest()


def _adapted(model: Any, identity: str) -> Model:
    """Return the model in the form that runs ask: Tiebreak's own as it is, any other wrapped."""
    return model if isinstance(model, OpenAIModel) else ForeignModel(model, identity)


def _identity(nlp: Language, llm: LLMWrapper) -> str:
    """Return the settings of a component's model; they decide the answers of a model that is not Tiebreak's."""
    component: dict[str, Any] = next(
        nlp.config.interpolate()["components"][name] for name, pipe in nlp.pipeline if pipe is llm
    )
    return repr(sorted((component.get("model") or {}).items(), key=str))


def reused(call: LLMCall, prompt: str) -> LLMCall:
    """Return the record of a call that was not made, since its answer was there already."""
    return replace(call, prompt=str(prompt), cost=None, tries=0, reused=True)
