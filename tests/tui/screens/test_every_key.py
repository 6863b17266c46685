"""Every key of every place, whatever is on screen: no crash, nothing answered that was not meant to be."""

from __future__ import annotations

import pytest
from screen_examples import HEADLINE, LLM, SPACY, MakeApp, Readings, spans

from tiebreak.core.records import Task
from tiebreak.core.selection.filter import WITH_AGREED, QueueFilter
from tiebreak.core.store.answers import answers_in_force
from tiebreak.tui.commands import EDIT, REVIEW, Command
from tiebreak.tui.screens.review import ReviewScreen

ANSWERING = {"accept", "confirm_and_accept", "reject", "ignore"}
LEAVING = {"quit"}
TEXT = "Acme grows in Paris"
ACME = spans(TEXT, ("Acme", "ORG"))

SCREENS: dict[str, tuple[tuple[str, Readings], Task, QueueFilter]] = {
    "a headline": ((HEADLINE, {"spacy": SPACY, "llm": LLM}), Task.NER, QueueFilter()),
    "three predictors": (
        (TEXT, {"c": ACME, "b": [], "a": spans(TEXT, ("Acme grows", "ORG"), ("Paris", "LOCATION"))}),
        Task.SPANCAT,
        QueueFilter(),
    ),
    "all agree": ((TEXT, {"spacy": ACME, "llm": ACME}), Task.NER, WITH_AGREED),
    "nothing left": ((TEXT, {"spacy": ACME}), Task.NER, QueueFilter()),
}
KEYS = [(command, key) for command in REVIEW for key in command.keys if command.name not in LEAVING]


@pytest.mark.parametrize("screen", SCREENS)
async def test_every_key_of_the_review(make_app: MakeApp, screen: str) -> None:
    example, task, queue = SCREENS[screen]
    app = make_app(example, task=task, queue=queue)
    async with app.run_test() as pilot:
        for command, key in KEYS:
            await pilot.press(key)
            await pilot.pause()
            while not isinstance(app.screen, ReviewScreen):
                await pilot.press("escape")
                await pilot.pause()
            await app.screen.refresh_progress()
            answered = len(list(answers_in_force(app.session.store, ["accept", "reject", "ignore"])))
            assert answered == (command.name in ANSWERING and screen != "nothing left"), key
            if answered:
                await pilot.press("u")
                await pilot.pause()


@pytest.mark.parametrize("command", EDIT, ids=lambda command: command.name)
async def test_every_key_of_edit_mode(make_app: MakeApp, command: Command) -> None:
    app = make_app()
    async with app.run_test() as pilot:
        for key in command.keys:
            await pilot.press("e", "right", key)
            await pilot.pause()
            while not isinstance(app.screen, ReviewScreen):
                await pilot.press("escape")
                await pilot.pause()
            assert list(answers_in_force(app.session.store, ["accept", "reject", "ignore"])) == []


def test_no_two_commands_of_a_place_have_the_same_key() -> None:
    for commands in (REVIEW, EDIT):
        keys = [key for command in commands for key in command.keys]
        assert len(set(keys)) == len(keys)
