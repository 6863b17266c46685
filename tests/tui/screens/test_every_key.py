"""Every key of every place, whatever is on screen: no crash, and no answer that nobody meant."""

from __future__ import annotations

import pytest
from screen_examples import HEADLINE, LLM, SPACY, MakeApp, Readings, press, spans
from textual.screen import Screen

from tiebreak.core.records import Span, Spans, Task, Token
from tiebreak.core.selection.filter import WITH_AGREED, QueueFilter
from tiebreak.core.store.answers import answers_in_force
from tiebreak.tui.commands import EDIT, MARK, REVIEW
from tiebreak.tui.edit.screen import EditScreen
from tiebreak.tui.review.screen import ReviewScreen

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
    "one model": ((TEXT, {"spacy": ACME}), Task.NER, QueueFilter()),
    "nothing left": ((TEXT, {"spacy": ACME}), Task.NER, QueueFilter.parse("status:disagreeing")),
}
KEYS = [(command, key) for command in REVIEW for key in command.keys if command.name not in LEAVING]


@pytest.mark.parametrize(
    "screen", [each if each == "a headline" else pytest.param(each, marks=pytest.mark.full) for each in SCREENS]
)
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
            await app.screen.keeping_up.look()
            answered = len(list(answers_in_force(app.session.store, ["accept", "reject", "ignore"])))
            assert answered == (command.name in ANSWERING and screen != "nothing left"), key
            if answered:
                await pilot.press("u")
                await pilot.pause()


# The start of edit mode, as `shown` writes it: the spans in square brackets, the cursor between < and >.
EDITED = "[Acme:L1] paid [<Ada>:L2] Lovelace, says\nAcme to Ada today"
# For each command of edit mode: the keys pressed, with _ for its own, and the result.
EDITS = {
    "left": ("_", "[Acme:L1] <paid> [Ada:L2] Lovelace, says\nAcme to Ada today"),
    "right": ("right _", "[Acme:L1] paid [Ada:L2] Lovelace<,> says\nAcme to Ada today"),
    "extend_left": ("_", "[Acme:L1] <paid [Ada>:L2] Lovelace, says\nAcme to Ada today"),
    "extend_right": ("right _", "[Acme:L1] paid [Ada:L2] <Lovelace,> says\nAcme to Ada today"),
    "next": ("home _", EDITED),
    "previous": ("_", "[<Acme>:L1] paid [Ada:L2] Lovelace, says\nAcme to Ada today"),
    "label": ("_", "[Acme:L1] paid [<Ada>:L_] Lovelace, says\nAcme to Ada today"),
    "label_by_name": ("_ l 3 enter", "[Acme:L1] paid [<Ada>:L3] Lovelace, says\nAcme to Ada today"),
    "delete": ("_", "[Acme:L1] paid <Ada> Lovelace, says\nAcme to Ada today"),
    "end_right": ("_", "[Acme:L1] paid [<Ada> Lovelace:L2], says\nAcme to Ada today"),
    "end_left": ("full_stop _", EDITED),
    "start_left": ("_", "[Acme:L1] [paid <Ada>:L2] Lovelace, says\nAcme to Ada today"),
    "start_right": ("less_than_sign _", EDITED),
    "start_to": ("_ p", "[Acme:L1] [paid <Ada>:L2] Lovelace, says\nAcme to Ada today"),
    "end_to": ("_ L", "[Acme:L1] paid [<Ada> Lovelace:L2], says\nAcme to Ada today"),
    "done": ("d _", "review: [Acme:L1] paid Ada Lovelace, says\nAcme to Ada today"),
    "undo": ("d _", EDITED),
    "split": ("full_stop right _", "[Acme:L1] paid [Ada:L2] [<Lovelace>:L2], says\nAcme to Ada today"),
    "merge": ("right 2 left _", "[Acme:L1] paid [<Ada> Lovelace:L2], says\nAcme to Ada today"),
    "label_same": ("_", "[Acme:L1] paid [<Ada>:L2] Lovelace, says\nAcme to [Ada:L2] today"),
    "delete_same": ("asterisk _", "[Acme:L1] paid <Ada> Lovelace, says\nAcme to Ada today"),
    "find": ("_ e enter", "[Acme:L1] paid [Ada:L2] <Lovelace>, says\nAcme to Ada today"),
    "next_match": ("slash e enter _", "[Acme:L1] paid [Ada:L2] Lovelace, says\n<Acme> to Ada today"),
    "previous_match": ("slash e enter _", "[<Acme>:L1] paid [Ada:L2] Lovelace, says\nAcme to Ada today"),
    "characters": ("_ right", "[Acme:L1] paid [A<d>a:L2] Lovelace, says\nAcme to Ada today"),
    "left_reading": ("d _", EDITED),
    "right_reading": ("_", "[Acme:L1] paid [<Ada> Lovelace:L2], says\nAcme to Ada today"),
    "next_difference": ("home _", EDITED),
    "previous_difference": ("G _", "[Acme:L1] paid [Ada:L2] Lovelace, says\n<Acme> to Ada today"),
    "word_right": ("right _", "[Acme:L1] paid [Ada:L2] Lovelace, <says>\nAcme to Ada today"),
    "word_left": ("end _", "[Acme:L1] paid [Ada:L2] <Lovelace>, says\nAcme to Ada today"),
    "down": ("_", "[Acme:L1] paid [Ada:L2] Lovelace, says\nAcme to <Ada> today"),
    "up": ("G _", EDITED),
    "line_start": ("down _", "[Acme:L1] paid [Ada:L2] Lovelace, says\n<Acme> to Ada today"),
    "line_end": ("_", "[Acme:L1] paid [Ada:L2] Lovelace, <says>\nAcme to Ada today"),
    "text_start": ("down _", "[<Acme>:L1] paid [Ada:L2] Lovelace, says\nAcme to Ada today"),
    "text_end": ("_", "[Acme:L1] paid [Ada:L2] Lovelace, says\nAcme to Ada <today>"),
    "select": ("_ right right", "[Acme:L1] paid [<Ada:L2] Lovelace,> says\nAcme to Ada today"),
    "extend_word_right": ("right _", "[Acme:L1] paid [Ada:L2] <Lovelace, says>\nAcme to Ada today"),
    "extend_word_left": ("end _", "[Acme:L1] paid [Ada:L2] <Lovelace, says>\nAcme to Ada today"),
    "extend_down": ("_", "[Acme:L1] paid [<Ada:L2] Lovelace, says\nAcme to Ada> today"),
    "extend_up": ("down _", "[Acme:L1] paid [<Ada:L2] Lovelace, says\nAcme to Ada> today"),
    "redo": ("d u _", "[Acme:L1] paid <Ada> Lovelace, says\nAcme to Ada today"),
    "cancel": ("d _", "review: [Acme:L1] paid [Ada:L2] Lovelace, says\nAcme to Ada today"),
    "accept": ("_", "ReviewScreen"),
    "help": ("_", "HelpScreen"),
}


