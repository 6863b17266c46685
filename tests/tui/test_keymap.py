"""Keys can be changed in the project config; everything that names keys follows, and conflicts are named."""

from __future__ import annotations

from pathlib import Path

import pytest
from screen_examples import MakeApp, until

from tiebreak.core.errors import ConfigError
from tiebreak.core.project.config import read_project
from tiebreak.tui.commands import EDIT, REVIEW, footer_of
from tiebreak.tui.keymap import Keymap, key_named, keymap, remapped
from tiebreak.tui.screens.base import CommandScreen
from tiebreak.tui.screens.edit import EditScreen
from tiebreak.tui.screens.help import HelpScreen
from tiebreak.tui.widgets.page_view import PageView


def from_config(folder: Path, sections: str) -> Keymap:
    path = folder / "project.cfg"
    path.write_text(f'[predictors]\n[predictors.a]\npipeline = "en_core_web_sm"\n[keys]\n{sections}', "utf-8")
    return keymap(read_project(path).keys, path)


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("a", "a"),
        ("/", "slash"),
        (".", "full_stop"),
        ("]", "right_square_bracket"),
        (",", "comma"),
        ("+", "plus"),
        (" ", "space"),
        ("space", "space"),
        ("question_mark", "question_mark"),
        ("slash", "slash"),
        ("f5", "f5"),
        ("ctrl+s", "ctrl+s"),
        ("ctrl+m", "enter"),
        ("shift+a", "A"),
        ("shift+left", "shift+left"),
        ("é", "é"),
        ("return", None),
        ("enterr", None),
        ("hyperspace+x", None),
        ("shift+1", None),
        ("", None),
    ],
)
def test_keys_are_named_by_sign_or_by_name(name: str, key: str | None) -> None:
    assert key_named(name) == key


def test_every_key_that_a_command_has_can_be_named() -> None:
    for command in (*REVIEW, *EDIT):
        for key in command.keys:
            assert key_named(key) == key


def test_the_footer_shows_the_new_keys_also_of_pairs() -> None:
    commands = remapped(REVIEW, {"accept": ["y", "enter"], "right": ["d"], "end_left": ["semicolon"]})
    shown = {word: keys for keys, word in footer_of(commands)}
    assert shown["accept"] == "y enter"
    assert shown["pick"] == "← d"
    assert shown["bounds"] == ". ;"


@pytest.mark.parametrize(
    ("sections", "message"),
    [
        ('[keys.review]\naccpt = "y"\n', "[keys.review] accpt: no such command; they are accept, confirm_and_accept"),
        ('[keys.review]\naccept = "entre"\n', "[keys.review] accept: 'entre' is no key"),
        ('[keys.review]\naccept = "x"\n', "[keys.review] accept, reject: the key x cannot run 2 commands"),
        ('[keys.review]\nskip = "?"\n', "[keys.review] skip, help: the key ? cannot run 2 commands"),
        ('[keys.review]\naccept = ""\n', "[keys.review] accept: '' is no list of keys"),
        ("[keys.review]\naccept = []\n", "[keys.review] accept: no key; name one at least"),
        ('[keys.review]\naccept = "a,,b"\n', "[keys.review] accept: 'a,,b' is no list of keys"),
        ('[keys.review]\naccept = "ctrl+c"\n', "[keys.review] accept: ctrl+c has its own meaning"),
        ("[keys.review]\naccept = 5\n", "[keys.review] accept: 5 has its own meaning"),
        ('[keys.review]\nlabel = "y"\n', "[keys.review] label: its keys are the digits"),
        ('[keys.reviews]\naccept = "y"\n', "[keys.reviews]: no such place; they are review, edit"),
        ('accept = "y"\n', "[keys] accept: commands stand in the section of their place"),
    ],
)
def test_what_is_wrong_is_named_by_file_section_and_command(tmp_path: Path, sections: str, message: str) -> None:
    with pytest.raises(ConfigError) as raised:
        from_config(tmp_path, sections)
    assert str(raised.value).startswith(f"{tmp_path / 'project.cfg'}: {message}")


def test_all_conflicts_are_named_at_once(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as raised:
        from_config(tmp_path, '[keys.review]\naccept = "x"\nskip = "n,o"\n[keys.edit]\ndone = "c"\n')
    assert len(str(raised.value).splitlines()) == 4


def test_keys_can_be_swapped(tmp_path: Path) -> None:
    keys = from_config(tmp_path, '[keys.review]\naccept = "x"\nreject = ["a", "ctrl+r"]\nend_left = ","\n')
    by_name = {command.name: command.keys for command in keys["review"]}
    assert by_name["accept"] == ("x",)
    assert by_name["reject"] == ("a", "ctrl+r")
    assert by_name["end_left"] == ("comma",)


async def test_a_key_that_was_changed_acts_and_the_old_one_does_not(make_app: MakeApp, tmp_path: Path) -> None:
    app = make_app()
    app.keymap = from_config(
        tmp_path, '[keys.review]\naccept = "y"\nneither = "ctrl+n"\n[keys.edit]\ndone = "ctrl+s"\n'
    )
    async with app.run_test(size=(80, 24)) as pilot:
        screen = app.screen
        assert isinstance(screen, CommandScreen)
        assert " y accept " in screen.footer.plain
        await pilot.press("a", "0")
        await pilot.pause()
        assert app.session.done == 0
        assert screen.key_of("accept") == "y"
        await pilot.press("question_mark")
        await until(pilot, lambda: isinstance(app.screen, HelpScreen))
        await app.workers.wait_for_complete()
        shown = app.screen.query_one(PageView).plain
        assert "y  accept the answer" in shown
        await pilot.press("x", "e")
        await until(pilot, lambda: isinstance(app.screen, EditScreen))
        await pilot.press("enter")
        assert isinstance(app.screen, EditScreen)
        await pilot.press("ctrl+s")
        await until(pilot, lambda: app.screen is screen)
        await pilot.press("ctrl+n", "tab", "tab", "tab")
        await pilot.press("y")
        await until(pilot, lambda: app.session.done == 1)
