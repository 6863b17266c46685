"""The kind of pipeline that a `.cfg` assembles: it asks an LLM, or it needs spaCy alone."""

from __future__ import annotations

from collections.abc import Mapping
from configparser import Error as ConfigParserError
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tiebreak.core.errors import ConfigError
from tiebreak.core.project.config import config_text

if TYPE_CHECKING:
    from tiebreak.core.project.config import PredictorConfig


def is_config(config: PredictorConfig) -> bool:
    """Return whether the predictor is assembled from a config, and not loaded from a package or a directory."""
    return config.pipeline.endswith(".cfg")


def has_llm(config: PredictorConfig) -> bool:
    """Return whether the pipeline has an active `llm` component, its own or sourced.

    True if the file cannot be read: most configs have such a component, and opening the file reports the fault.
    """
    try:
        sections = _sections(Path(config.pipeline), config.overrides)
    except (ConfigError, ValueError):
        return True
    components, nlp = sections.get("components", {}), sections.get("nlp", {})
    at_work = set(_names(nlp.get("pipeline"))) - set(_names(nlp.get("disabled")))
    return any(_factory(name, components.get(name)) == "llm" for name in at_work)


def _names(value: object) -> list[str]:
    """Return the names in a list; none if `value` is not a list, which spaCy reports later."""
    return [each for each in value if isinstance(each, str)] if isinstance(value, list) else []


def _sections(path: Path, overrides: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the sections of a config. Raises ConfigError, or confection's ValueError, if it is not a config."""
    from confection import Config

    sections = Config().from_str(config_text(path), interpolate=False, overrides=dict(overrides))
    with suppress(ValueError, ConfigParserError):  # a missing variable: assembling the pipeline reports which
        sections = sections.interpolate()
    return sections


def _factory(name: str, component: object) -> object:
    """Return the factory of a component; a sourced component has the factory of its own pipeline."""
    if not isinstance(component, Mapping):
        return None
    if "factory" in component or not isinstance(source := component.get("source"), str):
        return component.get("factory")
    with suppress(ConfigError, ValueError):  # no such pipeline: assembling the config reports that
        components = _sections(_config_of(source), {}).get("components", {})
        return components.get(component.get("component", name), {}).get("factory")
    return None


def _config_of(source: str) -> Path:
    """Return the config of the pipeline that `source` names; like spaCy, prefer a package to a directory."""
    spec = find_spec(source) if source.isidentifier() else None
    folders = map(Path, spec.submodule_search_locations or ()) if spec is not None else ()
    in_package = [path for folder in folders for path in folder.glob("*/config.cfg")]
    return in_package[0] if in_package else Path(source) / "config.cfg"
