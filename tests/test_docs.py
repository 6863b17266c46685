"""The documentation names every command, option and key that there is."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import typer

from tiebreak.tui.cli import (  # noqa: F401  each adds its commands
    agreement,
    configs,
    data,
    demo,
    diff,
    doctor,
    export,
    predict,
    report,
    review,
    status,
    team,
    upkeep,
)
from tiebreak.tui.cli.application import app
from tiebreak.tui.commands import EDIT, REVIEW, Command
from tiebreak.tui.keymap import FIXED_COMMANDS

ROOT = Path(__file__).parent.parent
DOCS = {path.name: path.read_text() for path in (ROOT / "docs").glob("*.md")}


def options() -> list[tuple[str, str]]:
    group = typer.main.get_command(app)
    return [
        (name, option)
        for name, command in group.commands.items()  # type: ignore[attr-defined]
        for parameter in command.params
        for option in parameter.opts
        if option.startswith("--")
    ]


@pytest.mark.parametrize(("command", "option"), options())
def test_each_option_is_documented(command: str, option: str) -> None:
    pages = [page for page in DOCS.values() if f"tiebreak {command} " in page]
    assert any(option in page for page in pages)


KEYS = [("review.md", command) for command in REVIEW] + [("edit.md", command) for command in EDIT]


@pytest.mark.parametrize(("page", "command"), KEYS, ids=[f"{page} {command.name}" for page, command in KEYS])
def test_each_key_is_documented(page: str, command: Command) -> None:
    for key in command.key_display.split():
        assert f"`{key}`" in DOCS[page] or re.fullmatch("[1-9](-9)?", key)


def test_the_readme_has_the_two_commands_and_the_picture() -> None:
    readme = (ROOT / "README.md").read_text()
    assert "\npip install uv && uv run tiebreak demo\n" in readme
    assert "\npip install uv && uv run pytest\n" in readme
    for picture in re.findall(r"!\[.*\]\((.*)\)", readme):
        assert (ROOT / picture).is_file()


def test_the_readme_types_a_command_that_is_there() -> None:
    """`tiebreak` alone is on nobody's path until its environment is activated, which the README says once."""
    readme = (ROOT / "README.md").read_text()
    typed = [line for block in re.findall(r"^```\n(.*?)^```", readme, re.M | re.S) for line in block.splitlines()]
    assert [line for line in typed if "tiebreak" in line and "uv run tiebreak " not in line] == []
    assert readme.index("source .venv/bin/activate") < readme.index("`tiebreak review news.db --annotator")


def test_pages_link_to_files_that_exist() -> None:
    for page, text in {**DOCS, "../README.md": (ROOT / "README.md").read_text()}.items():
        for link in re.findall(r"\]\(([^)#]+)\)", text):
            assert (ROOT / "docs" / page).parent.joinpath(link).exists(), f"{page}: {link}"


@pytest.mark.parametrize("command", [*REVIEW, *EDIT], ids=lambda command: command.name)
def test_each_command_whose_keys_can_be_changed_is_listed(command: Command) -> None:
    assert f"`{command.name}`" in DOCS["customise.md"] or command.name in FIXED_COMMANDS


def test_no_page_holds_what_a_merge_left_behind() -> None:
    for page, text in {**DOCS, "README.md": (ROOT / "README.md").read_text()}.items():
        assert not re.search(r"^(<{7}|={7}|>{7})", text, re.MULTILINE), page
