"""A pipeline that spaCy assembles from a `.cfg`: rules, and components of trained pipelines."""

from __future__ import annotations

import json
import warnings
from collections.abc import Mapping
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tiebreak.core.errors import ConfigError
from tiebreak.core.predictors.assembling import naming
from tiebreak.core.predictors.config_files import check_files
from tiebreak.core.predictors.config_kind import has_llm, is_config
from tiebreak.core.predictors.spacy_pipeline import SpacyPredictor, installed_name
from tiebreak.core.project.config import config_text

if TYPE_CHECKING:
    from confection import Config
    from spacy.language import Language

    from tiebreak.core.project.config import PredictorConfig
    from tiebreak.core.records import Task

_LAZY_READER = "srsly.read_jsonl.v1"
_READER = "tiebreak.read_jsonl.v1"
_DECIDES = ("nlp", "components", "initialize")  # the sections of a config that decide what a pipeline predicts


def recognises(config: PredictorConfig) -> bool:
    return is_config(config) and not has_llm(config)


def open_predictor(config: PredictorConfig, task: Task) -> SpacyPredictor:
    path = Path(config.pipeline)
    nlp = _assemble(path, config.overrides)
    return SpacyPredictor(nlp, config, task, model=path.name, content=_content(nlp))


def known_fingerprint(config: PredictorConfig) -> None:
    """Return None: the fingerprint covers all that the config brings in, and only assembling shows that."""


def _assemble(path: Path, overrides: Mapping[str, Any]) -> Language:
    """Assemble as `spacy assemble` does. Raises ConfigError or PredictorError, naming the file.

    As in spaCy, paths in the config are relative to the working directory.
    """
    from spacy.util import get_sourced_components, load_config_from_str, load_model_from_config

    text = config_text(path)
    with naming(path, "spaCy"):
        config = load_config_from_str(text, overrides=dict(overrides), interpolate=False)
        sections = config.interpolate()
        check_files(sections)
        sourced = get_sourced_components(sections)
        for name, component in sourced.items():
            config["components"][name]["source"] = installed_name(component["source"])
        _read_whole(config)
        nlp = load_model_from_config(config, auto_fill=True)
        _check_trained(nlp, sourced)
        nlp._link_components()
        _check_listeners(nlp)
        with nlp.select_pipes(disable=[name for name in sourced if name in nlp.pipe_names]):
            nlp.initialize()
        _check_patterns(nlp)
        _warn_of_vectors(nlp)
    return nlp


def _read_whole(config: Config) -> None:
    """Read pattern files as lists: spaCy refuses the generator that its own reader returns."""
    import srsly
    from spacy.util import registry

    def read(path: Path, skip: bool = False) -> list[Any]:
        return list(srsly.read_jsonl(path, skip=skip))

    registry.readers.register(_READER, func=read)
    for settings in config.get("initialize", {}).get("components", {}).values():
        for value in settings.values():
            if isinstance(value, dict) and value.get("@readers") == _LAZY_READER:
                value["@readers"] = _READER


def _check_trained(nlp: Language, sourced: Mapping[str, Any]) -> None:
    """Raise ConfigError if a component would only guess: spaCy gives an untrained component random weights."""
    untrained = [
        name for name, pipe in nlp.pipeline if name not in sourced and getattr(pipe, "is_trainable", False) is True
    ]
    if untrained:
        raise ConfigError(
            f"not trained: {', '.join(untrained)}; train the config with `python -m spacy train` and name the folder "
            "that it writes, or take the component from a trained pipeline with `source`"
        )


def _check_listeners(nlp: Language) -> None:
    """Raise ConfigError if a component lacks the embedding component that it listens to: spaCy gives it zeros."""
    heard = {name for _, pipe in nlp.pipeline for name in getattr(pipe, "listening_components", ())}
    models = {name: getattr(pipe, "model", None) for name, pipe in nlp.pipeline if name not in heard}
    deaf = [
        name for name, model in models.items() if model and any(node.name.endswith("listener") for node in model.walk())
    ]
    if deaf:
        raise ConfigError(
            f"the component that {', '.join(deaf)} listens to (tok2vec or transformer) is missing; source it from the "
            "same pipeline, before it, or write `replace_listeners`"
        )


def _check_patterns(nlp: Language) -> None:
    """Raise ConfigError if a rule component has no patterns: its silence would count as a reading."""
    empty = [name for name, pipe in nlp.pipeline if getattr(pipe, "patterns", None) == []]
    if empty:
        raise ConfigError(
            f"no patterns for {', '.join(empty)}; name them in [initialize.components.{empty[0]}.patterns]"
        )


def _warn_of_vectors(nlp: Language) -> None:
    """Warn as spaCy does if the word vectors differ from those of a sourced component's own pipeline."""
    from spacy.errors import Warnings

    vectors = hash(nlp.vocab.vectors.to_bytes(exclude=["strings"]))
    for name, theirs in nlp.meta.pop("_sourced_vectors_hashes", {}).items():
        if theirs != vectors:
            warnings.warn(Warnings.W113.format(name=name), stacklevel=2)


def _content(nlp: Language) -> str:
    """Hash the config and all that it brought in: patterns, trained weights, word vectors."""
    sections = nlp.config.interpolate()
    decides = json.dumps({name: sections[name] for name in _DECIDES}, sort_keys=True, default=str)
    digest = blake2b(decides.encode(), digest_size=16)
    for part in (nlp.tokenizer, nlp.vocab.vectors, *(pipe for _, pipe in nlp.pipeline)):
        if hasattr(part, "to_bytes"):
            digest.update(part.to_bytes(exclude=["vocab", "strings"]))
    return digest.hexdigest()
