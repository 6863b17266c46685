"""Tiebreak's tasks in a plain spacy-llm pipeline: their prompts, their parsing, and the outcome of each item."""

from __future__ import annotations

import json
import pickle
import typing
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import spacy_llm.util
from openai_server import OpenAIServer
from spacy.language import Language
from spacy.tokens import Doc
from spacy_llm.registry import registry

from tiebreak.core.errors import AnswerError, ConfigError, PredictorError
from tiebreak.core.predictors.docs import check_gives, doc_prediction, doc_spans
from tiebreak.core.predictors.tasks.prompt import CONFIG_FOLDER, Prompt
from tiebreak.core.project.config import PredictorConfig
from tiebreak.core.records import Span, Task

CONFIG = PredictorConfig("llm", "llm.cfg")
ORG = {"text": "Acme", "label": "ORG"}
Answer = Callable[[str], str]


class Model:
    """Stands in for any model of spacy-llm; keeps the prompts that it gets."""

    def __init__(self) -> None:
        self.prompts: list[str] = []
        self.answer: Answer = lambda prompt: "{}"

    def __call__(self, prompts: typing.Iterable[typing.Iterable[str]]) -> typing.Iterable[typing.Iterable[str]]:
        for shards in prompts:
            asked = list(shards)
            self.prompts += asked
            yield [self.answer(prompt) for prompt in asked]


MODELS: list[Model] = []


@registry.llm_models("tests.Model.v1")  # type: ignore[untyped-decorator]
def newest_model() -> Model:
    return MODELS[-1]


@pytest.fixture
def model() -> Model:
    MODELS.append(Model())
    return MODELS[-1]


def config(task: str, model: str = '@llm_models = "tests.Model.v1"', name: str = "llm", **options: Any) -> str:
    examples = options.pop("reader", "")
    lines = "".join(f"{key} = {json.dumps(value)}\n" for key, value in options.items())
    return (
        f'[components.{name}]\nfactory = "llm"\n\n[components.{name}.task]\n'
        f'@llm_tasks = "tiebreak.{task}.v1"\n{lines}\n{examples}'
        f"[components.{name}.model]\n{model}\n\n"
    )


def assemble(folder: Path, *components: str) -> Language:
    names = [component.split("]")[0].removeprefix("[components.") for component in components]
    path = folder / "llm.cfg"
    path.write_text(f'[nlp]\nlang = "en"\npipeline = {json.dumps(names)}\n\n[components]\n\n' + "".join(components))
    nlp: Language = spacy_llm.util.assemble(path)
    return nlp


@pytest.fixture
def pipeline(tmp_path: Path, model: Model) -> Callable[..., Language]:
    return lambda task, **options: assemble(tmp_path, config(task, **options))


Pipeline = Callable[..., Language]


def says(model: Model, *items: Any) -> None:
    model.answer = lambda prompt: json.dumps({"entities": items})


def results(doc: Doc) -> dict[str, Any]:
    kept: dict[str, Any] = doc.user_data["tiebreak"]
    return kept


def test_entities_come_as_spacys_own_and_as_exact_spans(pipeline: Pipeline, model: Model) -> None:
    nlp = pipeline("NER", labels="ORG, LOC")
    says(model, {"text": "US", "label": "loc"}, ORG, ORG, {"text": "X", "label": "ORG"}, {"text": "US", "label": "FOO"})
    doc = nlp("Acme told US-based Acmes' Acme")
    assert [(entity.text, entity.label_) for entity in doc.ents] == [("Acme", "ORG"), ("US", "LOC"), ("Acme", "ORG")]
    assert doc_spans(doc, Task.NER, None) == (Span(0, 4, "ORG"), Span(10, 12, "LOC"), Span(26, 30, "ORG"))
    kept = results(doc)
    assert kept["spans"] == doc_spans(doc, Task.NER, None)
    assert kept["mentions"] == {"placed": 2, "repeated": 1, "not in text": 1, "label unknown": 1}
    assert kept["dropped"] == [
        {"text": "US", "label": "FOO", "reason": "label unknown"},
        {"text": "X", "label": "ORG", "reason": "not in text"},
    ]


