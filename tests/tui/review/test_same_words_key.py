"""`*` on the review screen: the reading of a difference, wherever else its words stand in the text."""

from __future__ import annotations

from screen_examples import MakeApp, press, review_of, screen_of, spans

from tiebreak.core.records import Span
from tiebreak.core.store.answers import answers_in_force

TEXT = "Acme sued. Acme Corp won, Acme lost, Acme paid."
ACME = [Span(at, at + 4, "ORG") for at in (0, 26, 37)]
CORP = spans(TEXT, ("Acme Corp", "ORG"))
LEFT = [ACME[0]._replace(label="PERSON"), *CORP, ACME[1]._replace(label="PERSON")]
RIGHT = [ACME[0], *CORP]


async def test_the_same_words_are_decided_together_and_taken_back_together(make_app: MakeApp) -> None:
    app = make_app((TEXT, {"spacy": LEFT, "llm": RIGHT}))
    async with app.run_test(size=(80, 24)) as pilot:
        before = review_of(app).marks
        await press(pilot, "right", "asterisk")
        assert screen_of(app).message.plain == "ORG Acme: 2 more; left alone: 1 with other bounds"
        assert review_of(app).marks == (ACME[0], *CORP, *ACME[1:])
        assert review_of(app).focus == 0
        await press(pilot, "asterisk")
        assert "nothing more to decide; left alone: 1" in screen_of(app).message.plain
        await press(pilot, "u")
        assert review_of(app).marks == (ACME[0], *CORP, LEFT[2])
        assert screen_of(app).message.plain.endswith("not confirmed, and what lies outside the differences")
        await press(pilot, "u")
        assert review_of(app).marks == before
        await press(pilot, "right", "asterisk", "a")
        [answer] = answers_in_force(app.session.store, ["accept"])
        assert answer.spans == (ACME[0], *CORP, *ACME[1:])
        assert [each.confirmed for each in answer.choices] == [True, True]


async def test_no_span_at_the_same_words_is_said_so(make_app: MakeApp) -> None:
    app = make_app((TEXT, {"spacy": LEFT, "llm": RIGHT}))
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, "0", "asterisk")
        assert screen_of(app).message.plain.startswith("no span at Acme: 1 more")
        assert review_of(app).marks == tuple(CORP)


async def test_a_step_that_changes_more_than_rows_says_what_it_took_back(make_app: MakeApp) -> None:
    app = make_app((TEXT, {"spacy": LEFT[:1], "llm": ACME[:1]}))
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, "right", "asterisk")
        assert review_of(app).marks == (ACME[0], Span(11, 15, "ORG"), *ACME[1:])
        await press(pilot, "u")
        assert review_of(app).marks == (ACME[0],)
        assert "outside" in screen_of(app).message.plain


async def test_a_random_text_asks_for_a_choice_first_and_settles_rows_alone(make_app: MakeApp) -> None:
    app = make_app((TEXT, {"spacy": LEFT, "llm": RIGHT}))
    store = app.session.store
    with store.transaction():
        store.execute("INSERT INTO slice (example_id, position, unmarked, drawn_at) VALUES (1, 0.0, 0, 1.0)")
    app.first = app.session.open(1)
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, "asterisk")
        assert "nothing is chosen here yet" in screen_of(app).message.plain
        assert not review_of(app).is_touched
        await press(pilot, "right", "asterisk")
        assert screen_of(app).message.plain == ("ORG Acme: 1 more; left alone: 1 with other bounds, 1 without a row")
        assert review_of(app).marks == (ACME[0], ACME[1])
