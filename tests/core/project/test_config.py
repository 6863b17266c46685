"""Project configs: the shipped one is valid, and what is wrong is named by file, section and key."""

from __future__ import annotations

from collections.abc import Callable
from importlib.resources import as_file, files
from pathlib import Path

import pytest

from tiebreak.core.errors import ConfigError
from tiebreak.core.label_map import LabelMap
from tiebreak.core.predictors.opening import open_predictor
from tiebreak.core.project.config import PredictorConfig, read_project
from tiebreak.core.records import Span, Task
from tiebreak.core.ways_out import Way, WayOut

Write = Callable[[str], Path]
SPACY = '[predictors.spacy]\npipeline = "en_core_web_sm"\n'


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes a project config below `[predictors]` and returns its path."""

    def write(content: str) -> Path:
        path = tmp_path / "project.cfg"
        path.write_text(f"[predictors]\n\n{content}", "utf-8")
        return path

    return write


def test_the_shipped_project_is_valid() -> None:
    with as_file(files("tiebreak.configs") / "news.cfg") as path:
        project = read_project(path)
        assert project.task is Task.NER
        assert [each.name for each in project.predictors] == ["spacy", "llm"]
        spacy, llm = project.predictors
        assert spacy.pipeline == "en_core_web_sm"
        assert spacy.label_map.apply([Span(0, 1, "GPE"), Span(2, 3, "DATE")]) == (Span(0, 1, "LOCATION"),)
        assert Path(llm.pipeline).is_file()


def test_all_keys_of_a_predictor_are_read(write: Write, tmp_path: Path) -> None:
    (tmp_path / "llm.cfg").touch()
    path = write(
        SPACY
        + 'label_map = "ORG:ORGANISATION,PERSON"\nspans_key = "sc"\nn_process = 2\nbatch_size = 8\n'
        + '[predictors.llm]\npipeline = "llm.cfg"\nconcurrency = 4\noverrides = {"components.llm.model.name": "x"}\n'
        + '[predictors.llm.label_map]\nORG = "ORGANISATION"\n[project]\ntask = "spancat"\n'
    )
    project = read_project(path)
    assert project.task is Task.SPANCAT
    assert project.predictors == (
        PredictorConfig("spacy", "en_core_web_sm", LabelMap.parse("ORG:ORGANISATION,PERSON"), "sc", 2, 8),
        PredictorConfig(
            "llm",
            str(tmp_path / "llm.cfg"),
            LabelMap({"ORG": "ORGANISATION"}),
            concurrency=4,
            overrides={"components.llm.model.name": "x"},
        ),
    )


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (SPACY + "n_proces = 2\n", "[predictors.spacy] n_proces: no such key; the keys are pipeline, label_map,"),
        (SPACY + '[review]\nlane = "all"\n', "[review] lane: no such key; the keys are theme, go_on, lanes"),
        (SPACY + '[review]\nlanes = "none"\n', "[review] lanes: Input should be 'all' or 'focus'"),
        (SPACY + '[project]\ntasks = "ner"\n', "[project] tasks: no such key; the keys are task"),
        (SPACY + '[projekt]\ntask = "ner"\n', "[projekt]: no such section"),
        (SPACY + 'n_process = "two"\n', "[predictors.spacy] n_process: "),
        (SPACY + "n_process = 0\n", "[predictors.spacy] n_process: "),
        (SPACY + "batch_size = 1.5\n", "[predictors.spacy] batch_size: "),
        (SPACY + "concurrency = 0\n", "[predictors.spacy] concurrency: "),
        (SPACY + "spans_key = 3\n", "[predictors.spacy] spans_key: "),
        (SPACY + "label_map = 3\n", "[predictors.spacy] label_map: "),
        (SPACY + '[predictors.spacy.label_map]\nORG = ["a"]\n', "[predictors.spacy.label_map] ORG: "),
        (SPACY + 'label_map = "ORG,,PERSON"\n', "[predictors.spacy] label_map: "),
        (SPACY + 'label_map = "ORG,ORG"\n', "[predictors.spacy] label_map: label map: 'ORG' appears twice"),
        (SPACY + '[project]\ntask = "nerd"\n', "[project] task: 'nerd' is not one of ner, spancat"),
        ("[predictors.spacy]\nn_process = 1\n", "[predictors.spacy] pipeline: is missing"),
        ('[predictors.spacy]\npipeline = ""\n', "[predictors.spacy] pipeline: "),
        ('[predictors.llm]\npipeline = "none.cfg"\n', "[predictors.llm] pipeline: "),
        ("[predictors.spacy]\nspacy\n", "not a config: "),
        (SPACY + "n_process = ${nlp.n_process}\n", "not a config: "),
    ],
)
def test_what_is_wrong_is_named_by_file_section_and_key(write: Write, content: str, message: str) -> None:
    path = write(content)
    with pytest.raises(ConfigError) as raised:
        read_project(path)
    assert any(line.startswith(f"{path}: {message}") for line in str(raised.value).splitlines()), raised.value


@pytest.mark.parametrize(
    "content",
    ["", '[keys]\n[keys.review]\nskip = "S"\n', '[review]\ntheme = "light"\n', '[project]\nguidelines = "g.md"\n'],
)
def test_a_config_needs_no_predictors_for_a_review(tmp_path: Path, write: Write, content: str) -> None:
    bare = tmp_path / "bare.cfg"
    bare.write_text(content or "[review]\n")
    for path in (bare, write(content)):
        assert read_project(path).predictors == ()
    bare.write_text("")
    with pytest.raises(ConfigError, match="no sections; a project config has"):
        read_project(bare)


def test_everything_that_is_wrong_is_said_at_once(write: Write) -> None:
    with pytest.raises(ConfigError) as raised:
        read_project(write(SPACY + "n_proces = 2\nbatch_size = 0\n"))
    assert len(str(raised.value).splitlines()) == 2


def test_labels_are_a_list_or_have_commas_between_them_and_take_no_predictors(tmp_path: Path) -> None:
    path = tmp_path / "project.cfg"
    for labels in ('["ORG", "PERSON"]', '"ORG, PERSON,ORG"'):
        path.write_text(f"[project]\nlabels = {labels}\n")
        assert read_project(path).labels == ("ORG", "PERSON")
    path.write_text('[project]\nlabels = "ORG,,PERSON"\n')
    with pytest.raises(ConfigError, match="a label is empty"):
        read_project(path)


def test_a_pipelines_config_is_refused_with_the_way_to_run_it() -> None:
    with (
        as_file(files("tiebreak.configs") / "llm.cfg") as path,
        pytest.raises(ConfigError, match=f"{path}: a pipeline's config, not a project's") as refused,
    ):
        read_project(path)
    assert refused.value.way_out == WayOut(Way.RUN_PIPELINE, str(path))


def test_a_file_that_is_missing_a_folder_or_no_text_is_refused(tmp_path: Path) -> None:
    binary = tmp_path / "binary.cfg"
    binary.write_bytes(b"\xff\xfe\x00[")
    for path in (tmp_path / "missing.cfg", tmp_path, binary):
        with pytest.raises(ConfigError, match=f"{path}: "):
            read_project(path)


def test_a_spans_key_needs_a_task_whose_spans_may_overlap() -> None:
    with pytest.raises(ConfigError, match="left: spans_key needs a store with the task spancat, not ner"):
        open_predictor(PredictorConfig("left", "en_core_web_sm", spans_key="sc"), Task.NER)


def test_a_pipeline_config_that_is_missing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"none\.cfg: no such config file"):
        open_predictor(PredictorConfig("llm", str(tmp_path / "none.cfg")), Task.NER)