def test_bounds_within_tokens_are_kept_exactly(pipeline: Pipeline, model: Model) -> None:
    nlp = pipeline("NER", labels=["LOC"])
    says(model, {"text": "大阪", "label": "LOC"}, {"text": "东京", "label": "LOC"})
    doc = nlp("我去东京和大阪")
    assert [entity.text for entity in doc.ents] == ["我去东京和大阪"]
    assert doc_spans(doc, Task.NER, None) == (Span(2, 4, "LOC"), Span(5, 7, "LOC"))
    assert doc_prediction(1, doc, CONFIG, Task.NER).spans == doc_spans(doc, Task.NER, None)


def test_spans_may_be_nested_and_have_their_key(pipeline: Pipeline, model: Model) -> None:
    nlp = pipeline("SpanCat", labels=["ORG", "LOC"], spans_key="mine")
    says(model, {"text": "Rome", "label": "LOC"}, {"text": "Bank of Rome", "label": "ORG"})
    doc = nlp("the Bank of Rome fell")
    assert [(span.text, span.label_) for span in doc.spans["mine"]] == [("Bank of Rome", "ORG"), ("Rome", "LOC")]
    assert doc_spans(doc, Task.SPANCAT, "mine") == (Span(4, 16, "ORG"), Span(12, 16, "LOC"))
    check_gives(nlp, PredictorConfig("llm", "llm.cfg", spans_key="mine"), Task.SPANCAT)
    with pytest.raises(PredictorError, match="no component writes to the spans key 'other', only to mine"):
        check_gives(nlp, PredictorConfig("llm", "llm.cfg", spans_key="other"), Task.SPANCAT)


@pytest.mark.parametrize(
    ("options", "answer", "cats"),
    [
        ({}, '{"label": "sport"}', {"SPORT": 1.0, "ARTS": 0.0}),
        ({}, '{"labels": ["ARTS"]}', {"SPORT": 0.0, "ARTS": 1.0}),
        ({}, '{"labels": "ARTS"}', {"SPORT": 0.0, "ARTS": 1.0}),
        ({}, '{"label": ["ARTS"]}', {"SPORT": 0.0, "ARTS": 1.0}),
        ({}, '"SPORT"', {"SPORT": 1.0, "ARTS": 0.0}),
        ({}, "**Sport.**", {"SPORT": 1.0, "ARTS": 0.0}),
        ({"exclusive_classes": False}, "SPORT", {"SPORT": 1.0, "ARTS": 0.0}),
        ({"allow_none": True}, '{"label": null}', {"SPORT": 0.0, "ARTS": 0.0}),
        ({"allow_none": True}, '{"label": "==NONE=="}', {"SPORT": 0.0, "ARTS": 0.0}),
        ({"exclusive_classes": False}, '["ARTS", "SPORT", "ARTS"]', {"SPORT": 1.0, "ARTS": 1.0}),
        ({"exclusive_classes": False}, '{"labels": []}', {"SPORT": 0.0, "ARTS": 0.0}),
        ({"exclusive_classes": False}, '{"label": "ARTS"}', {"SPORT": 0.0, "ARTS": 1.0}),
    ],
)
def test_categories_are_read(
    pipeline: Pipeline, model: Model, options: dict[str, Any], answer: str, cats: dict[str, float]
) -> None:
    nlp = pipeline("TextCat", labels=["SPORT", "ARTS"], **options)
    model.answer = lambda prompt: answer
    doc = nlp("a text")
    assert (doc.cats, results(doc)["dropped"]) == (cats, [])


def test_an_unknown_category_is_dropped_and_fails_if_it_is_the_only_answer_to_one_question(
    pipeline: Pipeline, model: Model
) -> None:
    model.answer = lambda prompt: '{"labels": ["FOO", "ARTS", 3]}'
    doc = pipeline("TextCat", labels=["SPORT", "ARTS"], exclusive_classes=False)("a text")
    assert results(doc)["mentions"] == {"placed": 1, "label unknown": 1, "unreadable": 1}
    assert results(doc)["dropped"][0] == {"text": "FOO", "label": "FOO", "reason": "label unknown"}
    nlp = pipeline("TextCat", labels=["SPORT", "ARTS"])
    for answer, reason in (
        ('{"label": "FOO"}', "none of the task's categories"),
        ('{"labels": []}', "none of the task's categories"),
        ('{"labels": ["SPORT", "ARTS"]}', "several categories, but one was asked for"),
        ("It is SPORT", "holds no JSON that the task can read: It is SPORT"),
    ):
        model.answer = lambda prompt, answer=answer: answer  # type: ignore[misc]
        with pytest.raises(AnswerError, match=reason):
            nlp("a text")


