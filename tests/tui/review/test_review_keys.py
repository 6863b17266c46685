"""The effect of each key of the review screen on the answer and on the store."""

from __future__ import annotations

import asyncio
import sqlite3
from typing import Any

import pytest
from screen_examples import (
    HEADLINE,
    LLM,
    SPACY,
    MakeApp,
    Readings,
    fill,
    meanwhile,
    message_of,
    press,
    review_of,
    screen_of,
    spans,
    until,
)
from textual import events
from textual.widgets import OptionList

from tiebreak.core.errors import StoreError
from tiebreak.core.records import Answer, Prediction, Span, Task
from tiebreak.core.review.options import SessionOptions
from tiebreak.core.selection.filter import EVERYTHING, WITH_AGREED
from tiebreak.core.store import connection
from tiebreak.core.store.answers import answers_in_force
from tiebreak.core.store.predictions import save_predictions, start_run
from tiebreak.tui.app import TiebreakApp
from tiebreak.tui.edit.screen import EditScreen
from tiebreak.tui.review.screen import ReviewScreen


def answers_of(app: TiebreakApp) -> list[Answer]:
    return list(answers_in_force(app.session.store, ["accept", "reject", "ignore"]))


async def test_the_answer_starts_as_agreed_spans_and_the_left_reading_unconfirmed(make_app: MakeApp) -> None:
    app = make_app()
    async with app.run_test():
        review = review_of(app)
        assert review.marks == tuple(sorted(SPACY))
        assert review.unconfirmed == 3
        assert [difference.kind for difference in review.differences] == ["label", "boundary", "missing"]


@pytest.mark.parametrize(
    ("keys", "uber", "ada", "paris"),
    [
        (("right",), "ORG", "Ada Lovelace", True),
        (("right", "left"), "PERSON", "Ada Lovelace", True),
        (("tab", "right"), "PERSON", "Ada", True),
        (("down", "j", "0"), "PERSON", "Ada Lovelace", False),
        (("shift+tab", "right"), "PERSON", "Ada Lovelace", False),
        (("tab", "up", "tab", "k", "right"), "ORG", "Ada Lovelace", True),
        (("right_square_bracket",), "ORG", "Ada", False),
        (("right_square_bracket", "left_square_bracket"), "PERSON", "Ada Lovelace", True),
        (("2",), "ORG", "Ada Lovelace", True),
        (("tab", "tab", "b"), "PERSON", "Ada Lovelace", True),
    ],
)
async def test_a_key_changes_the_answer(
    make_app: MakeApp, keys: tuple[str, ...], uber: str, ada: str, paris: bool
) -> None:
    app = make_app()
    expected = [("Uber", uber), (ada, "PERSON"), ("Acme Corp", "ORG")] + [("Paris", "LOCATION")] * paris
    async with app.run_test() as pilot:
        await press(pilot, *keys)
        assert review_of(app).marks == tuple(sorted(spans(HEADLINE, *expected)))


async def test_a_choice_is_confirmed_and_kept_with_the_answer(make_app: MakeApp) -> None:
    app = make_app()
    async with app.run_test() as pilot:
        await press(pilot, "right", "tab", "0", "a")
        [answer] = answers_of(app)
        assert [(choice.choice, choice.confirmed) for choice in answer.choices] == [
            ("right", True),
            ("neither", True),
            ("left", False),
        ]
        assert answer.shown == tuple(sorted(SPACY))
        assert (answer.annotator, answer.keys) == ("sam", 4)
        assert answer.choices[0].predictors == ("llm",)


@pytest.mark.parametrize(("key", "value"), [("a", "accept"), ("x", "reject"), ("space", "ignore")])
async def test_answer_keys_save_and_go_on(make_app: MakeApp, key: str, value: str) -> None:
    app = make_app()
    async with app.run_test() as pilot:
        await press(pilot, key)
        assert [answer.answer for answer in answers_of(app)] == [value]
        assert isinstance(app.screen, ReviewScreen)
        assert app.screen.review is None


async def test_undo_brings_the_answer_back_as_it_was(make_app: MakeApp) -> None:
    app = make_app()
    async with app.run_test() as pilot:
        await press(pilot, "right", "tab", "0", "tab", "1", "a")
        before = answers_of(app)[0]
        await press(pilot, "u")
        assert answers_of(app) == []
        assert review_of(app).marks == before.spans
        assert review_of(app).settled() == before.choices
        assert "taken back: your newest answer (accept)" in message_of(app)
        await press(pilot, "backspace")
        assert "nothing to take back" in message_of(app)


