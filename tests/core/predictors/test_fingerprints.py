"""Fingerprints and requests of configs stay the same: otherwise an upgrade would ask, and pay, for all texts again."""

from __future__ import annotations

import json
from importlib.resources import as_file, files
from pathlib import Path

import pytest

from tiebreak.core.predictors.llm_pipeline import LLMPredictor
from tiebreak.core.predictors.opening import open_predictor
from tiebreak.core.project.config import PredictorConfig
from tiebreak.core.records import Task

CONFIG = """
[nlp]
lang = "en"
pipeline = ["llm"]

[components]

[components.llm]
factory = "llm"

[components.llm.task]
@llm_tasks = "{task}"
labels = {labels}
{examples}
[components.llm.model]
@llm_models = "tiebreak.OpenAI.v1"
name = "test-model"
base_url = "http://127.0.0.1:9/v1"
api_key_env = null
"""
ADA = {"text": "Ada", "label": "PERSON"}
ACME = {"text": "Acme", "label": "ORG"}
FEW = {
    "few": [
        {"text": "Ada left Acme", "entities": [ADA, ACME]},
        {"text": "Bob met Cyd", "entities": [{"text": "Bob", "label": "PERSON"}]},
        {"text": "nothing here", "entities": []},
    ],
    "cot": [
        {
            "text": "Ada left Acme",
            "spans": [
                {**ADA, "is_entity": True, "reason": "a name"},
                {**ACME, "is_entity": True, "reason": "a firm"},
            ],
        }
    ],
    "v2": [{"text": "Ada left Acme", "entities": {"PERSON": ["Ada"], "ORG": ["Acme"]}}],
    "cats": [{"text": "Ada left Acme", "answer": "ORG"}, {"text": "Bob", "answer": "PERSON"}],
}
# The fingerprint, and the requests of two texts, as version 0.1.0 made them at its first 220 commits.
SHIPPED = {
    "anthropic": (
        "816011beca82c56fad2aa4732c7a4d83",
        "2a886b440ecc22648529d2edc30c166d",
        "b5697dd5c41d70486a27be94b17ee3ed",
    ),
    "compatible": (
        "500b100693ed40027da400047c4bafcd",
        "d25cbb24c51c24f5cdf9fd08a3dd3258",
        "a5342640dbc24317759db8c987ac1645",
    ),
    "llm": (
        "2f83e8596678b226ad01550e9572ddb5",
        "0fca115c1592636f14389096b79bab90",
        "116705d9e1a60ec1c2b2ffc59eec3dd2",
    ),
    "openai": (
        "bfc38981b0144e03556a4750f4542fb0",
        "6ce081cff0297153f30879c6ccdcb85f",
        "da3f93c856ef6e98ef8706a80d7d61f4",
    ),
}
OTHERS = {
    ("tiebreak.NER.v1", '["ORG", "PERSON"]', ""): (
        "98f461eaa7c3aa17f533285ab6b5f37f",
        "dab778d432589c71f466f78e99b03038",
        "34c648126f26168abc2d658ac6264540",
    ),
    ("tiebreak.NER.v1", "ORG, PERSON", ""): (
        "1c09c94aa86af4db0bdce4a56958b8fb",
        "dab778d432589c71f466f78e99b03038",
        "34c648126f26168abc2d658ac6264540",
    ),
    ("tiebreak.NER.v1", '["ORG", "PERSON"]', "few"): (
        "20f10033ad7a923a25c10f93f20226b7",
        "35671e9995df0b3bbfc31a15c7bbb02a",
        "7b85ca6b95a75b12bd993b652e081b07",
    ),
    ("tiebreak.SpanCat.v1", '["ORG", "PERSON"]', "few"): (
        "0ae9499698706942989d788b0f3755bf",
        "20d091c2ebdf42b244ff876416ebdcf4",
        "6bbc070123621060322e2da39d23278c",
    ),
    ("tiebreak.TextCat.v1", '["ORG", "PERSON"]', ""): (
        "84fb58527055a739c5d168e415c6dc48",
        "c324de6018145f1b9f8f96f9c6afd370",
        "94ccb260555354431e05f59eaf6cd755",
    ),
    ("tiebreak.TextCat.v1", '["ORG", "PERSON"]', "cats"): (
        "abb98d28fd25f3d7afd00639ca584379",
        "d33986a69e03c562455b5a9032da8f44",
        "79f43b07b5f3205e008a90ca162793b3",
    ),
    ("spacy.NER.v3", '["ORG", "PERSON"]', ""): (
        "494e14c649d1d628beb70d8e64c27cc7",
        "b37d9df331d57b4b92150138f85cc3a3",
        "1dd92c1ee3cc54bdddf0db40b85f8a19",
    ),
    ("spacy.NER.v3", "ORG, PERSON", ""): (
        "b8f06301c10ac46a76041b0c0cc29f5b",
        "b37d9df331d57b4b92150138f85cc3a3",
        "1dd92c1ee3cc54bdddf0db40b85f8a19",
    ),
    ("spacy.NER.v3", '["ORG", "PERSON"]', "cot"): (
        "bdeb73ad86a5ddc023dc6e99c23534ed",
        "2620c508c9f4812b43f94bbd3681f2e8",
        "bf15c42b9bf346c87d1c92889536887e",
    ),
    ("spacy.NER.v2", '["ORG", "PERSON"]', "v2"): (
        "8cd3ac3b7b21fc0df93dd019cd48e676",
        "a9d8848cad28ef103143de7a52ac3df0",
        "4b7fecc92087210bc8947be83d59a7c9",
    ),
    ("spacy.TextCat.v3", '["ORG", "PERSON"]', "cats"): (
        "17b96a12c96953aae59b6fac620a9f80",
        "6b5b7b09514426f1a32c7b80c5a19833",
        "8b57d2bad0ba6063c9a79e7439b76b0e",
    ),
}
TASKS = {"SpanCat": Task.SPANCAT, "TextCat": Task.TEXTCAT, "NER": Task.NER}


def identity(pipeline: Path | str, task: Task) -> tuple[str, ...]:
    predictor = open_predictor(PredictorConfig("llm", str(pipeline)), task)
    assert isinstance(predictor, LLMPredictor)
    asks = [ask for text in ("Acme fell", "Ada  left Acme today") for ask in predictor.asks(text)]
    return (predictor.fingerprint, *(ask.request.hex() for ask in asks))


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_config_is_the_run_that_it_was(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("OPENAI_API_KEY", "ANTHROPIC_API_KEY"):
        monkeypatch.setenv(variable, "sk-tiebreak-0123456789abcdef")
    with as_file(files("tiebreak.configs")) as folder:
        assert identity(folder / f"{name}.cfg", Task.NER) == SHIPPED[name]


@pytest.mark.parametrize(("task", "labels", "examples"), OTHERS, ids=lambda value: value or "none")
def test_a_config_is_the_run_that_it_was_with_and_without_examples(
    task: str, labels: str, examples: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = ""
    if examples:
        (tmp_path / f"{examples}.json").write_text(json.dumps(FEW[examples]))
        reader = f'\n[components.llm.task.examples]\n@misc = "spacy.FewShotReader.v1"\npath = "{examples}.json"\n'
        lines = f'examples = "{examples}.json"\n' if task.startswith("tiebreak") else reader
    monkeypatch.chdir(tmp_path)  # the path of the reader is a part of the fingerprint
    (tmp_path / "llm.cfg").write_text(CONFIG.format(task=task, labels=labels, examples=lines))
    kind = next(kind for name, kind in TASKS.items() if name in task)
    assert identity("llm.cfg", kind) == OTHERS[task, labels, examples]