ITEMS = json.dumps([ORG])
OBJECT = json.dumps({"entities": [ORG]})
FELL = json.dumps({"entities": [{"text": "fell", "label": "ORG"}]})
NOBODY = '{"entities": []}'


@pytest.mark.parametrize(
    "answer",
    [
        ITEMS,
        OBJECT,
        f"```json\n{OBJECT}\n```",
        f"```\n{ITEMS}\n```\nThat is all.",
        f"Here [1] you are {{as asked}}: {OBJECT} I hope that {{helps}}.",
        f"\ufeff{OBJECT}, ]}}",
        f'<think>perhaps {{"entities": []}}?</think>\n{OBJECT}',
        f'<thinking>perhaps {{"entities": []}}?</thinking>\n{OBJECT}',
        f'perhaps {{"entities": []}}?</think>\n{OBJECT}',
        f"- [ ] people\n- [x] firms\n{OBJECT}",
        f"It has arr[] in it. {OBJECT}",
        f'First: {{"entities": []}}. Then: {OBJECT}',
        f"{OBJECT}\nOnce more: {OBJECT}",
        f"{NOBODY}\n{OBJECT}",
        f"I first thought of {FELL}, but no. Final: {OBJECT}",
        f"{FELL}\nThat isn't a firm: {OBJECT}",
        f"Draft: {FELL}\n```json\n{OBJECT}\n```\n",
        f"{FELL} or {NOBODY}. On reflection:\n**{OBJECT}**.",
        f"{FELL} {NOBODY}\nThe answer is {OBJECT}",
        f"{OBJECT} It has arr[] in it.",
        f"{OBJECT} As a list: {ITEMS}",
        f'First {NOBODY}. Final: {{"entities": [{{"text": "Acme", "label": "ORG",}}]}}',
        json.dumps({"entities": [ORG]}, indent=2).replace("\n", "\r\n"),
        '{"entities": [{"text": "Acme", "label": "ORG",},],}',
        f'{{"result": {OBJECT}}}',
        f'{{"answer": {ITEMS}}}',
        '{"entities": {"ORG": ["Acme"], "FOO": []}}',
        '```json\n{"text": "Acme", "label": "ORG"}\n{"text": "Initech", "label": "ORG"}\n```',
        '{"text": "Acme", "label": "ORG"},\n{"text": "Initech", "label": "ORG"}',
    ],
)
def test_json_is_found_wherever_it_stands(pipeline: Pipeline, model: Model, answer: str) -> None:
    model.answer = lambda prompt: answer
    assert [entity.text for entity in pipeline("NER", labels=["ORG"])("Acme fell").ents] == ["Acme"]


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (f'{OBJECT}\n{{"entities": [{{"text": "fell", "label": "ORG"}}]}}', "several results"),
        (f'{{"entities": [{{"text": "...", "label": "..."}}]}}\n{OBJECT}', "several results"),
        (f'{{"entities": {ITEMS}, "entities": []}}', "no JSON that the task can read"),
        (f'{{"examples": {ITEMS}, "entities": [{{"text": "fell"x"}}]}}', "no JSON that the task can read"),
        (f"<think>{OBJECT} or else", "the answer is empty"),
        (f"{OBJECT}\n{NOBODY}", "several results"),
        (f"{OBJECT} or {FELL}", "several results"),
        (f"ORG: {OBJECT}\nPERSON: {FELL}", "several results"),
        (f"1. {OBJECT}\n2. {FELL}", "several results"),
        (f"Sentence 1: {OBJECT}\nSentence 2 does not name any: {NOBODY}", "several results"),
        (f"The firms are {OBJECT}. The other names that the text has are {FELL}", "several results"),
        (f"Result 1: {OBJECT} Result 2: {FELL}", "several results"),
        (f"```json\n{OBJECT}\n```\n```json\n{FELL}\n```", "several results"),
        (f"{OBJECT}\n\nText:\n'''\nBut finally it fell\n'''\n{FELL}", "several results"),
        (f"{OBJECT}, but no. Final: {NOBODY}. I hope that helps", "several results"),
        (f"First {OBJECT}, but no. Final: []", "several results"),
        (f"Final: {OBJECT}. I decided against {FELL}", "several results"),
        (f"Final: {NOBODY}\nWait, I also rejected:\n```json\n{OBJECT}\n```", "several results"),
        (f"The answer is {OBJECT}\n\nActually considered, but ruled out: {NOBODY}", "several results"),
        (f"First {ITEMS}, but no. Final: []", "several results"),
        (f'First {NOBODY}. Final: {{"entities": [{{"text": "Ac"me", "label": "ORG"}}]}}', "several results"),
    ],
    ids=lambda value: value[:40],
)
def test_an_answer_of_which_something_would_be_lost_is_a_failure(
    pipeline: Pipeline, model: Model, answer: str, reason: str
) -> None:
    model.answer = lambda prompt: answer
    with pytest.raises(AnswerError, match=reason):
        pipeline("NER", labels=["ORG"])("Acme fell")


