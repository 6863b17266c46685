"""Output for terminals of different colours."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from command_line import TIEBREAK
from end_to_end.terminal import Terminal

pytestmark = pytest.mark.full

_SGR = re.compile(rb"\x1b\[([0-9;]*)m")


def codes(store: Path, environment: dict[str, str], *options: str) -> set[str]:
    """Return the SGR sequences of a review that draws everything once."""
    variables = {"COLORTERM": "", "NO_COLOR": "", **environment}
    with Terminal([TIEBREAK, "review", str(store), "--annotator", "sam", *options], environment=variables) as terminal:
        terminal.wait_for("8 left")
        for keys in ("0", "\x1b[A", "?", "e", "e", "\x10"):
            terminal.send(keys)
            terminal.read(0.4)
        terminal.send("\x03")
        terminal.wait()
        return {code.decode() for code in _SGR.findall(terminal.output)}


def is_colour(code: str) -> bool:
    return any(re.fullmatch("[349][0-9]|10[0-7]", part) for part in code.split(";"))


@pytest.mark.parametrize(
    ("environment", "options"),
    [
        ({"NO_COLOR": "1"}, ()),
        ({"TERM": "dumb"}, ()),
        ({"TERM": "vt220"}, ()),
        ({}, ("--theme", "monochrome")),
        ({"COLORTERM": "truecolor"}, ("--theme", "monochrome")),
    ],
)
def test_monochrome_writes_no_colour_at_all(store: Path, environment: dict[str, str], options: tuple[str, ...]) -> None:
    seen = codes(store, environment, *options)
    assert not [code for code in seen if is_colour(code)]
    parts = {part for code in seen for part in code.split(";")}
    assert {"1", "2", "4", "7"} <= parts  # bold, dim, underline and reverse stay


@pytest.mark.parametrize("term", ["xterm-16color", "linux", "screen"])
@pytest.mark.parametrize("theme", ["dark", "light", "high-contrast"])
def test_terminals_of_16_colours_get_those(store: Path, term: str, theme: str) -> None:
    seen = codes(store, {"TERM": term}, "--theme", theme)
    assert any(is_colour(code) for code in seen)
    assert not [code for code in seen if re.search(r"\b[34]8\b", code)]
    if theme != "high-contrast":  # high-contrast paints everything black; the others leave the terminal's background
        grounds = [code for code in seen if re.search(r"\b(4[0-7]|10[0-7])\b", code)]
        assert all("7" in code.split(";") for code in grounds)  # only the cursor of the palette's input


def test_terminals_of_256_colours_get_no_more(store: Path) -> None:
    seen = codes(store, {"TERM": "xterm-256color"})
    assert any("38;5;" in code for code in seen)
    assert not [code for code in seen if "8;2;" in code]


def test_a_theme_and_keys_come_from_the_config(store: Path, tmp_path: Path) -> None:
    config = tmp_path / "project.cfg"
    config.write_text(
        '[predictors]\n[predictors.a]\npipeline = "p"\n[review]\ntheme = "monochrome"\n'
        '[keys]\n[keys.review]\naccept = "y"\n'
    )
    command = [TIEBREAK, "review", str(store), "--annotator", "sam", "--config", str(config)]
    with Terminal(command, environment={"NO_COLOR": ""}) as terminal:
        terminal.wait_for("8 left")
        terminal.answer("ay")
        terminal.wait_for("1 done")
        terminal.send("q")
        assert terminal.wait() == 0
        assert not [code for code in _SGR.findall(terminal.output) if is_colour(code.decode())]


def test_wrong_themes_and_keys_are_one_plain_message(store: Path, tmp_path: Path) -> None:
    config = tmp_path / "project.cfg"
    config.write_text('[predictors]\n[predictors.a]\npipeline = "p"\n[review]\ntheme = "pink"\n')
    for options, message, status in (
        (("--theme", "pink"), "tiebreak: --theme: no theme 'pink'; choose one of dark,", 2),
        (("--config", str(config)), f"{config}: [review] theme: no theme 'pink'; choose one of dark,", 1),
    ):
        with Terminal([TIEBREAK, "review", str(store), "--annotator", "sam", *options], columns=250) as terminal:
            assert terminal.wait() == status
            assert message in terminal.text
            assert "Traceback" not in terminal.text
