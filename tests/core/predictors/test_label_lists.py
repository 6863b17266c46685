"""Labels as people write them in a config are read as the intended list, or refused, but never as `[ORG`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from llm_configs import HEAD, ModelAnswer, Write, load, run, said
from openai_server import OpenAIServer, ner_v2_answer, ner_v3_answer

from tiebreak.core.doctor.examination import examine
from tiebreak.core.doctor.terminal import Terminal
from tiebreak.core.errors import ConfigError
from tiebreak.core.label_map import split_labels
from tiebreak.core.predictors.llm_pipeline import LLMPredictor
from tiebreak.core.predictors.opening import open_predictor
from tiebreak.core.project.config import PredictorConfig
from tiebreak.core.records import Span, Task
from tiebreak.core.store.connection import Store

NER = ["tiebreak.NER.v1", "spacy.NER.v1", "spacy.NER.v2", "spacy.NER.v3"]


@pytest.fixture
def model_answer() -> ModelAnswer:
    return lambda prompt: json.dumps({"entities": [{"text": "Acme", "label": "ORG"}]})


@pytest.fixture
def write(tmp_path: Path, server: OpenAIServer) -> Write:
    """Writes the labels into a config as they are given; `more` goes to its end."""

    def write(labels: str, task: str = "tiebreak.NER.v1", more: str = "") -> PredictorConfig:
        path = tmp_path / "llm.cfg"
        path.write_text(
            f'{HEAD}[components.llm.task]\n@llm_tasks = "{task}"\nlabels = {labels}\n\n'
            '[components.llm.model]\n@llm_models = "tiebreak.OpenAI.v1"\nname = "m"\n'
            f'base_url = "{server.base_url}"\napi_key_env = null\n{more}'
        )
        return PredictorConfig("llm", str(path))

    return write


def labels_of(config: PredictorConfig, task: Task = Task.NER) -> list[str]:
    predictor = open_predictor(config, task)
    assert isinstance(predictor, LLMPredictor)
    return sorted(predictor._nlp.pipe_labels["llm"])


@pytest.mark.parametrize(
    "text",
    [
        "[ORG, PERSON]",
        '["ORG", PERSON]',
        "['ORG', 'PERSON']",
        '"ORG", "PERSON"',
        "ORG, PERSON",
        '["ORG", "PERSON",]',
        "[“ORG”, ‘PERSON’]",
        "[\n  ORG,\n  PERSON\n  ]",
        "[ 'ORG' , PERSON ]",
    ],
)
@pytest.mark.parametrize("task", NER)
def test_a_list_without_quotes_or_with_other_ones_is_that_list(write: Write, text: str, task: str) -> None:
    assert split_labels("labels", text) == ["ORG", "PERSON"]
    assert labels_of(write(text, task)) == ["ORG", "PERSON"]


@pytest.mark.parametrize(
    "text",
    [
        *(
            "[ORG, PERSON",
            "ORG, PERSON]",
            "[ORG], [PERSON]",
            '["ORG, PERSON]',
            '"ORG, PERSON',
            "ORG', PERSON",
            "“ORG, X",
        ),
        *('("ORG", "PERSON")', "{ORG, PERSON}", "(ORG, PERSON)", '[["ORG", "PERSON"]', "[ORG\nPERSON]"),
    ],
)
def test_a_bracket_or_quote_alone_is_refused_with_the_option(write: Write, text: str) -> None:
    with pytest.raises(ConfigError, match=r"labels: .* is not a list; write it as"):
        split_labels("labels", text)
    for task in NER:
        config = write(text.replace("\n", "\n  "), task)
        with pytest.raises(ConfigError) as raised:
            open_predictor(config, Task.NER)
        assert str(raised.value).startswith(f"{config.pipeline}: [components.llm.task] labels: ")
        assert "\n" not in str(raised.value)


def test_signs_within_a_label_and_in_a_real_list_stay() -> None:
    assert split_labels("labels", "L'Oréal, ORG (company), A-B") == ["L'Oréal", "ORG (company)", "A-B"]
    assert split_labels("labels", '["a, b", c]') == ["a, b", "c"]
    assert split_labels("labels", "a,, b,") == ["a", "", "b", ""]


def test_labels_that_are_a_real_list_are_taken_as_they_are(write: Write) -> None:
    assert labels_of(write('["[ORG", "PERSON]"]')) == ["PERSON]", "[ORG"]
    assert labels_of(write('["a, b", c]')) == ["a, b", "c"]


def test_variables_and_overrides_may_hold_such_a_list(write: Write) -> None:
    named = write("${vars.labels}", "spacy.NER.v3", more="\n[vars]\nlabels = [ORG, PERSON]\n")
    assert labels_of(named) == ["ORG", "PERSON"]
    path = Path(write("ORG", "spacy.NER.v3").pipeline)
    section = '[components.llm.task]\n@llm_tasks = "spacy.NER.v3"\nlabels = ORG\n'
    text = path.read_text().replace(section, "").replace('factory = "llm"', 'factory = "llm"\ntask = ${vars.task}')
    path.write_text(text + '\n[vars]\n\n[vars.task]\n@llm_tasks = "spacy.NER.v3"\nlabels = [ORG, PERSON]\n')
    assert labels_of(PredictorConfig("llm", str(path))) == ["ORG", "PERSON"]
    overrides = {"components.llm.task.labels": "[LOC, ORG]"}
    assert labels_of(PredictorConfig("llm", write("ORG").pipeline, overrides=overrides)) == ["LOC", "ORG"]


@pytest.mark.parametrize(("task", "kind"), [("SpanCat", Task.SPANCAT), ("TextCat", Task.TEXTCAT)])
@pytest.mark.parametrize("whose", ["tiebreak.{}.v1", "spacy.{}.v3"])
def test_all_tasks_read_it(write: Write, task: str, kind: Task, whose: str) -> None:
    assert labels_of(write("[ORG, PERSON]", whose.format(task)), kind) == ["ORG", "PERSON"]


@pytest.mark.parametrize("task", NER)
def test_such_labels_are_asked_for_found_and_listed_by_the_doctor(
    store: Store, server: OpenAIServer, write: Write, task: str
) -> None:
    if task.startswith("spacy"):
        server.answer = ner_v3_answer if task.endswith("v3") else ner_v2_answer
    config = write("[ORG, PERSON]", task)
    [example_id] = load(store, "Acme fell")
    assert run(store, config).ok == 1
    assert said(store, example_id) == (Span(0, 4, "ORG"),)
    assert "[ORG" not in server.requests[-1].prompt
    checks = {check.name: check for check in examine(Terminal(False, 80, 24), config=Path(config.pipeline))}
    assert "predicts ORG, PERSON (llm)" in checks["llm: config"].found


@given(st.text(alphabet="[](){}\"'“”,; aB\n", max_size=12))
def test_no_string_becomes_a_label_with_a_bracket_or_quote_alone(text: str) -> None:
    try:
        labels = split_labels("labels", text)
    except ConfigError:
        return
    for label in labels:
        if not label:
            continue
        assert label == label.strip()
        assert all(label.count(first) == label.count(last) for first, last in ("()", "[]", "{}"))
        assert label[0] not in "\"'“"
        assert label[-1] not in "\"'”"