@pytest.mark.parametrize(
    "answer", ['{"entities": []}', '{"entities": null}', "[]", "There are none: []", "```json\n[]\n```"]
)
def test_an_empty_list_is_no_entities(pipeline: Pipeline, model: Model, answer: str) -> None:
    model.answer = lambda prompt: answer
    doc = pipeline("NER", labels=["ORG"])("Acme fell")
    assert (doc.ents, results(doc)["mentions"]) == ((), {})


@pytest.mark.parametrize(
    "answer",
    [
        "1. Acme | True | ORG | a firm",
        "There are no entities.",
        '{"text": "Acme", "label": "ORG"}',
        '{"entities": [{"text": "Acme", "label": "ORG"}, {"te',
        '{"text": "Acme", "label": "ORG"}\n{"text": "Ac',
        '{"text": "Acme", "label": "ORG"}\nand so on\n{"text": "Acme", "label": "ORG"}',
        f'{{"example": {ITEMS}}}',
        '{"entities": [], "note": "cut off',
        "[1, 2]",
        "null",
        "[" * 100_000,
        '{"a":' * 20_000,
    ],
    ids=lambda answer: answer[:30],
)
def test_what_holds_no_such_json_is_a_failure(pipeline: Pipeline, model: Model, answer: str) -> None:
    model.answer = lambda prompt: answer
    with pytest.raises(AnswerError, match="holds no JSON that the task can read"):
        pipeline("NER", labels=["ORG"])("Acme fell")


@pytest.mark.parametrize(
    "answer",
    [
        f"I first thought {OBJECT}, but no. Final: {NOBODY}",
        f"One could take {OBJECT} and reject it.\n\n```json\n{NOBODY}\n```",
        f'{OBJECT}? Wait, that is no firm.\n{{"result": {NOBODY}}}',
        f"First {ITEMS}, but no. Final: {NOBODY}",
        f'{OBJECT} Actually: {{"entities": null}}',
        f"{OBJECT}, but I reject that, so the final answer is {NOBODY}",
    ],
)
def test_a_candidate_that_was_rejected_gives_way_to_the_empty_answer_at_the_end(
    pipeline: Pipeline, model: Model, answer: str
) -> None:
    model.answer = lambda prompt: answer
    assert pipeline("NER", labels=["ORG"])("Acme fell").ents == ()


def test_a_category_that_was_rejected_gives_way_to_the_one_at_the_end(pipeline: Pipeline, model: Model) -> None:
    said = 'I first thought {"label": "SPORT"}, but no. Final: {"label": "ARTS"}'
    model.answer = lambda prompt: said
    assert pipeline("TextCat", labels=["SPORT", "ARTS"])("a text").cats == {"SPORT": 0.0, "ARTS": 1.0}
    model.answer = lambda prompt: said.replace('"ARTS"', "null")
    nlp = pipeline("TextCat", labels=["SPORT", "ARTS"], allow_none=True)
    assert nlp("a text").cats == {"SPORT": 0.0, "ARTS": 0.0}
    model.answer = lambda prompt: '{"labels": ["SPORT"]}, but none holds. Final: {"labels": []}'
    nlp = pipeline("TextCat", labels=["SPORT", "ARTS"], exclusive_classes=False)
    assert nlp("a text").cats == {"SPORT": 0.0, "ARTS": 0.0}


