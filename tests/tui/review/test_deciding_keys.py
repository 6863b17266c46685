"""The keys that settle a difference in one press, without entering any mode."""

from __future__ import annotations

import sqlite3

import pytest
from screen_examples import HEADLINE, LLM, SPACY, MakeApp, press, review_of, screen_of, spans

from tiebreak.core.records import Span, Task
from tiebreak.core.review.options import SessionOptions
from tiebreak.core.store.answers import answers_in_force
from tiebreak.tui.app import TiebreakApp


@pytest.mark.parametrize(
    ("keys", "covered"),
    [
        (("full_stop",), "Uber hires"),
        (("full_stop", "comma"), "Uber"),
        (("full_stop", "full_stop", "greater_than_sign"), "hires Ada"),
        (("full_stop", "greater_than_sign", "less_than_sign"), "Uber hires"),
        (("right_parenthesis", "A"), "Uber hires Ada"),
        (("right_parenthesis", "A", "left_parenthesis", "h"), "hires Ada"),
        (("right_parenthesis", "q"), "Uber"),
        (("right_parenthesis", "escape"), "Uber"),
    ],
)
async def test_bounds_move_a_token_a_key_or_to_a_word_with_a_letter(
    make_app: MakeApp, keys: tuple[str, ...], covered: str
) -> None:
    app = make_app()
    async with app.run_test() as pilot:
        await press(pilot, *keys)
        start = HEADLINE.index(covered)
        assert Span(start, start + len(covered), "PERSON") in review_of(app).marks


@pytest.mark.parametrize("key", ["comma", "less_than_sign", "greater_than_sign"])
async def test_a_bound_that_cannot_move_says_so_and_changes_nothing(make_app: MakeApp, key: str) -> None:
    app = make_app()
    async with app.run_test() as pilot:
        before = review_of(app).marks
        await press(pilot, key)
        assert review_of(app).marks == before
        assert "one token at least" in screen_of(app).message.plain


async def test_bounds_of_a_span_that_only_the_other_model_has_move_too(make_app: MakeApp) -> None:
    text = "Acme buys Uber"
    app = make_app((text, {"spacy": [], "llm": spans(text, ("Uber", "ORG"))}))
    async with app.run_test() as pilot:
        await press(pilot, "less_than_sign", "a")
        [answer] = answers_in_force(app.session.store, ["accept"])
        assert answer.spans == tuple(spans(text, ("buys Uber", "ORG")))
        assert answer.choices[0].choice == "edited"


async def test_m_steps_through_the_mixes(make_app: MakeApp) -> None:
    text = "Ada Lovelace Institute opens"
    readings = {
        "spacy": spans(text, ("Ada Lovelace", "PERSON")),
        "llm": spans(text, ("Ada Lovelace Institute", "ORG")),
    }
    app = make_app((text, readings))
    async with app.run_test() as pilot:
        seen = set()
        for _ in range(2):
            await press(pilot, "m")
            seen.add(review_of(app).marks)
        assert "mix 2 of 2" in screen_of(app).message.plain
        assert seen == {
            tuple(spans(text, ("Ada Lovelace", "ORG"))),
            tuple(spans(text, ("Ada Lovelace Institute", "PERSON"))),
        }


async def test_a_label_can_be_typed(make_app: MakeApp) -> None:
    app = make_app()
    async with app.run_test() as pilot:
        await press(pilot, "t", "l", "o", "enter")
        assert Span(0, 4, "LOCATION") in review_of(app).marks
        await press(pilot, "t", "o", "escape")
        assert Span(0, 4, "LOCATION") in review_of(app).marks


async def test_m_says_where_there_is_nothing_to_mix(make_app: MakeApp) -> None:
    app = make_app()
    async with app.run_test() as pilot:
        await press(pilot, "up", "m")
        assert "nothing to mix" in screen_of(app).message.plain


async def test_tab_goes_to_what_is_not_confirmed_and_down_to_all(make_app: MakeApp) -> None:
    app = make_app()
    async with app.run_test() as pilot:
        await press(pilot, "down", "right", "up", "tab")
        assert review_of(app).focus == 2
        await press(pilot, "shift+tab")
        assert review_of(app).focus == 0
        await press(pilot, "down")
        assert review_of(app).focus == 1
        await press(pilot, "0", "down", "0", "down", "0", "tab")
        assert review_of(app).focus == 0
        assert "every difference is confirmed" in screen_of(app).message.plain


