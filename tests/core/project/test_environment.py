"""`.env` files: the variables that win, and errors about a wrong file, which never quote its content."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tiebreak.core.errors import ConfigError
from tiebreak.core.project.environment import load_env

pytestmark = pytest.mark.usefixtures("same_environment")
SECRET = "sk-tiebreak-0123456789abcdef"


def folder(tmp_path: Path, name: str, content: str | bytes) -> Path:
    made = tmp_path / name
    made.mkdir()
    (made / ".env").write_bytes(content.encode() if isinstance(content, str) else content)
    return made


def test_a_variable_that_is_set_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("A_KEY", "real")
    beside = folder(tmp_path, "beside", "A_KEY=beside\nB_KEY=beside\n")
    assert load_env(beside / "news.cfg") == beside / ".env"
    assert [os.environ["A_KEY"], os.environ["B_KEY"]] == ["real", "beside"]


def test_quotes_comments_export_and_blanks_are_understood(tmp_path: Path) -> None:
    content = "\ufeff# keys\nexport A_KEY='a b'  # why\nB_KEY = \"c\"\r\n\nC_KEY=\nD_KEY=${B_KEY}d\n"
    load_env(folder(tmp_path, "beside", content) / "news.cfg")
    assert [os.environ[f"{letter}_KEY"] for letter in "ABCD"] == ["a b", "c", "", "cd"]


def test_what_is_no_file_is_none(tmp_path: Path) -> None:
    (tmp_path / "virtual" / ".env").mkdir(parents=True)
    assert load_env(tmp_path / "none" / "news.cfg") is None
    assert load_env(tmp_path / "virtual" / "news.cfg") is None
    assert load_env(None) is None


@pytest.mark.parametrize(
    "name",
    [
        *("PYTHONPATH", "PYTHONSTARTUP", "LD_PRELOAD", "PATH", "HOME", "OPENAI_BASE_URL", "OPENAI_API_BASE", "TMPDIR"),
        *("HTTPS_PROXY", "https_proxy", "SSL_CERT_FILE", "SSLKEYLOGFILE", "SPACY_CONFIG_OVERRIDES", "MONKEY_PATCH"),
    ],
)
def test_what_is_no_key_is_passed_over_and_reported(
    tmp_path: Path, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    os.environ.pop(name, None)
    load_env(folder(tmp_path, "beside", f"A_KEY=1\n{name}={SECRET}\n") / "news.cfg")
    assert name not in os.environ
    assert os.environ["A_KEY"] == "1"
    assert f"{name} (line 2)" in caplog.text
    assert SECRET not in caplog.text


@pytest.mark.parametrize("name", ["OPENAI_API_KEY", "HF_TOKEN", "OPENAI_API_ORG", "my_key", "AWS_ACCESS_KEY_ID", "KEY"])
def test_keys_may_be_set(tmp_path: Path, name: str) -> None:
    load_env(folder(tmp_path, "beside", f"{name}={SECRET}\n") / "news.cfg")
    assert os.environ[name] == SECRET


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
        load_env(beside / "news.cfg")
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
        load_env(beside / "news.cfg")
    except ConfigError as error:
        said = str(error)
    finally:
        os.environ.clear()
        os.environ.update(before)
    assert len(said.splitlines()) <= 1
