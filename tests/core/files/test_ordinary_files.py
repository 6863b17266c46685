"""If a config or a folder names a pipe or a device, the result is one message, and nothing waits."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType

import pytest
from llm_configs import write_llm

from tiebreak.core.doctor.predictors import key_variables, read_predictors
from tiebreak.core.errors import ConfigError
from tiebreak.core.files.ordinary import is_endless, read_ordinary
from tiebreak.core.predictors.local_server import fingerprint_of
from tiebreak.core.predictors.opening import open_predictor
from tiebreak.core.project.config import PredictorConfig, read_project
from tiebreak.core.project.environment import load_env
from tiebreak.core.records import Task

pytestmark = pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")

SECONDS = 60  # seconds; then a test counts as hanging, even on a slow machine


@pytest.fixture(autouse=True)
def no_hanging() -> Iterator[None]:
    def give_up(_number: int, _frame: FrameType | None) -> None:
        raise TimeoutError("it hangs at a pipe")

    before = signal.signal(signal.SIGALRM, give_up)
    signal.alarm(SECONDS)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


def _open(config: PredictorConfig) -> object:
    return open_predictor(config, Task.NER)


def _llm(folder: Path, **task: object) -> object:
    return _open(write_llm(folder, "http://127.0.0.1:9/v1", task=task))


def _stock_examples(folder: Path) -> object:
    section = f'[components.llm.task.examples]\n@misc = "spacy.FewShotReader.v1"\npath = "{folder / "pipe"}"\n\n'
    return _open(write_llm(folder, "http://127.0.0.1:9/v1", "spacy.NER.v3", sections=section))


OPENED: dict[str, Callable[[Path], object]] = {
    "a project": lambda folder: read_project(folder / "pipe"),
    "a project that doctor reads": lambda folder: read_predictors(folder / "pipe"),
    "a pipeline's config": lambda folder: _open(PredictorConfig("llm", str(folder / "pipe.cfg"))),
    "a pipeline's config that doctor reads": lambda folder: key_variables(
        PredictorConfig("llm", str(folder / "pipe.cfg"))
    ),
    "examples": lambda folder: _llm(folder, examples="pipe.jsonl"),
    "a template": lambda folder: _llm(folder, template="pipe"),
    "examples of spacy-llm's": _stock_examples,
    "a model": lambda folder: fingerprint_of(folder / "pipe"),
    "a list of keys": lambda folder: load_env(folder / "news.cfg"),
}


@pytest.mark.parametrize("kind", ["a pipe", "a device"])
@pytest.mark.parametrize("opened", OPENED)
def test_what_is_no_file_is_one_message(tmp_path: Path, opened: str, kind: str) -> None:
    for name in ("pipe", "pipe.cfg", "pipe.jsonl", ".env"):
        if kind == "a pipe":
            os.mkfifo(tmp_path / name)
        else:
            (tmp_path / name).symlink_to("/dev/zero")
    with pytest.raises(ConfigError, match="cannot be read: not an ordinary file") as raised:
        OPENED[opened](tmp_path)
    assert "\n" not in str(raised.value)


def test_no_more_of_a_file_is_read_than_asked_for(tmp_path: Path) -> None:
    (tmp_path / "long").write_bytes(b"x" * 100)
    assert read_ordinary(tmp_path / "long", 9) == b"x" * 10


def test_a_name_that_no_file_can_have_is_not_endless() -> None:
    assert not is_endless(Path("x" * 5000))
    assert not is_endless(Path("/nowhere/at/all"))
    assert is_endless(Path("/dev/null"))