async def test_u_takes_back_choices_before_answers_and_says_what(make_app: MakeApp) -> None:
    app = make_app(*((f"{HEADLINE} {number}", {"spacy": SPACY, "llm": LLM}) for number in range(2)))
    async with app.run_test() as pilot:
        await press(pilot, "a", "right", "tab", "0", "right_square_bracket")
        right = review_of(app).marks
        await press(pilot, "u")
        assert message_of(app).strip() == "taken back: the choices at 2 differences"
        assert review_of(app).marks != right
        await press(pilot, "u")
        assert message_of(app).strip() == (
            "taken back at difference 2: no span; it is PERSON Ada Lovelace again, not confirmed"
        )
        await press(pilot, "u")
        assert message_of(app).strip() == "taken back at difference 1: ORG Uber; it is PERSON Uber again, not confirmed"
        assert not review_of(app).is_touched
        assert app.session.done == 1
        await press(pilot, "u")
        assert answers_of(app) == []
        assert "taken back: your newest answer (accept); it is open again" in message_of(app)


async def test_backspace_takes_back_the_newest_answer_and_keeps_what_was_chosen_here(make_app: MakeApp) -> None:
    app = make_app(*((f"{HEADLINE} {number}", {"spacy": SPACY, "llm": LLM}) for number in range(2)))
    async with app.run_test() as pilot:
        await press(pilot, "a", "right", "tab", "0")
        chosen = review_of(app)
        await press(pilot, "backspace")
        assert answers_of(app) == []
        assert review_of(app).item.example.id != chosen.item.example.id
        await press(pilot, "a")
        assert review_of(app).item.example.id == chosen.item.example.id
        assert review_of(app).marks == chosen.marks
        await press(pilot, "u")
        assert "taken back at difference 2" in message_of(app)


async def test_esc_in_edit_mode_loses_neither_the_selection_nor_the_edit_at_once(make_app: MakeApp) -> None:
    app = make_app()
    async with app.run_test() as pilot:
        await press(pilot, "e", "G", "d", "H", "H", "escape")
        assert isinstance(app.screen, EditScreen)
        assert "esc again gives the edit up" in app.screen.message.plain
        edited = app.screen.editor.spans
        await press(pilot, "escape")
        assert isinstance(app.screen, ReviewScreen)
        assert message_of(app).strip() == "the edit is given up; u brings it back"
        assert review_of(app).marks != edited
        await press(pilot, "u")
        assert review_of(app).marks == edited
        assert message_of(app).strip() == "the edit that was given up is back"
        await press(pilot, "u")
        assert "taken back" in message_of(app)
        assert not review_of(app).is_touched


async def test_skip_gives_no_answer_and_the_example_comes_back(make_app: MakeApp) -> None:
    other = "Acme buys Uber"
    app = make_app(
        (HEADLINE, {"spacy": SPACY, "llm": LLM}),
        (other, {"spacy": spans(other, ("Acme", "ORG")), "llm": spans(other, ("Uber", "ORG"))}),
    )
    async with app.run_test() as pilot:
        first = review_of(app).item.example.text
        await press(pilot, "s")
        assert review_of(app).item.example.text != first
        await press(pilot, "s")
        assert review_of(app).item.example.text == first
        assert answers_of(app) == []


async def test_both_is_refused_where_readings_overlap_and_taken_in_spancat(make_app: MakeApp) -> None:
    app = make_app()
    async with app.run_test() as pilot:
        await press(pilot, "tab", "b")
        assert "overlap" in message_of(app)
        assert not review_of(app).choices[1].confirmed


async def test_both_keeps_overlapping_readings_in_spancat(make_app: MakeApp) -> None:
    app = make_app((HEADLINE, {"spacy": SPACY, "llm": LLM}), task=Task.SPANCAT)
    async with app.run_test() as pilot:
        await press(pilot, "tab", "b")
        assert set(spans(HEADLINE, ("Ada", "PERSON"), ("Ada Lovelace", "PERSON"))) <= set(review_of(app).marks)
        assert review_of(app).choices[1].name == "both"


