"""Finding and reading the guidelines of a project."""

from __future__ import annotations

from pathlib import Path

import pytest

from tiebreak.core.errors import ConfigError
from tiebreak.core.guidelines import LARGEST, config_of, read_guidelines, remember_config
from tiebreak.core.store import Store

CONFIG = '[project]\ntask = "ner"\n{line}\n[predictors]\n\n[predictors.spacy]\npipeline = "en_core_web_sm"\n'


def project(folder: Path, line: str = 'guidelines = "rules.md"') -> Path:
    path = folder / "news.cfg"
    path.write_text(CONFIG.format(line=line))
    return path


def test_the_store_remembers_its_config_and_a_named_one_comes_first(store: Store, tmp_path: Path) -> None:
    assert config_of(store) is None
    remember_config(store, project(tmp_path))
    assert config_of(store) == tmp_path / "news.cfg"
    assert config_of(store, Path("other.cfg")) == Path("other.cfg")


def test_guidelines_stand_beside_the_config(store: Store, tmp_path: Path) -> None:
    (tmp_path / "rules.md").write_text("\ufeff# Rules\r\n", newline="")
    remember_config(store, project(tmp_path))
    assert read_guidelines(store) == "# Rules\r\n"


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (None, "cannot be read"),
        (b"\xff\xfe\x00", "no text in UTF-8"),
        (b"a\0b", "no text in UTF-8"),
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
    with pytest.raises(ConfigError, match="--config FILE"):
        read_guidelines(store)
    with pytest.raises(ConfigError, match=r"names no guidelines; add"):
        read_guidelines(store, project(tmp_path, ""))
    remember_config(store, tmp_path / "gone.cfg")
    with pytest.raises(ConfigError, match="is gone"):
        read_guidelines(store)
