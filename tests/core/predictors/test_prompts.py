"""Prompts made for one Doc after the other equal those that spacy-llm's task makes for each alone."""

from __future__ import annotations

import typing
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from spacy.tokens import Doc
from spacy_llm.util import assemble

from tiebreak.core.predictors.prompts import Prompter

CONFIG = """
[nlp]
lang = "en"
pipeline = ["llm"]
[components]
[components.llm]
factory = "llm"
[components.llm.task]
@llm_tasks = "spacy.NER.v3"
labels = ["ORG"]
[components.llm.task.template]
@misc = "spacy.FileReader.v1"
path = "{template}"
[components.llm.model]
@llm_models = "spacy.NoOp.v1"
"""


@pytest.fixture
def pipeline(tmp_path: Path) -> Any:
    """A spacy.NER.v3 whose template fails for a text of four characters."""
    template, config = tmp_path / "ner.jinja", tmp_path / "ner.cfg"
    template.write_text("{{ 1 / (text | length - 4) }} {{ labels }}: {{ text }}")
    config.write_text(CONFIG.format(template=template))
    return assemble(config)


def test_each_text_gets_its_own_prompt_also_after_one_that_failed(pipeline: Any) -> None:
    llm = pipeline.get_pipe("llm")
    prompter = Prompter(llm)
    for text in ("Acme fell", "Acme fell again", "", "Initech"):
        doc = pipeline.make_doc(text)
        [alone] = [list(prompts) for prompts, _ in llm.task.generate_prompts([doc])]
        prompts, shards = prompter.prompts(doc)
        assert prompts == alone
        assert [shard.text for shard in shards] == [text]
        with pytest.raises(ZeroDivisionError):
            prompter.prompts(pipeline.make_doc("Acme"))


def test_a_long_text_is_asked_in_parts_that_fit_the_context(pipeline: Any) -> None:
    llm = pipeline.get_pipe("llm")
    llm._model = SimpleNamespace(context_length=8)
    prompter = Prompter(llm)
    assert len(prompter.prompts(pipeline.make_doc("Acme fell"))[0]) == 1
    prompts, shards = prompter.prompts(pipeline.make_doc("Acme fell and Initech rose and Globex stood and so on"))
    assert len(prompts) == len(shards) > 1


def test_a_task_that_looks_at_all_texts_first_gets_one_at_a_time(pipeline: Any) -> None:
    llm = pipeline.get_pipe("llm")

    class Listing(type(llm.task)):  # type: ignore[misc]
        def _preprocess_docs_for_prompt(self, docs: typing.Iterable[Doc]) -> typing.Iterable[Doc]:
            return list(docs)

    llm.task.__class__ = Listing
    prompter = Prompter(llm)
    asked = [prompter.prompts(pipeline.make_doc(text))[0][0] for text in ("Acme fell", "Initech")]
    assert [prompt.rpartition(": ")[2] for prompt in asked] == ["Acme fell", "Initech"]
