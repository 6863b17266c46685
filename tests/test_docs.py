"""The documentation names every command, option and key of the program."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import pytest
import typer

from tiebreak.core.formats.registry import FORMATS, WRITTEN
from tiebreak.tui.cli.application import app
from tiebreak.tui.cli.running import add_commands
from tiebreak.tui.commands import EDIT, MARK, REVIEW, Command
from tiebreak.tui.keymap import FIXED_COMMANDS, PLACES

ROOT = Path(__file__).parent.parent
DOCS = {path.name: path.read_text() for path in (ROOT / "docs").glob("*.md")}
AT_THE_ROOT = {name: (ROOT / name).read_text() for name in ("README.md", "CONTRIBUTING.md")}


add_commands()
GROUP = typer.main.get_command(app)
FENCED = re.compile(r"^```\w*\n(.*?)^```", re.M | re.S)
OPTION = re.compile(r"(?<![\w-])--[a-z][a-z-]*")
OF_THE_TERMINAL = {"ctrl+c", "ctrl+z", "ctrl+p"}  # keys in no table of commands: signals, and keys of Textual's palette


def options_of(command: str) -> set[str]:
    parameters = GROUP.commands[command].params  # type: ignore[attr-defined]
    names = {name for each in parameters for name in (*each.opts, *each.secondary_opts) if name.startswith("--")}
    return names | {"--help"}


def typed(page: str) -> list[tuple[str, str]]:
    """Return (command, the rest) of each `tiebreak COMMAND ...` in code, with its indented continuation lines."""
    lines = [line for block in FENCED.findall(page) for line in re.findall(r"^.*(?:\n +.*)*", block, re.M)]
    spans = re.findall(r"`([^`\n]+)`", FENCED.sub("", page))
    return [
        (match[1], match[2])
        for code in (*lines, *spans)
        for match in re.finditer(r"\btiebreak ([a-z]+)(?![\w-])((?:(?!\btiebreak ).|\n)*)", code)
    ]


def rows_of_keys(page: str) -> list[set[str]]:
    """Return the keys of each row of the page's tables of keys: the code in its first cell."""
    rows = []
    for table in re.findall(r"^\| key \|.*\n\|---.*\n((?:\|.*\n?)+)", page, re.M):
        for row in table.splitlines():
            cell = row.replace("\\|", " ").split("|")[1].replace("`1`-`9`", "`1-9`")
            rows.append(set(re.findall("`([^`]+)`", cell)))
    return rows


TYPED = {name: typed(text) for name, text in {**DOCS, **AT_THE_ROOT}.items()}


@pytest.mark.parametrize("command", GROUP.commands)  # type: ignore[attr-defined]
def test_each_option_stands_in_a_line_that_shows_its_command(command: str) -> None:
    shown = [rest for lines in TYPED.values() for name, rest in lines if name == command]
    named = {option for rest in shown for option in OPTION.findall(rest)}
    assert options_of(command) - {"--help"} <= named


@pytest.mark.parametrize("page", TYPED)
def test_each_line_to_type_has_a_command_and_options_that_there_are(page: str) -> None:
    for command, rest in TYPED[page]:
        assert command in GROUP.commands, command  # type: ignore[attr-defined]
        assert set(OPTION.findall(rest.partition(" | ")[0])) <= options_of(command), f"{command}{rest}"


PAGES = {"review.md": REVIEW, "edit.md": EDIT, "from_scratch.md": MARK}  # the tables that list the keys of a place
KEYS = [(page, command) for page, commands in PAGES.items() for command in commands]


@pytest.mark.parametrize(("page", "command"), KEYS, ids=[f"{page} {command.name}" for page, command in KEYS])
def test_the_keys_of_each_command_stand_in_one_row(page: str, command: Command) -> None:
    keys = set(command.key_display.split())
    assert any(keys <= row for row in rows_of_keys(DOCS[page]))


@pytest.mark.parametrize(("page", "commands"), PAGES.items(), ids=PAGES)
def test_no_key_is_documented_that_there_is_not(page: str, commands: Sequence[Command]) -> None:
    keys = {key for command in commands for key in command.key_display.split()}
    assert {key for row in rows_of_keys(DOCS[page]) for key in row} - OF_THE_TERMINAL == keys


def test_the_readme_has_the_two_commands_and_the_picture() -> None:
    readme = (ROOT / "README.md").read_text()
    assert "\npip install uv && uv run tiebreak demo\n" in readme
    assert "\npip install uv && uv run pytest\n" in readme
    for picture in re.findall(r"!\[.*\]\((.*)\)", readme):
        assert (ROOT / picture).is_file()


def test_the_readme_types_a_command_that_is_there() -> None:
    """`tiebreak` alone is on the PATH only in an active environment, as the README says once."""
    readme = (ROOT / "README.md").read_text()
    typed = [line for block in re.findall(r"^```\n(.*?)^```", readme, re.M | re.S) for line in block.splitlines()]
    assert [line for line in typed if "tiebreak" in line and "uv run tiebreak " not in line] == []
    assert readme.index("source .venv/bin/activate") < readme.index("`tiebreak review news.db --annotator")


PATHS = [*(ROOT / "docs" / name for name in DOCS), *(ROOT / name for name in AT_THE_ROOT)]


def headings_of(page: Path) -> set[str]:
    """Return the headings of a page in the form of GitHub's links to them."""
    titles = re.findall(r"^#+ (.+)$", FENCED.sub("", page.read_text()), re.M)
    return {re.sub(r"[^\w -]", "", title.casefold()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("page", PATHS, ids=lambda page: page.name)
def test_pages_link_to_files_and_headings_that_exist(page: Path) -> None:
    for link in re.findall(r"\]\(([^)]+)\)", page.read_text()):
        name, _, heading = link.partition("#")
        there = page.parent / name if name else page
        assert there.exists(), link
        assert not heading or heading in headings_of(there), link


def test_the_readme_names_every_page() -> None:
    links = set(re.findall(r"\]\(([^)#]+)", (ROOT / "README.md").read_text()))
    assert {str(path.relative_to(ROOT)) for path in PATHS} - {"README.md"} <= links


@pytest.mark.parametrize(("place", "commands"), PLACES.items(), ids=PLACES)
def test_the_commands_whose_keys_can_be_changed_are_listed_by_place(place: str, commands: Sequence[Command]) -> None:
    [names] = re.findall(rf"^\| `{place}` \| (.*) \|$", DOCS["customise.md"], re.M)
    assert re.findall("`([a-z_]+)`", names) == [each.name for each in commands if each.name not in FIXED_COMMANDS]


def test_no_page_holds_what_a_merge_left_behind() -> None:
    for page, text in {**DOCS, **AT_THE_ROOT}.items():
        assert not re.search(r"^(<{7}|={7}|>{7})", text, re.MULTILINE), page


def test_every_format_is_named_where_one_is_chosen_and_where_it_is_described() -> None:
    """A new format must be added to all of these, besides its module and the registry."""
    for command, formats in (("load", FORMATS), ("export", WRITTEN)):
        parameters = GROUP.commands[command].params  # type: ignore[attr-defined]
        [said] = [each.help for each in parameters if "--format" in each.opts]
        assert set(formats) <= set(re.findall(r"\w+", said)), command
    page = re.sub("[ ']", "", DOCS["formats.md"].casefold())
    names = {"spacy": "docbin", "txt": "", "datasets": "huggingface"}  # in the page's own spelling
    assert [name for name in FORMATS if names.get(name, name) not in page] == []
