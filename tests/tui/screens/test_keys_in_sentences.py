"""All keys changed in a project config: every message names the new keys, and no old key."""

from __future__ import annotations

from pathlib import Path

import pytest
from named_keys import NAMES_A_KEY
from screen_examples import HEADLINE, LLM, SPACY, MakeApp, Readings, press
from textual.pilot import Pilot

from tiebreak.core.project.config import read_project
from tiebreak.core.records import Span, Task
from tiebreak.core.review.options import SessionOptions
from tiebreak.core.selection.filter import WITH_AGREED
from tiebreak.tui.app import TiebreakApp
from tiebreak.tui.commands import EDIT, REVIEW, Command, footer_of, key_of
from tiebreak.tui.edit.screen import EditScreen
from tiebreak.tui.keymap import FIXED_COMMANDS, Keymap, keymap
from tiebreak.tui.review.screen import ReviewScreen
from tiebreak.tui.screens.base import CommandScreen
from tiebreak.tui.screens.help import HelpScreen
from tiebreak.tui.widgets.page_view import PageView

GREEK, CYRILLIC = range(ord("α"), ord("ω") + 1), range(ord("а"), ord("я") + 1)
PAID = "Acme paid Ada Lovelace, says\nAcme to Ada today"
ACME, ADA = Span(0, 4, "ORG"), Span(10, 13, "PERSON")
DISPUTED = (HEADLINE, {"spacy": SPACY, "llm": LLM})
AGREED = (HEADLINE, {"spacy": SPACY, "llm": SPACY})
EXAMPLES: dict[str, list[tuple[str, Readings]]] = {
    "disputed": [DISPUTED],
    "alike": [DISPUTED, (f"{HEADLINE} again", DISPUTED[1])],
    "agreed": [AGREED],
    "many labels": [(HEADLINE, {"spacy": [Span(at, at + 1, f"L{at}") for at in range(11)], "llm": []})],
    "paid": [(PAID, {"spacy": [ACME, ADA], "llm": [ACME, Span(10, 22, "PERSON")]})],
}
# The screen, the commands run one after the other, and the message then; {…} is the key of a command.
SAID_IN_REVIEW = [
    ("agreed", "pattern", "{pattern} goes to the next difference of the same pattern; there is no difference here"),
    ("alike", "pattern", "1 waits; {pattern} goes to the next"),
    (
        "disputed",
        "guidelines_down",
        "{guidelines} shows the guidelines; they stand beside the text from 120 columns on",
    ),
    ("disputed", "next both", "pick one, {mix} mixes them, {edit} edits"),
    ("disputed", "confirm confirm confirm", "{accept} accepts the answer"),
    ("disputed", "confirm edit delete cancel", "the edit is given up; {undo} brings it back"),
]
SAID_IN_EDIT = [
    ("next_match", "nothing found yet; {find} searches the text"),
    ("end_left", "nothing would be left of the span; {delete} deletes it"),
    ("start_right", "nothing would be left of the span; {delete} deletes it"),
    ("delete_same", "1 span deleted; {undo} undoes that"),
    ("extend_right cancel", "selection dropped; {cancel} again gives the edit up"),
    ("text_end label merge", "select from one to the other, then {merge}"),
    ("start_left start_left", "back when the span shrinks, or with {undo}"),
]


def others(commands: tuple[Command, ...], signs: range) -> dict[str, str]:
    """Return a key of another alphabet for each command whose keys can be changed."""
    letters = [*map(chr, signs), *(chr(sign).upper() for sign in signs)]
    names = [command.name for command in commands if command.name not in FIXED_COMMANDS]
    return dict(zip(names, dict.fromkeys(letters), strict=False))


@pytest.fixture
def changed(tmp_path: Path) -> Keymap:
    """All keys that can be changed, changed in a project config."""
    path = tmp_path / "project.cfg"
    sections = ['[predictors]\n[predictors.a]\npipeline = "en_core_web_sm"\n[keys]']
    for place, commands, signs in (("review", REVIEW, GREEK), ("edit", EDIT, CYRILLIC)):
        keys = others(commands, signs)
        sections += [f"[keys.{place}]", *(f'{name} = "{key}"' for name, key in keys.items())]
    path.write_text("\n".join(sections), "utf-8")
    return keymap(read_project(path).keys, path)


async def run(pilot: Pilot[None], names: str) -> None:
    """Press the new keys of the named commands; digits keep theirs."""
    for name in names.split():
        screen = pilot.app.screen
        assert isinstance(screen, CommandScreen)
        await press(pilot, next(command.keys[0] for command in screen.commands if command.name == name))
        assert_no_old_key(pilot.app.screen)


def assert_no_old_key(screen: object) -> None:
    assert isinstance(screen, ReviewScreen | EditScreen)
    bars = [bar.plain for bar in (screen.header, screen.answer, screen.labels, screen.message)]
    lines = screen.difference_list.plain_lines if isinstance(screen, ReviewScreen) else []
    words = [*bars, *lines, *screen.text_view.plain_lines]
    assert [each for each in words if NAMES_A_KEY.search(each)] == []
    old = {sign for command in screen.COMMANDS_HERE for sign in command.key_display.split()} - {"1-9"}
    assert [keys for keys, _ in footer_of(screen.commands) if old & set(keys.split())] == []