def test_an_empty_answer_is_a_failure(pipeline: Pipeline, model: Model) -> None:
    model.answer = lambda prompt: " \n"
    with pytest.raises(AnswerError, match="the answer is empty"):
        pipeline("NER", labels=["ORG"])("Acme fell")


def test_a_bad_item_does_not_take_the_others_with_it(pipeline: Pipeline, model: Model) -> None:
    bad = [3, "Acme", None, {"text": "Acme"}, {"text": 5, "label": "ORG"}, {"label": "ORG"}]
    says(model, *bad, ORG, {"text": "\ud800", "label": "ORG"}, {"text": " ", "label": "ORG"})
    doc = pipeline("NER", labels=["ORG"])("Acme fell")
    assert results(doc)["mentions"] == {"placed": 1, "unreadable": 7, "not in text": 1}
    assert len(results(doc)["dropped"]) == 8
    json.dumps(results(doc)["dropped"], ensure_ascii=False).encode()


def test_a_label_is_taken_as_it_is_written_first(pipeline: Pipeline, model: Model) -> None:
    says(model, {"text": "a", "label": "ORG"}, {"text": "b", "label": "Org"}, {"text": "c", "label": "org "})
    doc = pipeline("NER", labels=["Org", "ORG"])("a b c")
    assert [entity.label_ for entity in doc.ents] == ["ORG", "Org", "Org"]


def test_results_survive_on_disk(pipeline: Pipeline, model: Model) -> None:
    nlp = pipeline("NER", labels=["LOC"])
    says(model, {"text": "东京", "label": "LOC"}, {"text": "x", "label": "LOC"})
    doc = Doc(nlp.vocab).from_bytes(nlp("我去东京").to_bytes())
    assert doc_spans(doc, Task.NER, None) == (Span(2, 4, "LOC"),)
    assert results(doc)["mentions"] == {"placed": 1, "not in text": 1}


def test_several_components_add_up(tmp_path: Path, model: Model) -> None:
    nlp = assemble(
        tmp_path,
        config("NER", name="one", labels=["ORG"]),
        config("NER", name="two", labels=["LOC"], description="places"),
        config("TextCat", name="three", labels=["A", "B"]),
    )

    def answer(prompt: str) -> str:
        if '"label": "..."}]' not in prompt:
            return '{"label": "B"}'
        place = {"text": "Rome", "label": "LOC"}
        return json.dumps([place, {"text": "Acme Rome", "label": "LOC"}] if "places" in prompt else [ORG])

    model.answer = answer
    doc = nlp("Acme Rome and Rome")
    assert doc_spans(doc, Task.NER, None) == (Span(0, 4, "ORG"), Span(14, 18, "LOC"))
    assert [entity.text for entity in doc.ents] == ["Acme", "Rome"]
    assert results(doc)["dropped"] == [{"text": "Acme Rome", "label": "LOC", "reason": "overlaps"}]
    assert (results(doc)["mentions"], doc.cats["B"]) == ({"placed": 3, "overlaps": 1}, 1.0)


def test_what_another_component_adds_or_takes_away_counts(pipeline: Pipeline, model: Model) -> None:
    nlp = pipeline("NER", labels=["ORG"])
    ruler = nlp.add_pipe("entity_ruler", config={"phrase_matcher_attr": None})
    ruler.add_patterns([{"label": "LOC", "pattern": [{"TEXT": "Rome"}]}])  # type: ignore[attr-defined]
    says(model, ORG, {"text": "Initech", "label": "ORG"})
    doc = nlp("Acme and Initech in Rome")
    assert doc_spans(doc, Task.NER, None) == (Span(0, 4, "ORG"), Span(9, 16, "ORG"), Span(20, 24, "LOC"))
    doc.ents = doc.ents[1:]
    assert doc_spans(doc, Task.NER, None) == (Span(9, 16, "ORG"), Span(20, 24, "LOC"))


