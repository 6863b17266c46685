"""Checking that the predictors of a config can be used: pipelines, LLM configs, their keys and their endpoints."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator, Mapping
from contextlib import suppress
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tiebreak.core.doctor.checks import SECONDS, Check, CheckState, bounded, fail, note, ok, one_line
from tiebreak.core.doctor.endpoint import check_endpoint, endpoint_of
from tiebreak.core.doctor.labels import check_label_map
from tiebreak.core.errors import ConfigError, PredictorError
from tiebreak.core.files.ordinary import read_ordinary
from tiebreak.core.predictors import llm_pipeline
from tiebreak.core.predictors.endpoint import plain_url
from tiebreak.core.predictors.stock import CHAT_MODELS, DEFAULT_MODEL
from tiebreak.core.records import Task

if TYPE_CHECKING:
    from tiebreak.core.predictors.protocol import Predictor
    from tiebreak.core.project.config import PredictorConfig

OUR_MODEL = "tiebreak.OpenAI.v1"
_MOST_LABELS = 12


def read_predictors(config: Path) -> tuple[Task | None, tuple[PredictorConfig, ...]]:
    """Return the task and the predictors of a project; the task is None if the config names none.

    The config of a pipeline counts as a project with this one predictor. Raises ConfigError.
    """
    from confection import Config

    from tiebreak.core.project.config import PredictorConfig, config_text, read_project

    try:
        project = read_project(config)
        return project.task if project.predictors else None, project.predictors
    except ConfigError:
        try:
            sections = Config().from_str(config_text(config), interpolate=False)
        except (ConfigError, ValueError):
            sections = Config()
        if "predictors" in sections or "nlp" not in sections:
            raise
    return None, (PredictorConfig(config.stem, str(config)),)


def check_predictor(config: PredictorConfig, task: Task | None, given: dict[str, list[str]]) -> Iterator[Check]:
    """Check one predictor; if `task` is None, do not check that it fits the task.

    Adds to `labels_by_component` the labels that it can give, after its label map.
    """
    if not llm_pipeline.recognises(config):
        name = f"{config.name}: pipeline"
        todo = "a large pipeline needs longer; `predict` waits for it"
        late = note(name, f"{config.pipeline}: not loaded after {SECONDS:g} seconds", todo)
        yield from bounded(name, partial(_check_batches, name, config, task, given), late=late)
        return
    keys = bounded(f"{config.name}: key", partial(_check_keys, config))
    yield from keys
    if any(check.state is CheckState.FAIL for check in keys):
        return
    models: list[tuple[Any, bool]] = []
    name = f"{config.name}: config"
    todo = "a stock model of spacy-llm calls its provider while it is assembled: check the network"
    late = fail(name, f"{config.pipeline}: not assembled after {SECONDS:g} seconds", todo)
    yield from bounded(name, partial(_check_llm, config, task, models, given), late=late)
    for model, has_schema in models:
        check = partial(check_model, config.name, model, has_schema=has_schema)
        yield from bounded(f"{config.name}: endpoint", check)


def key_variables(config: PredictorConfig) -> list[str]:
    """Return the environment variables with the keys of an LLM config. Raises ConfigError if it cannot be read."""
    from confection import Config, ConfigValidationError

    from tiebreak.core.project.config import config_text

    if not llm_pipeline.recognises(config):
        return []
    path = Path(config.pipeline)
    try:
        sections = Config().from_str(config_text(path), interpolate=False, overrides=dict(config.overrides))
    except (ConfigValidationError, ValueError) as error:
        raise ConfigError(f"{path}: not a config: {one_line(error)}") from error
    with suppress(ConfigValidationError, ValueError):  # assembling the pipeline reports what is wrong
        sections = sections.interpolate()
    names = [_key_variable(each) for each in sections.get("components", {}).values() if isinstance(each, dict)]
    return [name for name in dict.fromkeys(names) if isinstance(name, str)]


def _key_variable(component: Mapping[str, Any]) -> object:
    """Return the variable that holds the key of a component's model; None if it is not known to need a key."""
    model = component.get("model", {"@llm_models": DEFAULT_MODEL} if component.get("factory") == "llm" else None)
    kind = model.get("@llm_models") if isinstance(model, dict) else None
    if kind == OUR_MODEL:
        return model.get("api_key_env", "OPENAI_API_KEY")
    return "OPENAI_API_KEY" if isinstance(kind, str) and kind.startswith(CHAT_MODELS) else None


def _check_keys(config: PredictorConfig) -> list[Check]:
    name = f"{config.name}: key"
    checks = []
    for variable in key_variables(config):
        value = os.environ.get(variable, "")
        if not value:
            todo = f"`export {variable}=...`, or a line {variable}=... in a file .env beside the config"
            todo += "; for an endpoint without keys write `api_key_env = null`"
            checks.append(fail(name, f"{variable} is not set", todo))
        elif not value.isascii() or not value.isprintable() or " " in value:
            found = f"{variable} holds white space or other characters that no key has"
            checks.append(fail(name, found, "set it again, without quotes, spaces or line breaks"))
        else:
            checks.append(ok(name, f"{variable} is set"))
    return checks


