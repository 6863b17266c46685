"""What an annotator sees of a text of the slice: no model's name, nothing picked, and what is still open."""

from __future__ import annotations

import pytest
from screen_examples import LLM, SPACY, MakeApp, message_of, press, review_of, screen_of, spans

from tiebreak.core.store.answers import answers_in_force
from tiebreak.core.store.remarks import remark_of
from tiebreak.tui.app import TiebreakApp


def sliced_app(make_app: MakeApp, *, unmarked: bool = False) -> TiebreakApp:
    """An app whose first example is of the slice."""
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
    """All that is on screen, as text."""
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
        assert message_of(app).startswith("◇ a random text")


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
                assert message_of(app).startswith("nothing is chosen here yet")
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


async def test_it_can_be_no_example_and_takes_a_note(make_app: MakeApp) -> None:
    app = sliced_app(make_app)
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, "f")
        assert "cannot become an example" in message_of(app)
        assert remark_of(app.session.store, 1, "sam") is None
        await press(pilot, "i")
        assert "hidden here" in message_of(app)