async def test_three_predictors_are_grouped_by_reading_and_stepped_through(make_app: MakeApp) -> None:
    text = "Apple grows"
    apple = spans(text, ("Apple", "ORG"))
    app = make_app((text, {"c": apple, "b": apple, "a": spans(text, ("Apple", "PRODUCT"))}))
    async with app.run_test() as pilot:
        assert [reading.predictors for reading in review_of(app).readings[0]] == [("c", "b"), ("a",)]
        await press(pilot, "right")
        assert review_of(app).marks == tuple(spans(text, ("Apple", "PRODUCT")))


async def test_agreed_examples_come_last_and_only_when_asked_for(make_app: MakeApp) -> None:
    agreed = "Acme grows"
    app = make_app(
        (agreed, {"spacy": spans(agreed, ("Acme", "ORG")), "llm": spans(agreed, ("Acme", "ORG"))}),
        (HEADLINE, {"spacy": SPACY, "llm": LLM}),
        queue=WITH_AGREED,
    )
    async with app.run_test() as pilot:
        assert review_of(app).item.example.text == HEADLINE
        await press(pilot, "a")
        assert review_of(app).item.example.text == agreed
        await press(pilot, "right", "0", "b", "1", "tab", "left_square_bracket")
        assert review_of(app).marks == tuple(spans(agreed, ("Acme", "ORG")))


async def test_a_digit_without_a_label_says_so(make_app: MakeApp) -> None:
    app = make_app()
    async with app.run_test() as pilot:
        await press(pilot, "9")
        assert "no label 9" in message_of(app)


@pytest.mark.parametrize("key", ["question_mark", "h"])
async def test_help_lists_every_command_and_any_key_closes_it(make_app: MakeApp, key: str) -> None:
    from tiebreak.tui.commands import REVIEW
    from tiebreak.tui.widgets.page_view import PageView

    app = make_app()
    async with app.run_test() as pilot:
        await press(pilot, key)
        await app.workers.wait_for_complete()
        shown = " ".join(app.screen.query_one(PageView).plain.split())
        assert all(command.help in shown for command in REVIEW)
        await press(pilot, "z")
        assert isinstance(app.screen, ReviewScreen)
        assert answers_of(app) == []


async def test_the_palette_runs_a_command_by_name(make_app: MakeApp) -> None:
    app = make_app()
    async with app.run_test() as pilot:
        await press(pilot, "ctrl+p")
        await press(pilot, *"reject")
        await until(pilot, lambda: app.screen.query_one(OptionList).option_count == 1)
        await press(pilot, "enter")
        await until(pilot, lambda: isinstance(app.screen, ReviewScreen) and bool(answers_of(app)))
        assert [answer.answer for answer in answers_of(app)] == ["reject"]


async def test_a_failed_predictor_is_shown_as_that_and_is_no_reading(make_app: MakeApp) -> None:
    app = make_app()
    store = app.session.store
    run = start_run(store, predictor="claude", kind="llm", fingerprint="x", model="claude")
    save_predictions(store, run, [Prediction(1, error="HTTP 500")])
    app.first = app.session.next()
    async with app.run_test() as pilot:
        await pilot.pause()
        assert "claude failed: HTTP 500" in message_of(app)
        assert all(len(difference.readings) == 2 for difference in review_of(app).differences)


@pytest.mark.parametrize(
    ("task", "readings", "blind", "rule", "said"),
    [
        (Task.NER, {"spacy": [], "llm": []}, False, "A B agree", "spacy, llm agree here (claude failed); a accepts"),
        (Task.NER, {"spacy": [], "llm": []}, True, " agree ", " agree here ("),
        (Task.NER, {"spacy": []}, False, "claude failed", "spacy marks nothing here (claude failed); e marks"),
        (Task.TEXTCAT, {"spacy": [], "llm": []}, False, "A B agree", "spacy, llm agree here (claude failed)"),
        (Task.TEXTCAT, {}, False, "claude failed", "No model has read this text (claude failed)"),
    ],
)
async def test_what_failed_is_never_among_those_that_agree(
    make_app: MakeApp, task: Task, readings: Readings, blind: bool, rule: str, said: str
) -> None:
    app = make_app((HEADLINE, readings), task=task, queue=EVERYTHING, options=SessionOptions(blind=blind))
    run = start_run(app.session.store, predictor="claude", kind="llm", fingerprint="x", model="claude")
    save_predictions(app.session.store, run, [Prediction(1, error="HTTP 500")])
    app.first = app.session.next()
    async with app.run_test(size=(100, 24)) as pilot:
        await press(pilot, "tab")
        legend = screen_of(app).rule.plain
        assert rule in legend
        assert " failed  " in legend
        assert "all agree" not in legend
        assert said in message_of(app)


