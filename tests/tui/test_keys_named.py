"""A sentence on screen that names a key names the one that holds, also once keys were changed in the config."""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from screen_examples import HEADLINE, LLM, SPACY, MakeApp, message_of, screen_below, spans
from stores import create_store
from textual.pilot import Pilot

from tiebreak.core.records import Prediction, Record, Task
from tiebreak.core.review.session import ReviewSession
from tiebreak.core.store.examples import add_examples
from tiebreak.core.store.predictions import save_predictions, start_run
from tiebreak.tui import commands
from tiebreak.tui.app import TiebreakApp
from tiebreak.tui.commands import EDIT, REVIEW, Command
from tiebreak.tui.keymap import FIXED_COMMANDS, PLACES, Keymap, key_named, remapped
from tiebreak.tui.screens.base import CommandScreen
from tiebreak.tui.screens.introduction import introduction
from tiebreak.tui.text.render import DARK

TUI = Path(__file__).parent.parent.parent / "tui"
ALL = [*commands.REVIEW, *commands.EDIT, *commands.LIST, *commands.ENGINE, *commands.FILTER, *commands.CHOOSE_LABEL]
SIGNS = {sign for each in ALL for sign in each.key_display.split()}
WORDS = {"a", "A", "space", "home", "end", "delete", "1-9", "backspace", "left", "right"}  # that mean other things, too
KEY = f"(?:{'|'.join(sorted(map(re.escape, SIGNS - WORDS), key=len, reverse=True))})"
NAMES_A_KEY = re.compile(
    rf"(?:^|[;:,.·]\s|\(|\n\s*)(?:{KEY}(?:,? {KEY})*)(?::\s|\s+(?!is\b|has\b|was\b)(?:[a-z]+s|pick|choose)\b)"
    rf"|\b(?:with|then|press) {KEY}(?![\w'/])|\({KEY}\)|\ba accepts\b"
)