@pytest.mark.parametrize(
    ("task", "given", "refused"),
    [
        ("NER", Task.NER, Task.TEXTCAT),
        ("SpanCat", Task.SPANCAT, Task.NER),
        ("TextCat", Task.TEXTCAT, Task.SPANCAT),
    ],
)
def test_what_a_task_gives_is_known_with_its_labels(pipeline: Pipeline, task: str, given: Task, refused: Task) -> None:
    nlp = pipeline(task, labels=["A", "B"])
    assert nlp.pipe_labels["llm"] == ["A", "B"]
    check_gives(nlp, CONFIG, given)
    with pytest.raises(PredictorError):
        check_gives(nlp, CONFIG, refused)


def test_a_prompt_carries_the_form_of_the_answer(pipeline: Pipeline, model: Model) -> None:
    says(model)
    pipeline("NER", labels=["ORG", "LOC"])("{{ labels }} {% raw %} <b>&")
    [prompt] = model.prompts
    assert isinstance(prompt, Prompt)
    assert prompt.endswith("'''\n{{ labels }} {% raw %} <b>&\n'''")
    assert prompt.response_format is not None
    assert prompt.response_format["json_schema"]["strict"]
    item = {
        "type": "object",
        "properties": {"text": {"type": "string"}, "label": {"type": "string", "enum": ["ORG", "LOC"]}},
        "required": ["text", "label"],
        "additionalProperties": False,
    }
    assert prompt.response_format["json_schema"]["schema"] == {
        "type": "object",
        "properties": {"entities": {"type": "array", "items": item}},
        "required": ["entities"],
        "additionalProperties": False,
    }
    assert pickle.loads(pickle.dumps(prompt)).response_format == prompt.response_format


def test_the_form_of_categories(pipeline: Pipeline, model: Model) -> None:
    model.answer = lambda prompt: '{"label": "A"}'
    for options in ({}, {"allow_none": True}, {"exclusive_classes": False}):
        pipeline("TextCat", labels=["A", "B"], **options)("a text")
    forms = [prompt.response_format["json_schema"]["schema"] for prompt in model.prompts]  # type: ignore[attr-defined]
    assert [form["properties"] for form in forms] == [
        {"label": {"type": "string", "enum": ["A", "B"]}},
        {"label": {"type": ["string", "null"], "enum": ["A", "B", None]}},
        {"labels": {"type": "array", "items": {"type": "string", "enum": ["A", "B"]}}},
    ]
    assert ["null}" in prompt for prompt in model.prompts] == [False, True, False]


def test_the_tasks_work_with_our_own_model(tmp_path: Path) -> None:
    with OpenAIServer(lambda prompt: OBJECT) as server:
        model = (
            f'@llm_models = "tiebreak.OpenAI.v1"\nname = "test-model"\nbase_url = "{server.base_url}"\n'
            "api_key_env = null"
        )
        doc = assemble(tmp_path, config("NER", model, labels=["ORG"]))("Acme fell")
    assert [entity.text for entity in doc.ents] == ["Acme"]


EXAMPLES: list[dict[str, Any]] = [
    {"text": "Ada left Acme", "entities": [{"text": "Acme", "label": "ORG"}, {"text": "Ada", "label": "PER"}]},
    {
        "text": "Bob left Bank",
        "spans": [{"start": 9, "end": 13, "label": "ORG"}, {"start": 0, "end": 3, "label": "PER"}],
        "answer": "accept",
    },
    {"text": "Cyd left Cola", "entities": {"ORG": ["Cola"], "PER": ["Cyd"]}},
    {"text": "nothing here", "spans": []},
    {"text": "refused", "spans": [{"start": 0, "end": 7, "label": "ELSE"}], "answer": "reject"},
]
SHOWN = [
    '{"entities": [{"text": "Ada", "label": "PER"}, {"text": "Acme", "label": "ORG"}]}',
    '{"entities": [{"text": "Bob", "label": "PER"}, {"text": "Bank", "label": "ORG"}]}',
    '{"entities": [{"text": "Cyd", "label": "PER"}, {"text": "Cola", "label": "ORG"}]}',
    '{"entities": []}',
]