async def test_editing_moves_extends_labels_and_deletes(make_app: MakeApp) -> None:
    app = make_app()
    async with app.run_test() as pilot:
        await press(pilot, "e", "delete", "end", "d", "home", "right", "1", "tab", "full_stop", "enter")
        text = HEADLINE
        assert review_of(app).marks == tuple(
            sorted(spans(text, ("hires", "LOCATION"), ("Ada Lovelace of", "PERSON"), ("Acme Corp", "ORG")))
        )


async def test_editing_selects_several_tokens_for_a_new_span(make_app: MakeApp) -> None:
    app = make_app()
    async with app.run_test() as pilot:
        await press(pilot, "e", "right", "L", "shift+right", "2", "enter")
        assert Span(5, 23, "ORG") in review_of(app).marks
        assert not any(span.start == 11 for span in review_of(app).marks)


async def test_escape_restores_what_was_there_before_the_edit(make_app: MakeApp) -> None:
    app = make_app()
    async with app.run_test() as pilot:
        await press(pilot, "right")
        before = review_of(app).marks
        await press(pilot, "e", "d", "tab", "d", "escape")
        assert review_of(app).marks == before


async def test_characters_express_what_tokens_cannot(make_app: MakeApp) -> None:
    app = make_app()
    async with app.run_test() as pilot:
        await press(pilot, "e", "c", "comma", "enter")
        assert Span(0, 3, "PERSON") in review_of(app).marks


async def test_an_edit_is_settled_as_edited(make_app: MakeApp) -> None:
    app = make_app()
    async with app.run_test() as pilot:
        await press(pilot, "e", "full_stop", "enter", "a")
        [answer] = answers_of(app)
        assert [choice.choice for choice in answer.choices] == ["edited", "left", "left"]


async def test_a_locked_store_is_waited_for_and_then_named_and_nothing_is_lost(
    make_app: MakeApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "LOCK_TIMEOUT", 1.0)
    app = make_app()
    other = sqlite3.connect(app.session.store.path, isolation_level=None)
    async with app.run_test() as pilot:
        other.execute("BEGIN IMMEDIATE")
        answering = asyncio.create_task(pilot.press("right", "a"))
        await meanwhile(lambda: "waiting for the store" in message_of(app))
        await answering
        await until(pilot, lambda: "locked" in message_of(app))
        assert review_of(app).choices[0].name == "right"
        other.execute("ROLLBACK")
        await press(pilot, "a")
        assert len(answers_of(app)) == 1
    other.close()


async def test_a_store_that_was_deleted_is_said_to_be_so(make_app: MakeApp) -> None:
    app = make_app()
    async with app.run_test() as pilot:
        app.session.store.path.unlink()
        await press(pilot, "a")
        assert "deleted or replaced" in message_of(app)
        assert app.session.done == 0


async def test_keys_typed_while_an_answer_waits_answer_nothing_unseen(make_app: MakeApp) -> None:
    texts = [f"Acme {number} buys Uber" for number in range(4)]
    app = make_app(
        *((text, {"spacy": spans(text, ("Acme", "ORG")), "llm": spans(text, ("Uber", "ORG"))}) for text in texts)
    )
    other = sqlite3.connect(app.session.store.path, isolation_level=None)
    async with app.run_test() as pilot:
        other.execute("BEGIN IMMEDIATE")
        for key in ("a", "a", "x"):
            app.post_message(events.Key(key, key))
        await meanwhile(lambda: "waiting for the store" in message_of(app))
        other.execute("ROLLBACK")
        await until(pilot, lambda: bool(answers_of(app)))
        await pilot.pause()
        assert len(answers_of(app)) == 1
        await press(pilot, "x")
        assert [answer.answer for answer in answers_of(app)] == ["accept", "reject"]
    other.close()


@pytest.mark.parametrize(
    ("readings", "said"),
    [
        ({}, "Nothing is compared yet"),
        ({"spacy": []}, "those of 1 model"),
        ({"spacy": [], "llm": []}, "All models agree on all 1"),
    ],
)
async def test_an_empty_queue_says_why_and_what_to_do(make_app: MakeApp, readings: Readings, said: str) -> None:
    app = make_app(("Acme", readings))
    async with app.run_test() as pilot:
        await press(pilot, "a", "e", "tab", "s")
        assert isinstance(app.screen, ReviewScreen)
        assert said in app.screen.engine.nothing_left
        assert answers_of(app) == []


