"""Project configs: read, and checked with messages that name section and key."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from configparser import Error as ConfigParserError
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from tiebreak.core.errors import ConfigError
from tiebreak.core.files.ordinary import read_ordinary, with_newlines
from tiebreak.core.label_map import KEEP_ALL, LabelMap
from tiebreak.core.records import Task
from tiebreak.core.tasks.compare import scorer_of
from tiebreak.core.ways_out import Way, WayOut

_LARGEST = 5_000_000  # bytes; a larger file is not a config


@dataclass(frozen=True)
class PredictorConfig:
    """A predictor: `pipeline` is what `spacy.load` opens, or a `.cfg` that spaCy or spacy-llm assembles.

    `concurrency` is the number of LLM calls in flight; None leaves it to the model. `overrides` go to the `.cfg`.
    """

    name: str
    pipeline: str
    label_map: LabelMap = KEEP_ALL
    spans_key: str | None = None
    n_process: int = 1
    batch_size: int = 256
    concurrency: int | None = None
    overrides: Mapping[str, Any] = field(default_factory=dict)

    def as_json(self) -> str:
        """Return JSON for another process; `from_json` reads it."""
        return json.dumps({**vars(self), "label_map": self.label_map.names, "overrides": dict(self.overrides)})

    @classmethod
    def from_json(cls, value: str) -> PredictorConfig:
        fields = json.loads(value)
        return cls(**{**fields, "label_map": LabelMap(fields["label_map"])})


@dataclass(frozen=True)
class ProjectConfig:
    """A project: its task, its predictors, the left one first, and the file with its guidelines.

    `cache` is a file of LLM answers that several stores share. `theme` is that of the review screen; `keys` has the
    keys of its commands, by place and command. `scorer` orders the store's queue; None leaves the order as it is.
    `labels` are for people to mark texts with, whatever the models use. `go_on`: the review moves to the next
    difference after a choice. `lanes_of_focus`: it begins with only the lanes of the focused difference.
    """

    task: Task
    predictors: tuple[PredictorConfig, ...]
    guidelines: Path | None = None
    cache: Path | None = None
    theme: str | None = None
    keys: Mapping[str, Mapping[str, tuple[str, ...]]] = field(default_factory=dict)
    scorer: str | None = None
    labels: tuple[str, ...] = ()
    go_on: bool = False
    lanes_of_focus: bool = False


def config_text(path: Path) -> str:
    """Return the text of a project's or a pipeline's config. Raises ConfigError if it cannot be read."""
    try:
        data = read_ordinary(path, _LARGEST)
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror or error}") from error
    if len(data) > _LARGEST:
        raise ConfigError(f"{path}: larger than {_LARGEST // 1_000_000} MB, so not a config; name another file")
    try:
        return with_newlines(data.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: not a config: not UTF-8: {error}") from error


def read_project(path: Path) -> ProjectConfig:
    """Read and check a project config. Raises ConfigError with file, section and key."""
    from confection import Config, ConfigValidationError
    from pydantic import BaseModel, ConfigDict, Field, ValidationError

    class Strict(BaseModel):
        model_config = ConfigDict(extra="forbid", strict=True)

    class Project(Strict):
        task: str = Task.NER.value
        guidelines: str | None = Field(default=None, min_length=1)
        cache: str | None = Field(default=None, min_length=1)
        scorer: str | None = Field(default=None, min_length=1)
        labels: list[str] | str = Field(default_factory=list)

    class Predictor(Strict):
        pipeline: str = Field(min_length=1)
        label_map: Any = None
        spans_key: str | None = None
        n_process: int = Field(default=1, ge=1)
        batch_size: int = Field(default=256, ge=1)
        concurrency: int | None = Field(default=None, ge=1)
        overrides: dict[str, Any] = Field(default_factory=dict)

    class ReviewScreen(Strict):
        theme: str | None = None
        go_on: bool = False
        lanes: Literal["all", "focus"] = "all"

    class File(Strict):
        project: Project = Project()
        review: ReviewScreen = ReviewScreen()
        keys: dict[str, Any] = Field(default_factory=dict)
        predictors: dict[str, Predictor] = Field(default_factory=dict)

    try:
        sections = Config().from_str(config_text(path)).interpolate()
    except (ConfigValidationError, ValueError, ConfigParserError) as error:
        raise ConfigError(f"{path}: not a config: {' '.join(str(error).split())}") from error
    if not sections:
        raise ConfigError(f"{path}: no sections; a project config has [predictors], [review] or [keys]")
    if "predictors" not in sections and ("nlp" in sections or "components" in sections):
        raise ConfigError(f"{path}: a pipeline's config, not a project's", WayOut(Way.RUN_PIPELINE, str(path)))
    try:
        file = File.model_validate(sections)
    except ValidationError as error:
        raise ConfigError("\n".join(f"{path}: {_where(problem)}" for problem in error.errors())) from error
    try:
        task = Task(file.project.task)
    except ValueError:
        raise ConfigError(
            f"{path}: [project] task: {file.project.task!r} is not one of {', '.join(task.value for task in Task)}"
        ) from None
    guidelines, cache = file.project.guidelines, file.project.cache
    return ProjectConfig(
        task,
        tuple(_predictor(path, name, dict(section)) for name, section in file.predictors.items()),
        None if guidelines is None else path.parent / guidelines,
        None if cache is None else path.parent / cache,
        file.review.theme,
        _keys(path, file.keys),
        _scorer(path, task, file.project.scorer),
        _labels(path, file.project.labels),
        file.review.go_on,
        file.review.lanes == "focus",
    )


def _labels(path: Path, value: Sequence[str]) -> tuple[str, ...]:
    """Return the labels of `["ORG", "PERSON"]` or `"ORG,PERSON"`."""
    names = [name.strip() for name in (value.split(",") if isinstance(value, str) else value)]
    if not all(names):
        raise ConfigError(f"{path}: [project] labels: a label is empty")
    return tuple(dict.fromkeys(names))


def _scorer(path: Path, task: Task, name: str | None) -> str | None:
    try:
        scorer_of(task, name)
    except ConfigError as error:
        raise ConfigError(f"{path}: [project] {error}") from error
    return name


def _predictor(path: Path, name: str, section: dict[str, Any]) -> PredictorConfig:
    label_map = _label_map(path, name, section.pop("label_map"))
    pipeline = section.pop("pipeline")
    beside = path.parent / pipeline
    if beside.exists():
        pipeline = str(beside)
    elif pipeline.endswith(".cfg"):
        raise ConfigError(f"{path}: [predictors.{name}] pipeline: {beside} does not exist")
    return PredictorConfig(name=name, pipeline=pipeline, label_map=label_map, **section)


def _label_map(path: Path, name: str, value: object) -> LabelMap:
    if value is not None and not isinstance(value, str | dict):
        raise ConfigError(f"{path}: [predictors.{name}] label_map: {value!r} is neither text nor a section")
    for label, renamed in value.items() if isinstance(value, dict) else ():
        if not isinstance(renamed, str):
            raise ConfigError(f"{path}: [predictors.{name}.label_map] {label}: {renamed!r} is not a label")
    try:
        return LabelMap.parse(value)
    except ConfigError as error:
        raise ConfigError(f"{path}: [predictors.{name}] label_map: {error}") from error


def _keys(path: Path, places: Mapping[str, object]) -> dict[str, dict[str, tuple[str, ...]]]:
    """Return the keys that [keys.PLACE] names, unchecked: only the screens know the places, commands and keys."""
    read: dict[str, dict[str, tuple[str, ...]]] = {}
    wrong = []
    for place, commands in places.items():
        if not isinstance(commands, dict):
            wrong.append(f"{path}: [keys] {place}: commands belong in a section for their place, like [keys.review]")
            continue
        read[place] = {}
        for command, value in commands.items():
            names = _key_names(value)
            if names is None or not all(names):
                wrong.append(
                    f"{path}: [keys.{place}] {command}: {value!r} is not a comma-separated list of keys, such as "
                    '"a,enter"; the comma key is comma'
                )
            else:
                read[place][command] = names
    if wrong:
        raise ConfigError("\n".join(wrong))
    return read


def _key_names(value: object) -> tuple[str, ...] | None:
    """Return the names in `"a,enter"` or `["a", "enter"]`; digits come as numbers, and a single comma is a key."""
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if isinstance(value, list) and all(isinstance(name, str) for name in value):
        return tuple(value)
    if not isinstance(value, str):
        return None
    return (value,) if value in (",", " ") else tuple(name.strip() for name in value.split(","))


def _where(problem: Any) -> str:
    """Return a pydantic error as `[section] key: problem`."""
    *sections, key = problem["loc"]
    messages = {"extra_forbidden": "no such key", "missing": "is missing", "bool_type": "is neither true nor false"}
    message = messages.get(problem["type"], problem["msg"])
    if not sections:
        return f"[{key}]: {'no such section' if problem['type'] == 'extra_forbidden' else message}"
    if problem["type"] == "extra_forbidden":
        predictor = "pipeline, label_map, spans_key, n_process, batch_size, concurrency, overrides"
        known = {"project": "task, guidelines, cache, scorer, labels", "review": "theme, go_on, lanes"}.get(
            str(sections[0]), predictor
        )
        message = f"{message}; the keys are {known}"
    return f"[{'.'.join(str(section) for section in sections)}] {key}: {message}"
