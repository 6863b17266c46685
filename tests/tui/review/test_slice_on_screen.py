"""A text of the slice on screen: no model's name, no choice made in advance, and a note of what is still open."""

from __future__ import annotations

from typing import Any

import pytest
from screen_examples import HEADLINE, LLM, SPACY, MakeApp, message_of, press, review_of, screen_of, spans

from tiebreak.core.records import Answer, Prediction, Task
from tiebreak.core.review.options import SessionOptions
from tiebreak.core.store.answers import answers_in_force, save_answer
from tiebreak.core.store.predictions import save_predictions, start_run
from tiebreak.core.store.remarks import remark_of
from tiebreak.tui.app import TiebreakApp
from tiebreak.tui.screens.example_list import ExampleListScreen
from tiebreak.tui.widgets.page_view import PageView


def sliced_app(make_app: MakeApp, *, unmarked: bool = False) -> TiebreakApp:
    """Return an app whose first example is in the slice."""
    return sliced(make_app(), unmarked=unmarked)


def sliced(app: TiebreakApp, *, unmarked: bool) -> TiebreakApp:
    store = app.session.store
    with store.transaction():
        store.execute(
            "INSERT INTO slice (example_id, position, unmarked, drawn_at) VALUES (1, 0.0, ?, 1.0)", (int(unmarked),)
        )
    app.first = app.session.open(1)
    return app


def rows(app: TiebreakApp) -> list[str]:
    return [line.rstrip() for line in screen_of(app).difference_list.plain_lines if line.strip()]


def shown(app: TiebreakApp) -> str:
    """Return the whole screen as text."""
    screen = screen_of(app)
    return "\n".join(str(line) for widget in screen.children for line in getattr(widget, "plain_lines", ()))


async def test_nothing_is_picked_and_no_model_is_named(make_app: MakeApp) -> None:
    app = sliced_app(make_app)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        review = review_of(app)
        assert not review.marks
        assert all("●" not in row for row in rows(app))
        assert "spacy" not in shown(app)
        assert "llm" not in shown(app)
        assert "◇ random text" in screen_of(app).header.plain_lines[0]
        assert message_of(app).strip() == (
            "◇ a random text: it measures, nothing is suggested; settle and confirm each row"
        )
        assert "not confirmed" not in screen_of(app).rule.plain_lines[0]
        assert f"{len(review.differences)} open" in screen_of(app).rule.plain_lines[0]


async def test_what_all_say_takes_one_key_and_a_difference_a_choice(make_app: MakeApp) -> None:
    app = sliced_app(make_app)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        review = review_of(app)
        agreed = sum(place.is_offer for place in review.differences)
        assert agreed
        for _ in range(len(review.differences)):
            is_offer = review.differences[review.focus].is_offer
            await press(pilot, "enter")
            if not is_offer:
                assert message_of(app).strip() == "nothing is chosen here yet: ← → take a reading, 0 none"
                await press(pilot, "shift+left")
        assert not review.unconfirmed
        await press(pilot, "a")
        [answer] = answers_in_force(app.session.store, ("accept",))
        assert (answer.view, answer.screen and answer.screen["selected_by"]) == ("slice", "slice")
        assert len(answer.offered) == agreed
        assert len(answer.choices) == len(review.item.differences)
        assert all(each.confirmed for each in (*answer.choices, *answer.offered))


@pytest.mark.parametrize("key", ["a", "A", "[", "]"])
async def test_what_is_open_is_asked_for(make_app: MakeApp, key: str) -> None:
    app = sliced_app(make_app)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        review = review_of(app)
        await press(pilot, "enter", key)
        assert message_of(app).startswith("◇ still open: ")
        assert review_of(app) is review
        assert not [*answers_in_force(app.session.store, ("accept",))]


async def test_on_an_unmarked_text_agreed_marks_are_nowhere(make_app: MakeApp) -> None:
    app = sliced_app(make_app, unmarked=True)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        review = review_of(app)
        agreed = {*SPACY} & {*LLM}
        assert agreed
        assert not any(place.is_offer for place in review.differences)
        assert message_of(app).strip() == ("◇ a random text: it measures, what all models say is hidden: e marks all")
        assert "what both say is hidden" in screen_of(app).rule.plain_lines[0]
        assert not agreed & {mark for marks in review.lanes.values() for mark in marks}
        for _ in review.differences:
            await press(pilot, "shift+left")
        await press(pilot, "a")
        [answer] = answers_in_force(app.session.store, ("accept",))
        assert not agreed & {*answer.spans}


async def test_an_unmarked_text_on_which_all_agree_says_nothing_of_that(make_app: MakeApp) -> None:
    text = "Ada Lovelace lived in London."
    said = spans(text, ("Ada Lovelace", "PERSON"))
    app = sliced(make_app((text, {"spacy": said, "llm": said})), unmarked=True)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        assert rows(app) == ["  Nothing is marked for you here: e marks what there is, a accepts."]
        await press(pilot, "a")
        [answer] = answers_in_force(app.session.store, ("accept",))
        assert answer.spans == ()


