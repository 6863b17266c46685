"""The demo on shipped headlines: with spaCy and an LLM (recorded or live), or without any model."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from importlib.resources import as_file, files
from importlib.resources.abc import Traversable
from pathlib import Path

from tiebreak.core.errors import ConfigError
from tiebreak.core.label_map import LabelMap
from tiebreak.core.loading.sources import LoadOptions, load_sources
from tiebreak.core.project.config import PredictorConfig
from tiebreak.core.project.guidelines import remember_config
from tiebreak.core.records import Task
from tiebreak.core.store.connection import Store
from tiebreak.core.store.examples import add_labels_in_order
from tiebreak.core.store.opening import create_store, open_store
from tiebreak.core.store.status import run_statuses
from tiebreak.core.ways_out import Way, WayOut

SPACY_LABELS = "ORG,PERSON,GPE:LOCATION,LOC:LOCATION,FAC:LOCATION,PRODUCT,WORK_OF_ART:PRODUCT"
LABELS = ("PERSON", "ORG", "LOCATION", "PRODUCT")  # of the map above, in the order of their digits
_WITH_MODELS, _FROM_SCRATCH = "demo", "demo-scratch"  # the values of a store's setting `made_by`
_DEMOS = {_WITH_MODELS: "with two models", _FROM_SCRATCH: "from scratch"}


def open_demo_store(path: Path, *, from_scratch: bool = False) -> Store:
    """Open the demo's store at `path`, made if it is missing; `from_scratch` is the demo without a model.

    Raises ConfigError if the store is not a demo's, or that of the other demo.
    """
    made_by = _FROM_SCRATCH if from_scratch else _WITH_MODELS
    if not path.exists():
        return create_store(path, Task.NER, made_by=made_by)
    store = open_store(path)
    if (maker := store.setting("made_by")) != made_by:
        store.close()
        found = f"that of the demo {_DEMOS[maker]}, not {_DEMOS[made_by]}" if maker in _DEMOS else "not the demo's"
        raise ConfigError(f"{path}: this store is {found}; it was not changed", WayOut(Way.NAME_STORE))
    return store


def prepare_from_scratch(store: Store) -> None:
    """Load the headlines without predictions, and name the labels to mark them with."""
    _load_headlines(store)
    add_labels_in_order(store, LABELS)


def prepare(
    store: Store, live: tuple[str, str] | None, run: Callable[[Store, Sequence[PredictorConfig]], object]
) -> bool:
    """Load the headlines and predict what is pending with `run`; `live` is (base URL, model) of an LLM to ask.

    Returns whether the LLM's predictions are recorded.
    """
    _load_headlines(store)
    predictors = [PredictorConfig("spacy", "en_core_web_sm", LabelMap.parse(SPACY_LABELS))]
    if live is not None:
        with as_file(files("tiebreak.configs") / "llm.cfg") as config:
            run(store, [*predictors, _live_llm(config, *live)])
        return False
    run(store, predictors)
    kinds = {run.kind for run in run_statuses(store) if run.predictor == "llm" and run.current and run.ok}
    if "llm" in kinds:  # keep the predictions of a live LLM
        return False
    with as_file(_demo_data() / "news_headlines.llm.jsonl") as recorded:
        load_sources(store, [str(recorded)], LoadOptions(predictor="llm"))
    return True


def _demo_data() -> Traversable:
    return files("tiebreak.configs") / "demo"


def _load_headlines(store: Store) -> None:
    with as_file(files("tiebreak.configs") / "news.cfg") as project:
        remember_config(store, project)  # for its guidelines
    with as_file(_demo_data() / "news_headlines.jsonl") as headlines:
        load_sources(store, [str(headlines)])


def _live_llm(config: Path, base_url: str, model: str) -> PredictorConfig:
    key = "OPENAI_API_KEY" if os.environ.get("OPENAI_API_KEY") else None
    settings = {"base_url": base_url, "name": model, "api_key_env": key}
    overrides = {f"components.llm.model.{name}": value for name, value in settings.items()}
    return PredictorConfig("llm", str(config), overrides=overrides)