def _sentences(tree: ast.AST) -> list[tuple[int, str]]:
    """The strings that may be shown; of formatted ones the words, with … for what is put in."""
    formatted = [node for node in ast.walk(tree) if isinstance(node, ast.JoinedStr)]
    parts = {id(part) for node in formatted for part in ast.walk(node)}
    docs = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        if node.body and isinstance(node.body[0], ast.Expr)
    }
    whole = [
        (node.lineno, "".join(str(part.value) if isinstance(part, ast.Constant) else "…" for part in node.values))
        for node in formatted
    ]
    plain = [
        (node.lineno, node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in parts | docs
    ]
    return [(line, text) for line, text in (*whole, *plain) if " " in text]


def test_no_screen_names_a_key_by_itself() -> None:
    said = [
        f"{path.relative_to(TUI)}:{line}: {text}"
        for folder in ("screens", "pages", "widgets", "text")
        for path in sorted((TUI / folder).rglob("*.py"))
        for line, text in _sentences(ast.parse(path.read_text()))
        if NAMES_A_KEY.search(text)
    ]
    assert said == []


@pytest.mark.parametrize(
    "sentence",
    [
        "g shows the guidelines; they stand beside the text",
        "G goes to the next difference of the same pattern",
        "that could be looked through in time; G looks again",
        "n: next match, N: previous, a digit labels it",
        "nothing was found; / finds text",
        "nothing would be left of the span; d deletes it",
        "white space alone cannot be labelled; by characters (c) it can",
        "select from one to the other, then m",
        "… deleted; u brings back",
        "gave way: …; back when the span shrinks, or with u",
        "All models agree here; a accepts, digits set categories.",
        "a category holds or it does not: ← → pick, digits set it",
        "Nothing is in this list; tab shows all examples.",
        "… · enter goes through them, esc goes back",
        "… · tab completes, ↑ ↓ choose, enter takes, esc goes back",
        "empty it and press enter: no filter.",
        "  enter keeps it, esc gives up, an empty one goes",
        "Find  (enter stays there, esc goes back)",
        "…: none was started; E shows it",
    ],
)
def test_a_sentence_that_names_a_key_is_known_as_that(sentence: str) -> None:
    assert NAMES_A_KEY.search(sentence)


def every_key_changed() -> Keymap:
    """The keymap in which each command has one key, which none had before: a Greek or Cyrillic letter."""
    return {place: _changed(commands) for place, commands in PLACES.items()}


def _changed(commands: Sequence[Command]) -> tuple[Command, ...]:
    letters = iter("αβγδεζηθικλμνξοπρστυφχψωΑΒΓΔΕΖΗΘΙΚΛΜΝΞΟΠΡΣΤΥΦΧΨΩбвгджзийлмнптфцчшщъыэюя")
    names = [each.name for each in commands if each.name not in FIXED_COMMANDS]
    return remapped(commands, {name: [key_named(next(letters)) or ""] for name in names})


KEYMAP = every_key_changed()


def key(place: str, name: str) -> str:
    """The key that `name` has now, as a person reads it."""
    return commands.key_of(KEYMAP[place], name)


async def run(pilot: Pilot[None], place: str, *names: str) -> None:
    """Press the keys of these commands; other names are keys."""
    known = {command.name: command.keys[0] for command in KEYMAP[place]}
    await pilot.press(*[known.get(name, name) for name in names])
    await pilot.pause()
    await pilot.app.workers.wait_for_complete()


def with_keys(app: TiebreakApp) -> TiebreakApp:
    app.keymap = KEYMAP
    return app


def test_the_introduction_names_the_keys_that_hold() -> None:
    page = introduction(DARK, KEYMAP["review"]).plain
    lines = {line.strip() for line in page.splitlines()}
    assert (
        f"{key('review', 'left')} {key('review', 'right')}  take the left or the right model's reading of it" in lines
    )
    assert f"{key('review', 'accept')}  accept the answer as it is shown, and go on" in lines
    assert not NAMES_A_KEY.search(introduction(DARK, [replace(each, keys=("f5",)) for each in REVIEW]).plain)


async def test_the_review_names_the_keys_that_hold(make_app: MakeApp) -> None:
    app = with_keys(make_app((HEADLINE, {"spacy": SPACY, "llm": LLM}), ("Ada", {"spacy": [], "llm": []})))
    async with app.run_test(size=(80, 24)) as pilot:
        await run(pilot, "review", "guidelines_down")
        assert message_of(app).startswith(f"{key('review', 'guidelines')} shows the guidelines")
        await run(pilot, "review", "both")
        assert f"{key('review', 'mix')} mixes them, {key('review', 'edit')} edits" in message_of(app)
        await run(pilot, "review", "confirm", "confirm", "confirm", "confirm")
        assert f"{key('review', 'accept')} accepts the answer" in message_of(app)
        assert f" {key('review', 'accept')} accept " in screen_below(app).footer.plain
        assert not NAMES_A_KEY.search(screen_below(app).footer.plain)


async def test_edit_mode_names_the_keys_that_hold(make_app: MakeApp) -> None:
    app = with_keys(make_app())
    async with app.run_test(size=(80, 24)) as pilot:
        await run(pilot, "review", "edit")
        screen = app.screen
        assert isinstance(screen, CommandScreen)
        await run(pilot, "edit", "next_match")
        assert f"{key('edit', 'find')} finds text" in message_of(app)
        await run(pilot, "edit", "text_start", "end_left")
        assert f"{key('edit', 'delete')} deletes it" in message_of(app)
        await run(pilot, "edit", "delete_same")
        assert f"{key('edit', 'undo')} brings back" in message_of(app)
        await run(pilot, "edit", "extend_right", "cancel")
        assert f"{key('edit', 'cancel')} once more gives the edit up" in message_of(app)
        await run(pilot, "edit", "find", "A", "d", "a", "enter")
        following, previous = key("edit", "next_match"), key("edit", "previous_match")
        assert f"{following}: next match, {previous}: previous" in message_of(app)
        await run(pilot, "edit", "cancel", "cancel")
        assert f"the edit is given up; {key('review', 'undo')} brings it back" in message_of(app)


async def test_a_merge_that_is_too_far_names_the_key_that_merges(make_app: MakeApp) -> None:
    text = "Ada met a lot of other people and then Bob"
    app = with_keys(make_app((text, {"spacy": spans(text, ("Ada", "PERSON"), ("Bob", "PERSON")), "llm": []})))
    async with app.run_test(size=(80, 24)) as pilot:
        await run(pilot, "review", "edit")
        await run(pilot, "edit", "text_start", "merge")
        assert f"select from one to the other, then {key('edit', 'merge')}" in message_of(app)


async def test_the_screen_of_categories_names_the_keys_that_hold(tmp_path: Path) -> None:
    store = create_store(tmp_path / "store.db", Task.TEXTCAT_MULTILABEL)
    labels = [f"label{number}" for number in range(12)]
    [example_id], _ = add_examples(store, [Record("a text")], "test")
    for name, score in (("left", 1.0), ("right", 0.0)):
        started = start_run(store, predictor=name, kind="file", fingerprint="test", model="test")
        save_predictions(store, started, [Prediction(example_id, cats=dict.fromkeys(labels, score))])
    app = with_keys(TiebreakApp(ReviewSession(store, "sam"), ReviewSession(store, "sam").open(example_id)))
    async with app.run_test(size=(80, 24)) as pilot:
        await run(pilot, "review", "both")
        assert f"{key('review', 'left')} {key('review', 'right')} pick, digits set it" in message_of(app)
        assert f"+3: {key('review', 'type_label')}" in screen_below(app).labels.plain
    store.close()


def test_help_names_no_key_that_may_be_changed() -> None:
    """The help of a command is said beside its key, whatever that is."""
    said = [each.help for each in (*REVIEW, *EDIT) if NAMES_A_KEY.search(each.help)]
    assert said == []