def shown(screen: Screen[object]) -> str:
    """Return the text with the spans of the edit or of the answer, and the cursor in edit mode."""
    if isinstance(screen, EditScreen):
        return marked(screen.editor.text, screen.editor.spans, screen.editor.selection)
    if isinstance(screen, ReviewScreen) and screen.review is not None:
        return f"review: {marked(screen.review.item.example.text, screen.review.marks)}"
    return type(screen).__name__


def marked(text: str, spans: Spans, cursor: Token | None = None) -> str:
    signs = [(start, 1, "[") for start, _, _ in spans] + [(end, 0, f":{label}]") for _, end, label in spans]
    if cursor is not None:
        signs += [(cursor[0], 2, "<"), (cursor[1], -1, ">")]
    for place, _, sign in sorted(signs, reverse=True):
        text = f"{text[:place]}{sign}{text[place:]}"
    return text


@pytest.mark.full
async def test_every_key_of_edit_mode(make_app: MakeApp) -> None:
    text = EDITED.translate(str.maketrans("", "", "[]<>")).replace(":L1", "").replace(":L2", "")
    acme, ada = Span(0, 4, "L1"), Span(10, 13, "L2")
    second = text.rindex("Acme")
    left, right = [acme, ada], [acme, Span(10, 22, "L2"), Span(second, second + 4, "L1")]
    nine = [Span(number, number + 1, f"L{number + 1}") for number in range(9)]  # a label for each digit
    app = make_app((text, {"spacy": left, "llm": right}), ("Uber grows", {"spacy": nine, "llm": nine}))
    async with app.run_test() as pilot:
        for command, key in [(each, key) for each in EDIT for key in each.keys]:
            keys, expected = EDITS[command.name]
            await press(pilot, "e")
            assert shown(app.screen) == EDITED
            await press(pilot, *(key if each == "_" else each for each in keys.split()))
            assert shown(app.screen) == expected.replace("L_", f"L{key}"), (command.name, key)
            while not isinstance(app.screen, ReviewScreen):
                await press(pilot, "escape")
            if command.name == "done":
                await press(pilot, "u")
            elif command.name == "accept":
                await press(pilot, "backspace")
        assert list(answers_in_force(app.session.store, ["accept", "reject", "ignore"])) == []


async def test_every_command_of_the_review_and_of_edit_mode_has_a_method(make_app: MakeApp) -> None:
    app = make_app((TEXT, {"spacy": ACME, "llm": []}))
    async with app.run_test() as pilot:
        for opens in ((), ("e",)):
            await press(pilot, *opens)
            screen = app.screen
            assert isinstance(screen, ReviewScreen | EditScreen)
            names = [command.name for command in screen.commands]
            assert [name for name in names if not any(hasattr(each, f"do_{name}") for each in screen.handlers)] == []


def test_no_two_commands_of_a_place_have_the_same_key() -> None:
    for commands in (REVIEW, EDIT, MARK):
        keys = [key for command in commands for key in command.keys]
        assert len(set(keys)) == len(keys)
