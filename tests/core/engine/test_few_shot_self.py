"""Few-shot examples: a text never sees its own answer; texts that once did, and only these, are asked again."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from llm_configs import ModelAnswer, Write, kind_of, load, run, said, write_llm
from openai_server import OpenAIServer, task_text
from stores import create_store

from tiebreak.core.engine.estimate import estimate_all
from tiebreak.core.engine.own_examples import REASON
from tiebreak.core.engine.progress import EngineOptions
from tiebreak.core.errors import ConfigError
from tiebreak.core.label_map import LabelMap
from tiebreak.core.predictors.llm_pipeline import LLMPredictor
from tiebreak.core.predictors.opening import open_predictor
from tiebreak.core.predictors.prompts import Prompter
from tiebreak.core.project.config import PredictorConfig
from tiebreak.core.records import Span, Task
from tiebreak.core.store.connection import Store
from tiebreak.core.store.predictions import find_run, pending_count
from tiebreak.core.store.status import full_status, run_statuses

ADA, BOB, CYD = "Ada left Acme", "Bob left Bemco", "Cyd stayed"
TEXTS = (ADA, BOB, CYD)
ENTITIES: list[dict[str, Any]] = [
    {"text": ADA, "entities": [{"text": "Ada", "label": "PERSON"}, {"text": "Acme", "label": "ORG"}]},
    {"text": BOB, "entities": [{"text": "Bob", "label": "PERSON"}]},
    {"text": CYD, "entities": []},
]
REASONS = [
    {"text": text, "spans": [{"text": text[:3], "is_entity": True, "label": "PERSON", "reason": "a name"}]}
    for text in TEXTS
]
LISTS = [{"text": text, "entities": {"PERSON": [text[:3]]}} for text in TEXTS]
CATEGORIES = [{"text": ADA, "answer": "ORG"}, {"text": BOB, "answer": "PERSON"}, {"text": CYD, "answer": "ORG"}]
EXAMPLES: dict[str, list[dict[str, Any]]] = {
    "tiebreak.NER.v1": ENTITIES,
    "tiebreak.SpanCat.v1": ENTITIES,
    "tiebreak.TextCat.v1": CATEGORIES,
    "spacy.NER.v2": LISTS,
    "spacy.NER.v3": REASONS,
    "spacy.SpanCat.v3": REASONS,
    "spacy.TextCat.v3": CATEGORIES,
}
OURS = [which for which in EXAMPLES if which.startswith("tiebreak")]


@pytest.fixture
def model_answer() -> ModelAnswer:
    """Says that the first word is a PERSON."""

    def answer(prompt: str) -> str:
        return json.dumps({"entities": [{"text": task_text(prompt).split()[0], "label": "PERSON"}]})

    return answer


@pytest.fixture
def write(tmp_path: Path, server: OpenAIServer) -> Write:
    """Writes a config with few-shot examples in the form that the task wants."""

    def write(
        which: str = "tiebreak.NER.v1", examples: list[dict[str, Any]] | None = None, **settings: Any
    ) -> PredictorConfig:
        path = tmp_path / "few.json"
        path.write_text(json.dumps(EXAMPLES[which] if examples is None else examples))
        if which in OURS:
            settings["task"] = {"examples": "few.json", **settings.get("task", {})}
        else:
            reader = f'@misc = "spacy.FewShotReader.v1"\npath = {json.dumps(str(path))}\n\n'
            settings["sections"] = f"[components.llm.task.examples]\n{reader}"
        return write_llm(tmp_path, server.base_url, which, **settings)

    return write


def opened(config: PredictorConfig, task: Task = Task.NER) -> LLMPredictor:
    predictor = open_predictor(config, task)
    assert isinstance(predictor, LLMPredictor)
    return predictor


def prompt_of(predictor: LLMPredictor, text: str) -> str:
    [ask] = predictor.asks(text)
    return str(ask.prompt)


def shown(prompt: str) -> list[str]:
    """Return the texts in the prompt in order, the text in question included."""
    return [text for _, text in sorted((at, text) for text in TEXTS for at in places(prompt, text))]


def places(prompt: str, text: str) -> list[int]:
    return [at for at in range(len(prompt)) if prompt.startswith(text, at)]


@pytest.mark.parametrize("which", EXAMPLES)
def test_a_text_that_is_an_example_has_the_others_alone_in_its_prompt(write: Write, which: str) -> None:
    predictor = opened(write(which), kind_of(which))
    every = prompt_of(predictor, "Dee left Delco")
    assert shown(every) == [ADA, BOB, CYD]
    assert shown(prompt_of(predictor, BOB)) == [ADA, CYD, BOB]  # the last text is the text in question
    assert shown(prompt_of(predictor, ADA)) == [BOB, CYD, ADA]
    assert prompt_of(predictor, "Dee left Delco") == every  # the examples are all there again
    spaced = prompt_of(predictor, "Bob  left\n Bemco ")
    assert shown(spaced) == [ADA, CYD]


@pytest.mark.parametrize("which", EXAMPLES)
def test_an_example_that_stands_twice_is_left_out_twice_and_one_alone_leaves_none(write: Write, which: str) -> None:
    first = EXAMPLES[which][0]
    predictor = opened(write(which, [first, {**first, "text": "Ada  left  Acme"}]), kind_of(which))
    prompt = prompt_of(predictor, ADA)
    assert shown(prompt) == [ADA]
    assert "Ada  left" not in prompt


@pytest.mark.parametrize("which", OURS)
@pytest.mark.parametrize("reads", ["nlp", "pipe"])
def test_it_is_the_same_in_a_plain_pipeline_of_spacy_llm(
    write: Write, server: OpenAIServer, which: str, reads: str
) -> None:
    import spacy_llm.util

    server.answer = lambda prompt: '{"label": "ORG", "entities": []}'
    config = write(which, task={"examples": EXAMPLES[which]})
    nlp = spacy_llm.util.assemble(Path(config.pipeline))
    if reads == "nlp":
        nlp(BOB)
    else:
        list(nlp.pipe([BOB]))
    assert shown(server.requests[-1].prompt) == [ADA, CYD, BOB]


@pytest.mark.parametrize("which", OURS)
def test_at_most_so_many_examples_are_shown_and_the_next_one_instead_of_the_text_itself(
    write: Write, which: str
) -> None:
    predictor = opened(write(which, task={"max_examples": 2}), kind_of(which))
    assert shown(prompt_of(predictor, "Dee left Delco")) == [ADA, BOB]
    assert shown(prompt_of(predictor, ADA)) == [BOB, CYD, ADA]
    assert shown(prompt_of(predictor, BOB)) == [ADA, CYD, BOB]
    assert shown(prompt_of(predictor, CYD)) == [ADA, BOB, CYD]
    for most, texts in ((0, []), (1, [ADA]), (9, [ADA, BOB, CYD])):
        predictor = opened(write(which, task={"max_examples": most}), kind_of(which))
        assert shown(prompt_of(predictor, "Dee left Delco")) == texts


def test_another_number_of_examples_is_another_run_and_none_given_is_the_one_that_it_was(write: Write) -> None:
    plain = opened(write()).fingerprint
    assert opened(write(task={"max_examples": None})).fingerprint == plain
    assert len({plain, *(opened(write(task={"max_examples": most})).fingerprint for most in (0, 1, 2))}) == 4


@pytest.mark.parametrize("which", OURS)
@pytest.mark.parametrize(("value", "named"), [(-1, "max_examples is -1"), ("many", "max_examples")])
def test_a_wrong_number_of_examples_is_named(write: Write, which: str, value: object, named: str) -> None:
    with pytest.raises(ConfigError, match=named):
        opened(write(which, task={"max_examples": value}), kind_of(which))


@pytest.fixture
def as_earlier_versions(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """Until undone, the prompt of a text that is an example has its own answer in it."""
    prompts = Prompter.prompts
    with monkeypatch.context() as patch:
        patch.setattr(Prompter, "prompts", lambda self, doc, with_own=False: prompts(self, doc, with_own=True))
        yield patch


def pending(store: Store, config: PredictorConfig) -> int:
    fingerprint = f"{opened(config, store.task).fingerprint}, label map {config.label_map}"
    return pending_count(store, find_run(store, "llm", fingerprint))


@pytest.mark.full
@pytest.mark.parametrize("which", ["tiebreak.NER.v1", "spacy.NER.v3"])
def test_texts_that_saw_themselves_are_asked_again_and_they_alone(
    store: Store, server: OpenAIServer, write: Write, as_earlier_versions: pytest.MonkeyPatch, which: str
) -> None:
    if which.startswith("spacy"):
        server.answer = lambda prompt: f"1. {task_text(prompt).split()[0]} | True | PERSON | a name"
    config = write(which)
    ids = load(store, "Dee left Delco", ADA, "Eve sang", f"{BOB}\n")
    assert run(store, config).ok == 4
    as_earlier_versions.undo()
    assert pending(store, config) == 0  # opening the store changes nothing
    [estimate] = estimate_all(store, [config], EngineOptions())
    assert (estimate.pending, estimate.known, estimate.calls) == (2, 0, 2)
    assert pending(store, config) == 0  # nor does counting
    before = server.calls
    progress = run(store, config)
    assert (progress.pending, progress.ok, progress.calls, progress.reused) == (2, 2, 2, 0)
    assert server.calls == before + 2
    prompts = sorted(request.prompt for request in server.requests if request.body)
    assert sorted(map(task_text, prompts)) == sorted(["Dee left Delco", "Eve sang", ADA, ADA, BOB, BOB])
    assert sorted(len(shown(prompt)) for prompt in prompts if task_text(prompt) in TEXTS) == [3, 3, 4, 4]
    assert said(store, ids[1]) == (Span(0, 3, "PERSON"),)
    again = run(store, config)
    assert (again.pending, server.calls) == (0, before + 2)
    [estimate] = estimate_all(store, [config], EngineOptions())
    assert estimate.pending == 0
    assert len(run_statuses(store)) == 1


@pytest.mark.full
def test_until_it_is_answered_such_a_text_has_failed_and_says_why(
    store: Store, server: OpenAIServer, write: Write, as_earlier_versions: pytest.MonkeyPatch
) -> None:
    config = write()
    load(store, ADA, BOB)
    run(store, config)
    as_earlier_versions.undo()
    progress = run(store, config, limit=1)
    assert (progress.pending, progress.ok) == (1, 1)
    [failure] = full_status(store).failures
    assert (failure.reason, failure.count, failure.text) == (REASON, 1, BOB)
    assert pending(store, config) == 1
    assert run(store, config).ok == 1
    assert full_status(store).failures == ()


@pytest.mark.full
def test_other_texts_and_predictors_without_examples_have_nothing_to_ask(
    store: Store, server: OpenAIServer, write: Write, as_earlier_versions: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    load(store, "Dee left Delco", "Eve sang")
    run(store, write())
    load(store, ADA)
    as_earlier_versions.undo()
    run(store, write())  # for the first time, and now correctly
    plain = write_llm(tmp_path, server.base_url, name="plain")
    run(store, plain)
    calls = server.calls
    for config in (write(), plain):
        assert run(store, config).pending == 0
    assert server.calls == calls
    server.stop()  # the engine asks nothing, so it needs no endpoint
    for config in (write(), plain):
        assert run(store, config).pending == 0


def test_reading_again_asks_nothing_and_leaves_such_a_text_as_it_is(
    store: Store, server: OpenAIServer, write: Write, as_earlier_versions: pytest.MonkeyPatch
) -> None:
    config = write()
    [example_id, _] = load(store, ADA, "Dee left Delco")
    run(store, config)
    as_earlier_versions.undo()
    progress = run(store, config, reparse=True)
    assert (progress.ok, progress.failed, progress.message, server.calls) == (1, 0, "1 without an answer", 2)
    assert said(store, example_id) == (Span(0, 3, "PERSON"),)


@pytest.mark.full
def test_another_run_of_the_same_requests_is_asked_about_such_a_text_too_and_pays_once(
    store: Store, server: OpenAIServer, write: Write, as_earlier_versions: pytest.MonkeyPatch
) -> None:
    config = write()
    mapped = PredictorConfig("llm", config.pipeline, LabelMap.parse("PERSON:HUMAN"))
    load(store, ADA, "Dee left Delco")
    run(store, config)
    assert run(store, mapped).reused == 2
    as_earlier_versions.undo()
    assert run(store, config).calls == 1
    progress = run(store, mapped)
    assert (progress.pending, progress.ok, progress.calls, progress.reused) == (1, 1, 0, 1)


@pytest.mark.full
@pytest.mark.parametrize("which", ["tiebreak.SpanCat.v1", "tiebreak.TextCat.v1", "spacy.TextCat.v3"])
def test_it_is_so_for_the_other_tasks(
    tmp_path: Path, server: OpenAIServer, write: Write, as_earlier_versions: pytest.MonkeyPatch, which: str
) -> None:
    server.answer = lambda prompt: "ORG" if which.startswith("spacy") else '{"label": "ORG", "entities": []}'
    config = write(which)
    with create_store(tmp_path / "other.db", kind_of(which)) as store:
        load(store, "Dee left Delco", ADA)
        assert run(store, config).ok == 2
        as_earlier_versions.undo()
        progress = run(store, config)
        assert (progress.pending, progress.ok, progress.calls) == (1, 1, 1)
        assert run(store, config).pending == 0
