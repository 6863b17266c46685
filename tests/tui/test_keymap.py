"""Keys can be changed in the project config; everything that names keys follows, and conflicts are named."""

from __future__ import annotations

from pathlib import Path

import pytest
from screen_examples import MakeApp, until

from tiebreak.core.errors import ConfigError
from tiebreak.core.project.config import read_project
from tiebreak.tui.commands import EDIT, REVIEW, footer_of, key_of
from tiebreak.tui.edit.screen import EditScreen
from tiebreak.tui.keymap import PLACES, Keymap, key_named, keymap, remapped
from tiebreak.tui.screens.base import CommandScreen, footer_text
from tiebreak.tui.screens.help import HelpScreen
from tiebreak.tui.screens.palette import CommandProvider
from tiebreak.tui.widgets.page_view import PageView

CONFIGS = Path(__file__).parents[1] / "data" / "configs_0.1.0"


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
        (
            '[keys.review]\naccpt = "y"\n',
            "[keys.review] accpt: no such command; the commands are accept, confirm",
        ),
        ('[keys.review]\naccept = "entre"\n', "[keys.review] accept: 'entre' is not a key"),
        (
            '[keys.review]\naccept = "x"\nreject = "x,r"\n',
            "[keys.review] accept, reject: the key x cannot run 2 commands",
        ),
        ('[keys.review]\naccept = ""\n', "[keys.review] accept: '' is not a comma-separated list of keys"),
        ("[keys.review]\naccept = []\n", "[keys.review] accept: no key; name at least one"),
        ('[keys.review]\naccept = "a,,b"\n', "[keys.review] accept: 'a,,b' is not a comma-separated list of keys"),
        ('[keys.review]\naccept = "ctrl+c"\n', "[keys.review] accept: ctrl+c has a fixed meaning"),
        ("[keys.review]\naccept = 5\n", "[keys.review] accept: 5 has a fixed meaning"),
        ('[keys.review]\nlabel = "y"\n', "[keys.review] label: its keys are the digits"),
        ('[keys.reviews]\naccept = "y"\n', "[keys.reviews]: no such place; the places are review, edit"),
        ('accept = "y"\n', "[keys] accept: commands belong in a section for their place"),
    ],
)
def test_what_is_wrong_is_named_by_file_section_and_command(tmp_path: Path, sections: str, message: str) -> None:
    with pytest.raises(ConfigError) as raised:
        from_config(tmp_path, sections)
    assert str(raised.value).startswith(f"{tmp_path / 'project.cfg'}: {message}")