@pytest.mark.parametrize(("key", "name"), [("enter", "left"), ("shift+left", "left"), ("shift+right", "right")])
async def test_one_key_settles_and_goes_on(make_app: MakeApp, key: str, name: str) -> None:
    app = make_app()
    async with app.run_test() as pilot:
        await press(pilot, key)
        review = review_of(app)
        assert (review.choices[0].name, review.choices[0].confirmed, review.focus) == (name, True, 1)


async def test_capital_a_confirms_what_is_shown_and_accepts(make_app: MakeApp) -> None:
    app = make_app()
    async with app.run_test() as pilot:
        await press(pilot, "right", "A")
        [answer] = answers_in_force(app.session.store, ["accept"])
        assert [(choice.choice, choice.confirmed) for choice in answer.choices] == [
            ("right", True),
            ("left", True),
            ("left", True),
        ]


async def test_confirm_all_refuses_to_accept_until_each_difference_is_settled(make_app: MakeApp) -> None:
    app = make_app(options=SessionOptions(confirm_all=True))
    async with app.run_test() as pilot:
        await press(pilot, "right", "a")
        assert "2 of 3 differences are not confirmed" in screen_of(app).message.plain
        assert review_of(app).focus == 1
        assert list(answers_in_force(app.session.store, ["accept"])) == []
        await press(pilot, "enter", "enter", "a")
        assert len(list(answers_in_force(app.session.store, ["accept"]))) == 1


async def test_confirm_all_leaves_reject_and_ignore_alone(make_app: MakeApp) -> None:
    app = make_app(options=SessionOptions(confirm_all=True))
    async with app.run_test() as pilot:
        await press(pilot, "x")
        assert len(list(answers_in_force(app.session.store, ["reject"]))) == 1


async def test_neither_and_both_are_outcomes_of_their_own_in_the_store(make_app: MakeApp) -> None:
    app = make_app((HEADLINE, {"spacy": SPACY, "llm": LLM}), task=Task.SPANCAT)
    async with app.run_test() as pilot:
        await press(pilot, "0", "tab", "b", "tab", "1", "a")
        [answer] = answers_in_force(app.session.store, ["accept"])
        assert [choice.choice for choice in answer.choices] == ["neither", "both", "left"]


def all_shown(app: TiebreakApp) -> str:
    screen = screen_of(app)
    return " ".join(bar.plain for bar in (screen.header, screen.rule, screen.answer, screen.message))


async def test_blind_hides_the_names_and_the_store_knows_who_was_who(make_app: MakeApp) -> None:
    texts = [f"Acme {number} buys Uber" for number in range(8)]
    examples = [(text, {"spacy": spans(text, ("Acme", "ORG")), "llm": spans(text, ("Uber", "ORG"))}) for text in texts]
    app = make_app(*examples, options=SessionOptions(blind=True))
    async with app.run_test() as pilot:
        await pilot.pause()
        for _ in texts:
            assert "spacy" not in all_shown(app)
            assert "llm" not in all_shown(app)
            await press(pilot, "left_square_bracket", "a")
        answers = list(answers_in_force(app.session.store, ["accept"]))
    lefts = set()
    for answer in answers:
        assert answer.screen is not None
        assert answer.screen["blind"] is True
        left = answer.screen["predictors"][0]
        lefts.add(left)
        assert [choice.predictors for choice in answer.choices] == [(left,), (left,)]
        assert list(answer.choices[0].difference.readings) == answer.screen["predictors"]
    assert lefts == {"spacy", "llm"}


async def test_the_answer_keeps_all_that_the_screen_showed(make_app: MakeApp) -> None:
    app = make_app()
    async with app.run_test() as pilot:
        await press(pilot, "right", "a")
    with sqlite3.connect(app.session.store.path) as connection:
        [(screen, choices)] = connection.execute("SELECT screen, choices ->> '$[0].readings.llm[0].label' FROM answers")
    shown = '{"predictors":["spacy","llm"],"blind":false,"first":"left","answers":0,"selected_by":"disagreement"}'
    assert (screen, choices) == (shown, "ORG")


@pytest.mark.parametrize("key", ["tab", "m", "full_stop", "enter", "A", "shift+right", "t"])
async def test_keys_without_a_difference_do_no_harm(make_app: MakeApp, key: str) -> None:
    app = make_app(("Acme", {"spacy": []}))
    async with app.run_test() as pilot:
        await press(pilot, key)
        assert list(answers_in_force(app.session.store, ["accept"])) == []