async def test_an_answer_that_was_taken_back_is_open_as_it_was(make_app: MakeApp) -> None:
    app = sliced_app(make_app)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        for place in review_of(app).differences:
            await press(pilot, "enter" if place.is_offer else "shift+right")
        before = review_of(app).marks
        await press(pilot, "a", "u")
        review = review_of(app)
        assert review.sliced is not None
        assert (review.marks, review.unconfirmed) == (before, 0)


async def test_what_is_still_open_is_said_with_its_keys(make_app: MakeApp) -> None:
    app = sliced_app(make_app)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        kinds = [place.kind for place in review_of(app).differences]
        shown = {}
        for kind in kinds:
            await press(pilot, "a")
            shown[kind] = message_of(app).strip()
            await press(pilot, "down")
        assert (
            shown["agreed"] == f"◇ still open: {len(kinds)} of {len(kinds)} rows; enter keeps what all say, 0 drops it"
        )
        assert shown["label"].endswith("rows; ← → take a reading, 0 none")


async def test_what_was_chosen_is_there_again_after_leaving(make_app: MakeApp) -> None:
    app = sliced_app(make_app)
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, "shift+right", "shift+left")
        left = review_of(app)
        app.session.leave(left)
    again = app.session.resume()
    assert again is not None
    assert again.sliced is not None
    assert (again.marks, again.settled()) == (left.marks, left.settled())
    assert again.unconfirmed == len(left.differences) - 2


async def test_the_list_marks_those_that_were_drawn(make_app: MakeApp) -> None:
    app = sliced_app(make_app)
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, "l")
        assert isinstance(app.screen, ExampleListScreen)
        lines = [app.screen.list.render_line(y).text for y in range(app.screen.list.count)]
        assert ["◇" in line for line in lines] == [each == 1 for each in app.screen.ids]
        assert not any("label" in line for line in lines)
        app.session.store.execute("UPDATE slice SET drawn_at = NULL")
        await press(pilot, "escape", "l")
        lines = [app.screen.list.render_line(y).text for y in range(app.screen.list.count)]
        assert not any("◇" in line for line in lines)
        assert "label" in lines[0]


async def test_it_can_be_no_example_and_takes_a_note(make_app: MakeApp) -> None:
    app = sliced_app(make_app)
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, "f")
        assert "cannot be flagged" in message_of(app)
        assert remark_of(app.session.store, 1, "sam") is None


async def test_whoever_adjudicates_one_cannot_make_it_an_example_either(make_app: MakeApp) -> None:
    app = make_app(options=SessionOptions(adjudicate=True))
    store = app.session.store
    for name, said in (("ada", SPACY), ("bob", LLM)):
        save_answer(store, Answer(1, name, "s", "accept", tuple(said), view="slice"))
    app = sliced(app, unmarked=False)
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, "f")
        assert "cannot be flagged" in message_of(app)
        assert remark_of(store, 1, "sam") is None


async def test_inspecting_it_tells_of_the_text_and_of_no_model(make_app: MakeApp) -> None:
    app = sliced_app(make_app)
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, "i")
        page = app.screen.query_one(PageView).plain
        assert "◇ a random text" in page
        assert "_input_hash" in page
        assert "spacy" not in page
        assert "PERSON" not in page


@pytest.mark.parametrize("unmarked", [False, True], ids=["marked", "unmarked"])
def test_how_it_looks(snap_compare: Any, make_app: MakeApp, unmarked: bool) -> None:
    assert snap_compare(sliced_app(make_app, unmarked=unmarked), terminal_size=(80, 24), press=["shift+left"])


def test_how_categories_of_it_look(snap_compare: Any, make_app: MakeApp) -> None:
    app = make_app(("Can I book a room with a view?", {}), task=Task.TEXTCAT_MULTILABEL)
    store = app.session.store
    for name, cats in {
        "spacy": {"booking": 0.91, "room": 0.4, "price": 0.1},
        "llm": {"booking": 0.8, "room": 0.7, "price": 0.2},
    }.items():
        run = start_run(store, predictor=name, kind="file", fingerprint="test", model="test")
        save_predictions(store, run, [Prediction(1, cats=cats)])
    assert snap_compare(sliced(app, unmarked=True), terminal_size=(80, 24), press=["shift+right"])


@pytest.mark.parametrize("unmarked", [False, True])
async def test_with_one_model_its_marks_are_questions_or_hidden_and_nobody_agrees(
    make_app: MakeApp, *, unmarked: bool
) -> None:
    app = sliced(make_app((HEADLINE, {"spacy": SPACY})), unmarked=unmarked)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        said = [" ".join(message_of(app).split())]
        if unmarked:
            assert said[0].startswith("◇ a random text: it measures, what the model says is hidden")
        else:
            assert said[0].endswith("settle and confirm each question")
            await press(pilot, "a")
            said.append(" ".join(message_of(app).split()))
            assert said[1] == "◇ still open: 4 of 4 questions; enter keeps what the model says, 0 drops it"
        everything = " ".join([*said, shown(app)])
        assert "spacy" not in everything
        assert "all models" not in everything
        assert "all say" not in everything
        assert "both" not in everything
