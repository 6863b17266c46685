"""A store of schema 4 with an LLM's run: pending texts, texts asked again, and the new judgement of old answers."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from openai_server import OpenAIServer

from tiebreak.core.engine.engine import run_predictors
from tiebreak.core.engine.estimate import estimate_all
from tiebreak.core.engine.progress import EngineOptions
from tiebreak.core.label_map import LabelMap
from tiebreak.core.project.config import PredictorConfig
from tiebreak.core.store.connection import Store
from tiebreak.core.store.opening import open_store
from tiebreak.core.store.status import full_status, run_statuses

# The config that made the store: its first text is an example.
CONFIG = """
[nlp]
lang = "en"
pipeline = ["llm"]

[components]

[components.llm]
factory = "llm"

[components.llm.task]
@llm_tasks = "tiebreak.NER.v1"
labels = ["ORG", "PERSON"]
examples = "few.jsonl"

[components.llm.model]
@llm_models = "tiebreak.OpenAI.v1"
name = "test-model"
base_url = "BASE_URL"
api_key_env = null
retries = 0
"""


@pytest.fixture
def store(tmp_path: Path, data: Path) -> Store:
    shutil.copy(data / "store_v4.db", tmp_path / "old.db")
    return open_store(tmp_path / "old.db")


@pytest.fixture
def llm(tmp_path: Path, store: Store) -> PredictorConfig:
    (text,) = store.execute("SELECT text FROM examples WHERE id = 1").fetchone()
    examples = [
        {"text": text, "entities": [{"text": text.split()[0], "label": "ORG"}]},
        {"text": "Ada met Bob in Rome.", "entities": [{"text": "Ada", "label": "PERSON"}]},
    ]
    (tmp_path / "few.jsonl").write_text("".join(json.dumps(each) + "\n" for each in examples))
    return PredictorConfig("llm", str(tmp_path / "llm.cfg"), LabelMap.parse("ORG,PERSON"))


def ask(llm: PredictorConfig, base_url: str) -> None:
    Path(llm.pipeline).write_text(CONFIG.replace("BASE_URL", base_url))


def test_only_the_text_that_saw_itself_is_asked_again(store: Store, llm: PredictorConfig) -> None:
    with store, OpenAIServer(lambda prompt: '{"entities": []}') as server:
        ask(llm, server.base_url)
        [estimated] = estimate_all(store, [llm], EngineOptions())
        assert (estimated.pending, estimated.calls) == (1, 1)
        [progress] = run_predictors(store, [llm])
        assert (progress.pending, progress.ok, progress.failed, progress.calls, progress.reused) == (1, 1, 0, 1, 0)
        [request] = [request for request in server.requests if request.body]
        assert "Ada met Bob" in request.prompt
        assert '"text": "Uber' not in request.prompt
        [again] = run_predictors(store, [llm])
        assert (again.pending, again.calls) == (0, 0)
        assert len([run for run in run_statuses(store) if run.predictor == "llm"]) == 1


def test_reading_answers_again_judges_how_they_ended(store: Store, llm: PredictorConfig) -> None:
    with store, OpenAIServer(lambda prompt: '{"entities": []}') as server:
        ask(llm, server.base_url)
        assert [run.unknown_endings for run in full_status(store).runs] == [{}, {"eos_token": 1}]
        [progress] = run_predictors(store, [llm], options=EngineOptions(reparse=True))
        assert (progress.failed, progress.last_error) == (1, "the endpoint broke off the answer (finish_reason error)")
        assert store.execute("SELECT example_id FROM predictions WHERE status = 'failed'").fetchall() == [(2,)]
        [progress] = run_predictors(store, [llm])
        assert (progress.pending, progress.calls) == (2, 2)