@pytest.mark.parametrize("source", ["list", "json", "jsonl", "reader"])
def test_examples_of_all_forms_stand_in_the_prompt(
    pipeline: Pipeline, model: Model, tmp_path: Path, source: str
) -> None:
    (tmp_path / "few.json").write_text(json.dumps(EXAMPLES))
    (tmp_path / "few.jsonl").write_text("\n".join(map(json.dumps, EXAMPLES)) + "\n")
    token = CONFIG_FOLDER.set(tmp_path)
    try:
        if source == "reader":
            reader = (
                '[components.llm.task.examples]\n@misc = "spacy.FewShotReader.v1"\n'
                f"path = {json.dumps(str(tmp_path / 'few.jsonl'))}\n\n"
            )
            nlp = pipeline("NER", labels=["ORG", "PER"], reader=reader)
        else:
            nlp = pipeline("NER", labels=["ORG", "PER"], examples=EXAMPLES if source == "list" else f"few.{source}")
    finally:
        CONFIG_FOLDER.reset(token)
    says(model)
    nlp("a text")
    [prompt] = model.prompts
    assert [line for line in prompt.splitlines() if line.startswith('{"entities": [')] == SHOWN
    assert "refused" not in prompt


def test_examples_of_categories_of_all_forms(pipeline: Pipeline, model: Model) -> None:
    forms: list[dict[str, Any]] = [{"label": "A"}, {"labels": ["A"]}, {"accept": ["A"]}, {"cats": {"A": 0.9, "B": 0.1}}]
    forms += [{"answer": "A"}, {"label": "A", "answer": "accept"}]
    given = [{"text": "a text", **form} for form in forms]
    model.answer = lambda prompt: '{"label": "A"}'
    pipeline("TextCat", labels=["A", "B"], examples=given)("another text")
    pipeline("TextCat", labels=["A", "B"], examples=[*given, {"text": "no"}], exclusive_classes=False)("another text")
    assert [prompt.count('{"label": "A"}') for prompt in model.prompts] == [6, 0]
    assert [prompt.count('{"labels": ["A"]}') for prompt in model.prompts] == [0, 6]
    assert model.prompts[1].count('{"labels": []}') == 1


def test_examples_of_one_category_and_of_one_called_as_an_answer(pipeline: Pipeline, model: Model) -> None:
    model.answer = lambda prompt: '{"labels": []}'
    given = [
        {"text": "one", "answer": "POS"},
        {"text": "two", "answer": "NEG"},
        {"text": "three", "answer": "==NONE=="},
    ]
    pipeline("TextCat", labels=["A"], examples=given, exclusive_classes=False)("a text")
    assert (model.prompts[0].count('{"labels": ["A"]}'), model.prompts[0].count('{"labels": []}')) == (1, 2)
    model.answer = lambda prompt: '{"label": "accept"}'
    given = [{"text": "one", "answer": "accept"}, {"text": "two", "answer": "reject"}]
    pipeline("TextCat", labels=["accept", "reject"], examples=given)("a text")
    assert all(model.prompts[1].count(f'{{"label": "{label}"}}') == 1 for label in ("accept", "reject"))


def test_definitions_and_description_are_in_the_prompt(pipeline: Pipeline, model: Model) -> None:
    says(model)
    pipeline("NER", labels=["ORG"], label_definitions={"ORG": "Firms {{ text }}."}, description="In headlines.")(
        "a text"
    )
    assert "- ORG: Firms {{ text }}." in model.prompts[0]
    assert "In headlines." in model.prompts[0]


