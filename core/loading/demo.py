"""The demo: shipped headlines, spaCy live, and an LLM's recorded predictions or a live LLM."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from importlib.resources import as_file, files
from pathlib import Path

from tiebreak.core.errors import ConfigError
from tiebreak.core.label_map import LabelMap
from tiebreak.core.loading.sources import LoadOptions, load_sources
from tiebreak.core.project.config import PredictorConfig
from tiebreak.core.project.guidelines import remember_config
from tiebreak.core.records import Task
from tiebreak.core.store.connection import Store
from tiebreak.core.store.opening import create_store, open_store
from tiebreak.core.store.status import run_statuses
from tiebreak.core.ways_out import Way, WayOut

SPACY_LABELS = "ORG,PERSON,GPE:LOCATION,LOC:LOCATION,FAC:LOCATION,PRODUCT,WORK_OF_ART:PRODUCT"


def open_demo_store(path: Path) -> Store:
    """The demo's store at `path`, made where there is none. Raises ConfigError where another's store is there."""
    if not path.exists():
        return create_store(path, Task.NER, made_by="demo")
    store = open_store(path)
    if store.setting("made_by") != "demo":
        store.close()
        raise ConfigError(f"{path}: this store is not the demo's, which leaves it alone", WayOut(Way.NAME_STORE))
    return store


def prepare(
    store: Store, live: tuple[str, str] | None, run: Callable[[Store, Sequence[PredictorConfig]], object]
) -> bool:
    """Load the headlines and run what is pending with `run`; `live` is (base URL, model) of an LLM to ask.

    Returns whether the LLM's predictions are the recorded ones.
    """
    data = files("tiebreak.configs") / "demo"
    with as_file(files("tiebreak.configs") / "news.cfg") as project:
        remember_config(store, project)  # for its guidelines
    with as_file(data / "news_headlines.jsonl") as headlines:
        load_sources(store, [str(headlines)])
    predictors = [PredictorConfig("spacy", "en_core_web_sm", LabelMap.parse(SPACY_LABELS))]
    if live is not None:
        with as_file(files("tiebreak.configs") / "llm.cfg") as config:
            run(store, [*predictors, _live_llm(config, *live)])
        return False
    run(store, predictors)
    kinds = {run.kind for run in run_statuses(store) if run.predictor == "llm" and run.current and run.ok}
    if "llm" in kinds:  # asked live before: that is worth more
        return False
    with as_file(data / "news_headlines.llm.jsonl") as recorded:
        load_sources(store, [str(recorded)], LoadOptions(predictor="llm"))
    return True


def _live_llm(config: Path, base_url: str, model: str) -> PredictorConfig:
    key = "OPENAI_API_KEY" if os.environ.get("OPENAI_API_KEY") else None
    settings = {"base_url": base_url, "name": model, "api_key_env": key}
    overrides = {f"components.llm.model.{name}": value for name, value in settings.items()}
    return PredictorConfig("llm", str(config), overrides=overrides)
