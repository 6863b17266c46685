"""`.env` files: which variables win, and what is said of a file that is wrong, never with what stands in it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tiebreak.core.environment import load_env
from tiebreak.core.errors import ConfigError

SECRET = "sk-tiebreak-0123456789abcdef"


@pytest.fixture(autouse=True)
def same_environment() -> Iterator[None]:
    """What a test sets is gone after it."""
    before = dict(os.environ)
    yield
    os.environ.clear()
    os.environ.update(before)


def folder(tmp_path: Path, name: str, content: str | bytes) -> Path:
    made = tmp_path / name
    made.mkdir()
    (made / ".env").write_bytes(content.encode() if isinstance(content, str) else content)
    return made


def test_real_variables_win_then_the_earlier_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TIEBREAK_A", "real")
    beside = folder(tmp_path, "beside", "TIEBREAK_A=beside\nTIEBREAK_B=beside\n")
    here = folder(tmp_path, "here", "TIEBREAK_A=here\nTIEBREAK_B=here\nTIEBREAK_C=here\n")
    assert load_env(beside, here) == [beside / ".env", here / ".env"]
    assert [os.environ[f"TIEBREAK_{letter}"] for letter in "ABC"] == ["real", "beside", "here"]


def test_quotes_comments_export_and_blanks_are_understood(tmp_path: Path) -> None:
    content = (
        "\ufeff# keys\nexport TIEBREAK_A='a b'  # why\nTIEBREAK_B = \"c\"\r\n\nTIEBREAK_C=\nTIEBREAK_D=${TIEBREAK_B}d\n"
    )
    load_env(folder(tmp_path, "beside", content))
    assert [os.environ[f"TIEBREAK_{letter}"] for letter in "ABCD"] == ["a b", "c", "", "cd"]


def test_folders_without_a_file_and_the_same_folder_twice_are_nothing_new(tmp_path: Path) -> None:
    (tmp_path / "virtual" / ".env").mkdir(parents=True)
    beside = folder(tmp_path, "beside", "TIEBREAK_A=1\n")
    read = load_env(tmp_path / "none", tmp_path / "virtual", beside, beside / ".." / "beside")
    assert read == [beside / ".env"]


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (f"A=1\n{SECRET}\n", 2),
        (f"A=1\n\n\n{SECRET} and more\n", 4),
        (f'A="{SECRET}\n', 1),
        (f"={SECRET}\n", 1),
        (f"A=1\nexport {SECRET}\n", 2),
        (f"A={SECRET}\nB=\xff\n".encode("latin-1"), 2),
        (f"A={SECRET}\0\n", 1),
        ("# " + "x" * 100_000 + f"\nA={SECRET}\n", None),
    ],
)
def test_a_bad_line_is_named_but_not_shown_and_nothing_is_set(
    tmp_path: Path, content: str | bytes, line: int | None
) -> None:
    beside = folder(tmp_path, "beside", content)
    before = dict(os.environ)
    with pytest.raises(ConfigError) as raised:
        load_env(beside)
    message = str(raised.value)
    assert message.startswith(f"{beside / '.env'}:{'' if line is None else line}")
    assert "tiebreak-0123" not in message
    assert len(message.splitlines()) == 1
    assert dict(os.environ) == before


@given(st.binary(max_size=60) | st.text(max_size=60).map(str.encode))
def test_whatever_stands_in_a_file_it_is_read_or_refused_in_one_line(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    before = dict(os.environ)
    beside = folder(tmp_path_factory.mktemp("any"), "beside", content)
    said = ""
    try:
        load_env(beside)
    except ConfigError as error:
        said = str(error)
    finally:
        os.environ.clear()
        os.environ.update(before)
    assert len(said.splitlines()) <= 1
