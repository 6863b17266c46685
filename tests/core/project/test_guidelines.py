"""Finding and reading the guidelines of a project."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tiebreak.core.errors import ConfigError
from tiebreak.core.project.guidelines import LARGEST, config_of, read_guidelines, remember_config
from tiebreak.core.store.connection import Store
from tiebreak.core.ways_out import Way, WayOut

CONFIG = '[project]\ntask = "ner"\n{line}\n[predictors]\n\n[predictors.spacy]\npipeline = "en_core_web_sm"\n'


def project(folder: Path, line: str = 'guidelines = "rules.md"') -> Path:
    path = folder / "news.cfg"
    path.write_text(CONFIG.format(line=line))
    return path


def test_the_store_keeps_the_guidelines_and_those_of_a_named_config_come_first(store: Store, tmp_path: Path) -> None:
    assert config_of(store) is None
    (tmp_path / "rules.md").write_text("\ufeff# Rules\r\n", newline="")
    config = project(tmp_path)
    remember_config(store, config)
    assert config_of(store) == str(tmp_path / "news.cfg")
    assert read_guidelines(store) == "# Rules\r\n"
    (tmp_path / "rules.md").write_text("# New rules")
    assert read_guidelines(store) == "# Rules\r\n"
    assert read_guidelines(store, config) == "# New rules"
    remember_config(store, config)
    assert read_guidelines(store) == "# New rules"


def test_a_path_that_a_store_names_is_told_and_not_followed(store: Store, tmp_path: Path) -> None:
    (tmp_path / "rules.md").write_text("# Secret")
    store.set_setting("config", str(project(tmp_path)))
    with pytest.raises(ConfigError, match=r"its project config is .*news\.cfg"):
        read_guidelines(store)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_pipe_or_a_device_holds_up_nobody(store: Store, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "rules.md")
    with pytest.raises(ConfigError, match="not an ordinary file"):
        read_guidelines(store, project(tmp_path))
    with pytest.raises(ConfigError, match="not an ordinary file"):
        read_guidelines(store, project(tmp_path, 'guidelines = "/dev/zero"'))


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (None, "cannot be read"),
        (b"\xff\xfe\x00", "not UTF-8 text"),
        (b"a\0b", "not UTF-8 text"),
        (b"x" * (LARGEST + 1), "larger than 200 kB"),
    ],
)
def test_guidelines_that_are_no_text_are_one_plain_message(
    store: Store, tmp_path: Path, data: bytes | None, said: str
) -> None:
    if data is not None:
        (tmp_path / "rules.md").write_bytes(data)
    with pytest.raises(ConfigError, match=f"rules.md: the guidelines .*{said}"):
        read_guidelines(store, project(tmp_path))


def test_a_config_that_is_gone_or_names_no_guidelines_says_so(store: Store, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no guidelines") as refused:
        read_guidelines(store)
    assert refused.value.way_out == WayOut(Way.NAME_GUIDELINES)
    with pytest.raises(ConfigError, match=r"names no guidelines; add"):
        read_guidelines(store, project(tmp_path, ""))
    with pytest.raises(ConfigError, match="no such config"):
        read_guidelines(store, tmp_path / "gone.cfg")


def test_what_a_store_keeps_is_bounded_too(store: Store) -> None:
    store.set_setting("guidelines", "x" * (LARGEST + 1))
    with pytest.raises(ConfigError, match="the guidelines in the store have more than"):
        read_guidelines(store)