@pytest.mark.parametrize("place", ["beside the config", "working directory", "inline"])
def test_a_template_of_ones_own(
    pipeline: Pipeline, model: Model, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    text = "Find {{ labels | join('/') }} in <{{ text }}>"
    (tmp_path / "mine.jinja").write_text(text)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    if place == "working directory":
        monkeypatch.chdir(tmp_path)
    token = CONFIG_FOLDER.set(elsewhere if place == "working directory" else tmp_path)
    try:
        nlp = pipeline("NER", labels=["ORG", "PER"], template=text if place == "inline" else "mine.jinja")
    finally:
        CONFIG_FOLDER.reset(token)
    says(model)
    nlp("it's {{ text }}")
    assert model.prompts == ["Find ORG/PER in <it's {{ text }}>"]


@pytest.mark.parametrize(
    ("task", "options", "named"),
    [
        ("NER", {"labels": []}, "labels: the list is empty"),
        ("NER", {"labels": " , "}, "labels: the list is empty"),
        ("NER", {"label_definitions": {"B": "x"}}, "label_definitions: 'B' is not one of the labels"),
        ("NER", {"template": "none.jinja"}, "template: there is no file none.jinja"),
        ("NER", {"template": "{{ text }}\n{% if %}"}, "template: line 2"),
        ("NER", {"template": "{{ text }} {{ lables }}"}, "template: there is no variable 'lables', only"),
        ("NER", {"template": "{{ labels }}"}, "template: {{ text }} is missing"),
        ("NER", {"template": "{{ text }}{{ examples.nope.x }}"}, "template: "),
        ("NER", {"template": "{{ text }}{{ text.__class__.__mro__ }}"}, "template: "),
        ("NER", {"examples": "none.jsonl"}, "examples: there is no file none.jsonl"),
        ("NER", {"examples": [{"spans": []}]}, "examples: number 1: it has no text"),
        (
            "NER",
            {"examples": [{"text": "a", "entities": [{"text": "a", "label": "B"}]}]},
            "'B' is not one of the labels",
        ),
        ("NER", {"examples": [{"text": "a", "entities": [{"text": "b", "label": "A"}]}]}, "'b' cannot be placed"),
        ("NER", {"examples": [{"text": "a", "entities": {"A": "a"}}]}, "entities is not an object of labels and lists"),
        ("NER", {"examples": [{"text": "a", "spans": [{"start": 0, "end": 9, "label": "A"}]}]}, "not within the text"),
        ("NER", {"examples": [{"text": "a", "answer": "reject"}]}, "examples: none is accepted"),
        (
            "NER",
            {"examples": [{"text": "ab", "spans": [{"start": 0, "end": end, "label": "A"} for end in (1, 2)]}]},
            "the spans (0, 1) and (0, 2) overlap",
        ),
        ("TextCat", {"labels": "A,B", "examples": [{"text": "a", "answer": "C"}]}, "'C' is not one of the labels"),
        ("TextCat", {"labels": "A,B", "examples": [{"text": "a", "answer": "ignore"}]}, "examples: none is accepted"),
        ("SpanCat", {"spans_key": ""}, "spans_key is empty"),
        ("TextCat", {}, "exclusive_classes: a single label"),
        ("TextCat", {"labels": "A,B", "examples": [{"text": "a", "label": "C"}]}, "'C' is not one of the labels"),
        ("TextCat", {"labels": "A,B", "examples": [{"text": "a"}]}, "0 categories"),
    ],
)
def test_a_wrong_option_is_named(pipeline: Pipeline, task: str, options: dict[str, Any], named: str) -> None:
    with pytest.raises(ConfigError) as raised:
        pipeline(task, **{"labels": ["A"], **options})
    assert str(raised.value).startswith(f"tiebreak.{task}.v1: ")
    assert named in str(raised.value)


def test_a_bad_line_of_a_file_is_named(pipeline: Pipeline, tmp_path: Path) -> None:
    path = tmp_path / "few.jsonl"
    path.write_text('{"text": "a"}\n\n{"text": ')
    with pytest.raises(ConfigError, match="line 3: not JSON"):
        pipeline("NER", labels=["A"], examples=str(path))


def test_a_batch_goes_through_pipe_in_order(pipeline: Pipeline, model: Model) -> None:
    nlp = pipeline("NER", labels=["ORG"])
    model.answer = lambda prompt: OBJECT if "Acme" in prompt.splitlines()[-2] else "[]"
    docs = list(nlp.pipe(["Acme fell", "nothing", "old Acme"]))
    assert [doc_spans(doc, Task.NER, None) for doc in docs] == [(Span(0, 4, "ORG"),), (), (Span(4, 8, "ORG"),)]


def test_labels_can_be_added_and_forgotten_as_those_of_spacys_components(pipeline: Pipeline, model: Model) -> None:
    nlp = pipeline("NER", labels=["ORG"])
    task = nlp.get_pipe("llm").task  # type: ignore[attr-defined]
    assert (task.add_label("ORG"), task.add_label("PERSON", "people by name")) == (0, 1)
    says(model)
    nlp("Acme fell")
    assert task.labels == ("ORG", "PERSON")
    assert "people by name" in model.prompts[-1]
    task.clear()
    assert (task.labels, task.label_definitions) == ((), {})