async def test_the_queue_that_was_empty_opens_what_another_process_adds(make_app: MakeApp) -> None:
    app = make_app((HEADLINE, {"spacy": SPACY}))
    async with app.run_test() as pilot:
        fill(app.session.store, [(HEADLINE, {"llm": LLM})])
        assert isinstance(app.screen, ReviewScreen)
        await app.screen.keeping_up.look()
        await pilot.pause()
        assert review_of(app).item.example.text == HEADLINE


async def test_keys_of_edit_mode_count(make_app: MakeApp) -> None:
    app = make_app()
    async with app.run_test() as pilot:
        await press(pilot, "e", "right", "right", "1", "enter", "a")
        assert [answer.keys for answer in answers_of(app)] == [6]


async def test_what_auto_accepted_waits_for_a_person_once_a_model_disagrees(make_app: MakeApp) -> None:
    text = "Acme grows"
    acme = spans(text, ("Acme", "ORG"))
    app = make_app((text, {"spacy": acme, "llm": acme}))
    assert app.session.accept_agreed() == 1
    fill(app.session.store, [(text, {"claude": spans(text, ("Acme", "PERSON"))})])
    app.first = app.session.next()
    async with app.run_test() as pilot:
        await press(pilot, "a")
        assert [answer.annotator for answer in answers_of(app)] == ["sam"]


async def test_a_damaged_store_is_a_message_and_no_crash(make_app: MakeApp, monkeypatch: pytest.MonkeyPatch) -> None:
    app = make_app()

    def fail(queue: object) -> None:
        raise StoreError("the file is damaged")

    async with app.run_test() as pilot:
        monkeypatch.setattr(app.lookups, "progress", fail)
        assert isinstance(app.screen, ReviewScreen)
        await app.screen.keeping_up.look()
        await pilot.pause()
        assert "damaged" in message_of(app)


async def test_lost_mentions_are_named_whatever_form_they_have(make_app: MakeApp) -> None:
    app = make_app()
    run = start_run(app.session.store, predictor="llm", kind="file", fingerprint="test", model="test")
    dropped: list[Any] = [{"text": "Zed", "label": "ORG"}, "Zoe"]
    save_predictions(app.session.store, run, [Prediction(1, tuple(LLM), dropped=dropped)])
    app.first = app.session.next()
    async with app.run_test() as pilot:
        await pilot.pause()
        assert "also named Zed, Zoe (not in text)" in message_of(app)


LONG = " and ".join(f"Anna{number} Smith{number}" for number in range(30))


async def test_the_answer_of_the_focused_difference_is_in_sight(make_app: MakeApp) -> None:
    people = [(f"Anna{number} Smith{number}", "PERSON") for number in range(30)]
    others = [*people[:-2], (people[-2][0], "ORG")]
    app = make_app((LONG, {"spacy": spans(LONG, *people), "llm": spans(LONG, *others)}))
    async with app.run_test(size=(80, 24)) as pilot:
        screen = app.screen
        assert isinstance(screen, ReviewScreen)
        await pilot.pause()
        await press(pilot, "down")
        assert "Anna29 Smith29 PERSON" in " ".join(screen.answer.plain_lines)
        await press(pilot, "up")
        assert "Anna28 Smith28 PERSON" in " ".join(screen.answer.plain_lines)
        assert "…" in screen.answer.plain_lines[0]


async def test_five_long_names_leave_room_for_each_letter_and_the_place(make_app: MakeApp) -> None:
    names = ["biobert-v1.1", "gpt-4", "bert-base-uncased", "BioLinkBERT-base", "gpt-3.5-turbo"]
    app = make_app((HEADLINE, {name: LLM if name == "gpt-4" else SPACY for name in names}))
    async with app.run_test(size=(80, 24)) as pilot:
        screen = app.screen
        assert isinstance(screen, ReviewScreen)
        await press(pilot, "f")
        [legend] = screen.rule.plain_lines
        assert all(f"{letter} " in legend for letter in "ABCDE")
        assert "gpt-4  " in legend
        assert legend.endswith("difference 1 of 3  ⚑")