def test_all_conflicts_are_named_at_once(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as raised:
        from_config(
            tmp_path,
            '[keys.review]\naccept = "x"\nskip = "x,o"\norder = "o"\n[keys.edit]\ndone = "c"\ncancel = "c,ctrl+c"\n',
        )
    assert len(str(raised.value).splitlines()) == 4


def opened(name: str) -> tuple[dict[str, dict[str, tuple[str, ...]]], list[str]]:
    """Return the keys of each command of each place under a config of 0.1.0, and the warnings about it."""
    told: list[str] = []
    path = CONFIGS / name
    places = keymap(read_project(path).keys, path.name, told.append)
    for commands in places.values():
        keys = [key for command in commands for key in command.keys]
        assert len(keys) == len(set(keys))
    return {place: {each.name: each.keys for each in commands} for place, commands in places.items()}, told


@pytest.mark.parametrize("name", ["news.cfg", "two_llms.cfg", "two_prompts.cfg"])
def test_the_shipped_configs_of_0_1_0_still_open(name: str) -> None:
    assert opened(name) == ({place: {each.name: each.keys for each in PLACES[place]} for place in PLACES}, [])


def test_keys_of_0_1_0_that_later_commands_have_stay_what_they_were() -> None:
    places, told = opened("keys_then_free.cfg")
    review = places["review"]
    assert (review["flag"], review["inspect"], review["undo"]) == (("asterisk",), ("E",), ("u", "backspace"))
    assert review["same"] == review["engine"] == review["undo_answer"] == ()
    assert (places["edit"]["next"], places["edit"]["accept"]) == (("a", "tab"), ())
    assert places["mark"] == {each.name: each.keys for each in PLACES["mark"]}
    assert told == [
        "keys_then_free.cfg: [keys.review] gives backspace of undo_answer, * of same, E of engine to other commands; "
        "ctrl+p finds commands that are left without a key",
        "keys_then_free.cfg: [keys.edit] gives a of accept to other commands; "
        "ctrl+p finds commands that are left without a key",
    ]


def test_the_example_that_the_docs_had_still_opens() -> None:
    places, told = opened("keys_documented.cfg")
    assert places["review"]["accept"] == ("y", "enter")
    assert (places["edit"]["done"], places["edit"]["word_right"]) == (("w", "ctrl+s"), ("ctrl+right",))
    assert told == [
        "keys_documented.cfg: [keys.edit] gives w of word_right to other commands; "
        "ctrl+p finds commands that are left without a key"
    ]


@pytest.mark.parametrize("place", PLACES)
def test_whatever_default_keys_are_given_away_the_rest_can_be_told(place: str) -> None:
    keys = [key for command in PLACES[place] if command.name not in ("help", "label") for key in command.keys]
    told: list[str] = []
    commands = keymap({place: {"help": keys}}, "x.cfg", told.append)[place]
    assert [command.name for command in commands if command.keys] == ["label", "help"]
    assert len(told) == 1
    assert key_of(commands, "accept") == "ctrl+p"
    assert all(shown.strip() for shown, _ in footer_of(commands))
    assert {word for _, word in footer_of(commands)} <= {"label", "help"}


@pytest.mark.parametrize(
    ("place", "width", "shown"),
    [
        ("review", 80, ["a accept", "A all", "enter confirm", "← → pick", "0 neither", "e edit", "? help", "q quit"]),
        ("review", 60, ["a accept", "A all", "enter confirm", "← → pick", "? help", "q quit"]),
        ("edit", 80, ["enter keep", "a accept", "1-9 label", "d delete", "H L select", "esc give up", "? help"]),
        ("mark", 80, ["a accept", "A take all", "enter take one", "1-9 label", "d delete", "? help", "q quit"]),
    ],
)
def test_the_footer_has_the_most_needed_keys_first(place: str, width: int, shown: list[str]) -> None:
    assert footer_text(PLACES[place], width).plain == "".join(f" {entry} " for entry in shown)


def test_the_keys_that_pick_and_go_on_are_in_the_footer_where_there_is_room() -> None:
    assert " shift+← shift+→ pick, next " in footer_text(REVIEW, 105).plain


def test_a_pair_in_the_footer_loses_the_key_that_was_given_away() -> None:
    shown = {word: keys for keys, word in footer_of(keymap({"review": {"quit": ["right"]}}, "x.cfg")["review"])}
    assert shown["pick"] == "←"


def test_keys_can_be_swapped(tmp_path: Path) -> None:
    keys = from_config(tmp_path, '[keys.review]\naccept = "x"\nreject = ["a", "ctrl+r"]\nend_left = ","\n')
    by_name = {command.name: command.keys for command in keys["review"]}
    assert by_name["accept"] == ("x",)
    assert by_name["reject"] == ("a", "ctrl+r")
    assert by_name["end_left"] == ("comma",)


async def test_a_command_without_a_key_is_found_by_name(make_app: MakeApp) -> None:
    app = make_app()
    app.keymap = keymap({"review": {"help": ["?", "a"], "order": ["f", "n"]}}, "x.cfg")
    async with app.run_test(size=(80, 24)) as pilot:
        screen = app.screen
        assert isinstance(screen, CommandScreen)
        assert " accept " not in screen.footer.plain
        found = dict(CommandProvider(screen)._actions())
        found["accept the answer as shown, next example"]()  # as the palette does
        await until(pilot, lambda: app.session.done == 1)


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