def said(keys: Keymap, place: str, sentence: str) -> str:
    """Return the sentence with the keys of its commands."""
    names = {command.name: key_of(keys[place], command.name) for command in keys[place]}
    return sentence.format(**names)


def changed_app(app: TiebreakApp, keys: Keymap) -> TiebreakApp:
    app.keymap = keys
    return app


@pytest.mark.parametrize(("example", "names", "sentence"), SAID_IN_REVIEW)
async def test_the_review_names_the_new_keys(
    make_app: MakeApp, changed: Keymap, example: str, names: str, sentence: str
) -> None:
    app = changed_app(make_app(*EXAMPLES[example], queue=WITH_AGREED), changed)
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot)
        assert_no_old_key(app.screen)
        await run(pilot, names)
        assert isinstance(app.screen, ReviewScreen)
        assert app.screen.message.plain.endswith(said(changed, "review", sentence))


@pytest.mark.parametrize(("names", "sentence"), SAID_IN_EDIT)
async def test_edit_mode_names_the_new_keys(make_app: MakeApp, changed: Keymap, names: str, sentence: str) -> None:
    app = changed_app(make_app(*EXAMPLES["paid"]), changed)
    async with app.run_test(size=(80, 24)) as pilot:
        await run(pilot, f"edit {names}")
        assert isinstance(app.screen, EditScreen)
        assert app.screen.message.plain.endswith(said(changed, "edit", sentence))


async def test_what_was_found_is_gone_through_by_the_new_keys(make_app: MakeApp, changed: Keymap) -> None:
    app = changed_app(make_app(*EXAMPLES["paid"]), changed)
    async with app.run_test(size=(80, 24)) as pilot:
        await run(pilot, "edit")
        await press(pilot, next(command.keys[0] for command in changed["edit"] if command.name == "find"), "A", "enter")
        assert_no_old_key(app.screen)
        assert isinstance(app.screen, EditScreen)
        words = said(changed, "edit", "{next_match}: next match, {previous_match}: previous, a digit labels it")
        assert app.screen.message.plain == words


async def test_where_all_must_be_confirmed_the_new_keys_are_reported(make_app: MakeApp, changed: Keymap) -> None:
    app = changed_app(make_app(DISPUTED, options=SessionOptions(confirm_all=True)), changed)
    async with app.run_test(size=(120, 24)) as pilot:
        await run(pilot, "accept")
        assert isinstance(app.screen, ReviewScreen)
        words = said(changed, "review", "{confirm} confirms one, {confirm_and_accept} all of them")
        assert app.screen.message.plain.endswith(words)


async def test_the_screen_itself_names_the_new_keys(make_app: MakeApp, changed: Keymap) -> None:
    app = changed_app(
        make_app(*EXAMPLES["many labels"], (PAID, {"spacy": [ACME], "llm": [ACME]}), queue=WITH_AGREED), changed
    )
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot)
        review = app.screen
        assert isinstance(review, ReviewScreen)
        assert review.labels.plain.endswith(said(changed, "review", ": {type_label}"))
        await run(pilot, "edit")
        assert isinstance(app.screen, EditScreen)
        assert app.screen.labels.plain.endswith(said(changed, "edit", ": {label_by_name}"))
        await run(pilot, "done skip")
        agree = said(changed, "review", "All models agree here; {accept} accepts, {edit} edits the spans.")
        assert [line.strip() for line in review.difference_list.plain_lines if line.strip()] == [agree]
        await run(pilot, "accept reject")
        assert said(changed, "review", "{quit} leaves, {undo} goes back") in " ".join(review.text_view.plain_lines)
        await pilot.resize_terminal(50, 15)
        await press(pilot)
        assert review.too_small.plain.endswith(said(changed, "review", "Make it larger, or {quit}."))


async def test_categories_name_the_new_keys(make_app: MakeApp, changed: Keymap) -> None:
    app = changed_app(make_app((HEADLINE, {"spacy": [], "llm": []}), task=Task.TEXTCAT, queue=WITH_AGREED), changed)
    async with app.run_test(size=(80, 24)) as pilot:
        await run(pilot, "both")
        assert isinstance(app.screen, ReviewScreen)
        words = said(changed, "review", "a category holds or it does not: {left} {right} pick, digits set it")
        assert app.screen.message.plain == words
        lines = " ".join(app.screen.difference_list.plain_lines)
        assert said(changed, "review", "All models agree here; {accept} accepts, digits set categories.") in lines


@pytest.mark.parametrize(("place", "names"), [("review", "help"), ("edit", "edit help")])
async def test_help_lists_the_new_keys_alone(make_app: MakeApp, changed: Keymap, place: str, names: str) -> None:
    app = changed_app(make_app(), changed)
    async with app.run_test(size=(80, 24)) as pilot:
        *before, last = names.split()
        await run(pilot, " ".join(before))
        commands = changed[place]
        await press(pilot, next(command.keys[0] for command in commands if command.name == last))
        assert isinstance(app.screen, HelpScreen)
        lines = [line.split() for line in app.screen.query_one(PageView).plain.splitlines()]
        listed = {line[0] for line in lines if line}
        assert {command.key_display for command in commands} <= listed
        old = {sign for command in (REVIEW if place == "review" else EDIT) for sign in command.key_display.split()}
        assert listed & old <= {"1-9", "?", "A"}  # signs that help explains, and the name of a model