def _check_llm(
    config: PredictorConfig, task: Task | None, models: list[tuple[Any, bool]], given: dict[str, list[str]]
) -> list[Check]:
    """Assemble an LLM's config; add its models to `models`, each with whether its task has a JSON schema."""
    from tiebreak.core.predictors.docs import check_gives, given_labels, labels_by_component

    nlp = llm_pipeline.assemble(Path(config.pipeline), config.overrides)
    pipes = [pipe for _, pipe in nlp.pipeline if hasattr(pipe, "_model")]
    models += [(pipe._model, hasattr(getattr(pipe, "_task", None), "response_format")) for pipe in pipes]
    if task is not None:
        check_gives(nlp, config, task)
    predicts = _labels(labels_by_component(nlp), config)
    found = ok(f"{config.name}: config", f"{config.pipeline} assembles, predicts {predicts}")
    return [found, *_check_map(() if task is None else given_labels(nlp, task), config, given)]


def _check_batches(name: str, config: PredictorConfig, task: Task | None, given: dict[str, list[str]]) -> list[Check]:
    """Open a predictor that is not an LLM."""
    with warnings.catch_warnings(record=True) as warned:
        predictor = _opened(config, task)
    found = f"{predictor.model}, predicts {_labels(predictor.labels_by_component, config)}"
    warnings_of_spacy = [one_line(warning.message) for warning in warned if str(warning.message).startswith("[W")]
    check = note(name, found, f"spaCy says: {warnings_of_spacy[0]}") if warnings_of_spacy else ok(name, found)
    return [check, *_check_map(predictor.labels, config, given)]


def _opened(config: PredictorConfig, task: Task | None) -> Predictor:
    """Open the predictor for the task or, if the task is None, for a task that it can predict for."""
    from tiebreak.core.predictors.opening import open_predictor

    if task is not None:
        return open_predictor(config, task)
    try:
        return open_predictor(config, Task.SPANCAT)
    except PredictorError as error:
        with suppress(PredictorError):
            return open_predictor(config, Task.TEXTCAT)
        raise error


def _check_map(labels: tuple[str, ...], config: PredictorConfig, given: dict[str, list[str]]) -> list[Check]:
    names = (config.label_map.name_of(label) for label in labels)
    given[config.name] = list(dict.fromkeys(name for name in names if name is not None))
    return list(check_label_map(config, labels))


def _labels(given: Mapping[str, tuple[str, ...]], config: PredictorConfig) -> str:
    """List the labels of the components that predict, after the label map, at most 12 for each component."""
    names = config.label_map.names
    listed = []
    for component, every in given.items():
        labels = every if names is None else tuple(dict.fromkeys(names[label] for label in every if label in names))
        if labels:
            more = f" and {len(labels) - _MOST_LABELS} more" if len(labels) > _MOST_LABELS else ""
            listed.append(f"{', '.join(labels[:_MOST_LABELS])}{more} ({component})")
    return "; ".join(listed) or "labels that it does not list"


def check_model(predictor: str, model: Any, *, has_schema: bool = True) -> list[Check]:
    """Check an assembled model; call it only if it is Tiebreak's own, the way its task would."""
    name = f"{predictor}: endpoint"
    if path := getattr(model, "path", None):
        return _check_file(f"{predictor}: model", Path(path))
    if endpoint := endpoint_of(model, has_schema=has_schema):
        return check_endpoint(predictor, endpoint)
    kind, shown = type(model).__name__, getattr(model, "name", None) or getattr(model, "_name", "")
    if url := getattr(model, "_endpoint", None):
        return [note(name, f"spacy-llm's own model {shown} at {plain_url(str(url))}: not called here")]
    return [note(name, f"{kind} {shown} runs in this process: not called here".replace("  ", " "))]


def _check_file(name: str, path: Path) -> list[Check]:
    """Check that a model's file exists and that llama.cpp can read it."""
    try:
        magic = read_ordinary(path, 3)
    except OSError as error:
        return [
            fail(name, f"{path}: cannot be read: {error.strerror or error}", "correct `path` in the model's section")
        ]
    if magic != b"GGUF":
        return [fail(name, f"{path}: not a GGUF file", "name a model in the format of llama.cpp")]
    if find_spec("xllamacpp") is None:
        return [fail(name, f"{path}: xllamacpp is not installed, but runs the model", "`pip install xllamacpp`")]
    return [ok(name, f"{path}, {path.stat().st_size / 1e9:.1f} GB; its server starts with the run")]
