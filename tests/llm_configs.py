"""LLM predictors for tests: their configs, and a run of them over a store."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, cast

from tiebreak.core.engine.engine import run_predictors
from tiebreak.core.engine.progress import EngineOptions, RunProgress
from tiebreak.core.label_map import KEEP_ALL, LabelMap
from tiebreak.core.project.config import PredictorConfig
from tiebreak.core.records import Record, Spans, Task
from tiebreak.core.store.connection import Store
from tiebreak.core.store.examples import add_examples
from tiebreak.core.store.queue import current_predictions

HEAD = '[nlp]\nlang = "en"\npipeline = ["llm"]\n\n[components]\n\n[components.llm]\nfactory = "llm"\n\n'

ModelAnswer = Callable[[str], str]
Write = Callable[..., PredictorConfig]


def write_llm(
    folder: Path,
    base_url: str,
    /,
    which: str = "tiebreak.NER.v1",
    *,
    task: Mapping[str, object] | None = None,
    sections: str = "",
    label_map: str | None = None,
    name: str = "llm",
    model: str = "test-model",
    components: int = 1,
    **settings: object,
) -> PredictorConfig:
    """Return a predictor that asks `base_url`; `task` and `settings` are of its task and its model.

    `sections` are added to the config. Each of several components has a label of its own: L1, L2 ...
    """
    of_task: dict[str, Any] = {"@llm_tasks": which, "labels": ["ORG", "PERSON"], **(task or {})}
    of_model = {
        "@llm_models": "tiebreak.OpenAI.v1",
        "name": model,
        "base_url": base_url,
        "api_key_env": None,
        "retries": 0,
        "timeout": 10.0,
        "patience": 5.0,
        **settings,
    }
    names = ["llm", *(f"llm{number}" for number in range(1, components))]
    text = f'[nlp]\nlang = "en"\npipeline = {json.dumps(names)}\n\n[components]\n\n'
    for number, each in enumerate(names):
        asked = {**of_task, "labels": [*of_task["labels"], f"L{number}"]} if number else of_task
        text += f'[components.{each}]\nfactory = "llm"\n\n{_section(each, "task", asked)}{sections}'
        text += _section(each, "model", of_model)
    path = folder / f"{name}.cfg"
    path.write_text(text)
    return PredictorConfig(name, str(path), KEEP_ALL if label_map is None else LabelMap.parse(label_map))


def _section(component: str, name: str, settings: Mapping[str, object]) -> str:
    lines = "".join(f"{key} = {json.dumps(value)}\n" for key, value in settings.items())
    return f"[components.{component}.{name}]\n{lines}\n"


def kind_of(which: str) -> Task:
    """Return the task that a task of spacy-llm is for, by its registered name."""
    return Task.TEXTCAT if "TextCat" in which else Task.SPANCAT if "SpanCat" in which else Task.NER


def load(store: Store, *texts: str) -> list[int]:
    return add_examples(store, [Record(text) for text in texts], "test")[0]


def run(store: Store, config: PredictorConfig, **options: Any) -> RunProgress:
    [progress] = run_predictors(store, [config], options=EngineOptions(**options))
    return progress


def said(store: Store, example_id: int, predictor: str = "llm") -> Spans | str:
    """Return the spans of the predictor's current prediction, or the reason why it failed."""
    prediction = current_predictions(store, example_id)[predictor]
    return prediction.error or cast(Spans, prediction.marks)
