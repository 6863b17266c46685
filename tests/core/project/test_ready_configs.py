"""The ready configs: each works as it is, and a copy overwrites no file."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.resources import as_file, files
from pathlib import Path

import pytest
from tiny_gguf import write_tiny_gguf

from tiebreak.core.errors import ConfigError
from tiebreak.core.predictors.opening import open_predictor
from tiebreak.core.project.config import PredictorConfig, read_project
from tiebreak.core.project.ready_configs import copy_config, ready_configs
from tiebreak.core.records import Task

PIPELINES = ["anthropic", "compatible", "llm", "openai"]
PROJECTS = ["news", "two_llms", "two_prompts"]


@pytest.fixture(autouse=True)
def keys(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OPENAI_API_KEY", "ANTHROPIC_API_KEY"):
        monkeypatch.setenv(name, "sk-tiebreak-0123456789abcdef")


@pytest.fixture
def shipped() -> Iterator[Path]:
    with as_file(files("tiebreak.configs")) as folder:
        yield folder


def test_all_ready_configs_are_listed_with_what_to_change() -> None:
    listed = ready_configs()
    assert [config.name for config in listed] == PROJECTS + sorted([*PIPELINES, "local"])
    assert {config.name for config in listed if config.kind == "project"} == set(PROJECTS)
    assert all(": change " in config.about for config in listed)


@pytest.mark.parametrize("name", PIPELINES)
def test_each_pipeline_assembles_and_predicts_the_same_labels(shipped: Path, name: str) -> None:
    import spacy_llm.util

    nlp = spacy_llm.util.assemble(shipped / f"{name}.cfg")
    assert sorted(nlp.pipe_labels["llm"]) == ["LOCATION", "ORG", "PERSON", "PRODUCT"]


def test_the_config_of_a_local_model_assembles_once_there_is_a_file(tmp_path: Path) -> None:
    copy_config("local", tmp_path)
    with pytest.raises(ConfigError, match=r"local.cfg: .*model.gguf: no such file"):
        open_predictor(PredictorConfig("local", str(tmp_path / "local.cfg")), Task.NER)
    write_tiny_gguf(tmp_path / "model.gguf")
    predictor = open_predictor(PredictorConfig("local", str(tmp_path / "local.cfg")), Task.NER)
    assert predictor.model == "model.gguf"


@pytest.mark.parametrize("name", PROJECTS)
def test_each_project_opens_with_predictors_that_differ(shipped: Path, name: str) -> None:
    project = read_project(shipped / f"{name}.cfg")
    opened = [open_predictor(predictor, project.task) for predictor in project.predictors]
    assert project.task is Task.NER
    assert len({predictor.fingerprint for predictor in opened}) == len(opened) == 2


@pytest.mark.parametrize("name", PROJECTS)
def test_each_project_is_valid_and_names_files_that_are_there(shipped: Path, name: str) -> None:
    project = read_project(shipped / f"{name}.cfg")
    for predictor in project.predictors:
        assert predictor.pipeline == "en_core_web_sm" or Path(predictor.pipeline).is_file()
    assert project.guidelines is None or project.guidelines.is_file()


@pytest.mark.parametrize("name", PROJECTS + PIPELINES)
def test_a_copy_works_where_it_is(shipped: Path, tmp_path: Path, name: str) -> None:
    copied = copy_config(f"{name}.cfg", tmp_path)
    assert copied.written[0] == tmp_path / f"{name}.cfg"
    assert not copied.kept
    assert sorted(copied.written) == sorted(tmp_path.iterdir())
    for path in copied.written:
        assert path.read_bytes() == (shipped / path.name).read_bytes()
    if name in PROJECTS:
        project = read_project(copied.written[0])
        assert {Path(each.pipeline).parent for each in project.predictors if each.pipeline.endswith(".cfg")} == {
            tmp_path
        }
        assert project.guidelines is None or project.guidelines.is_file()


def test_what_is_there_is_never_overwritten(tmp_path: Path) -> None:
    mine = tmp_path / "openai.cfg"
    mine.write_text("mine")
    with pytest.raises(ConfigError, match=r"openai\.cfg: exists already"):
        copy_config("openai", tmp_path)
    copied = copy_config("two_llms", tmp_path)
    assert copied.kept == (mine,)
    assert tmp_path / "compatible.cfg" in copied.written
    assert mine.read_text() == "mine"
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    with pytest.raises(ConfigError, match="exists already"):
        copy_config("two_llms", tmp_path)
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before


@pytest.mark.parametrize("name", ["nothing", "", "../configs/openai", "demo", "news_guidelines.md"])
def test_only_ready_configs_are_copied(tmp_path: Path, name: str) -> None:
    with pytest.raises(ConfigError, match="no ready config has this name"):
        copy_config(name, tmp_path)
    assert not list(tmp_path.iterdir())


def test_a_folder_that_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="nowhere: no such folder"):
        copy_config("openai", tmp_path / "nowhere")
