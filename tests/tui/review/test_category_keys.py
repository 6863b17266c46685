"""Categories on the review screen: bars, the labels in dispute, and the effect of the keys."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest
from review_steps import learned_place
from screen_examples import long_seen, message_of, screen_of
from stores import create_store

from tiebreak.core.records import Category, Learned, Marks, Prediction, Record, Task
from tiebreak.core.review.categories import CategoryReview
from tiebreak.core.review.options import SessionOptions
from tiebreak.core.review.session import ReviewSession
from tiebreak.core.store.answers import answers_in_force
from tiebreak.core.store.connection import Store
from tiebreak.core.store.examples import add_examples
from tiebreak.core.store.learned import LearnedRow, basis_of, save_learned
from tiebreak.core.store.predictions import save_predictions, start_run
from tiebreak.core.store.queue import queue_item
from tiebreak.tui.app import TiebreakApp

Cats = Mapping[str, float]
MakeCategories = Callable[..., TiebreakApp]
TEXT = "how do i cancel my booking"
LEFT = {"booking": 0.83, "cancel": 0.91, "spa": 0.02}
RIGHT = {"booking": 0.12, "cancel": 0.97, "spa": 0.7}


@pytest.fixture
def make_categories(tmp_path: Path) -> Iterator[MakeCategories]:
    """An app on a new store in which these predictors give one text these categories."""
    stores: list[Store] = []

    def make(said: Mapping[str, Cats], task: Task = Task.TEXTCAT_MULTILABEL, text: str = TEXT) -> TiebreakApp:
        store = create_store(tmp_path / "store.db", task)
        stores.append(store)
        [example_id], _ = add_examples(store, [Record(text)], "test")
        for name, cats in said.items():
            run = start_run(store, predictor=name, kind="file", fingerprint="test", model="test")
            save_predictions(store, run, [Prediction(example_id, cats=dict(cats))])
        session = ReviewSession(store, "sam")
        return TiebreakApp(session, session.open(example_id), clock=long_seen())

    yield make
    for store in stores:
        store.close()


def chosen(app: TiebreakApp) -> list[str]:
    review = screen_of(app).review
    assert isinstance(review, CategoryReview)
    return sorted(review.chosen)


async def test_where_a_choice_goes_on_a_label_in_dispute_does_and_no_other(make_categories: MakeCategories) -> None:
    app = make_categories({"spacy": LEFT, "gold": {"cancel": 1.0, "spa": 1.0}})
    app.session.options = SessionOptions(go_on=True)
    async with app.run_test() as pilot:
        review = screen_of(app).review
        assert review is not None
        await pilot.press("2")  # cancel; they agree on it
        await pilot.pause()
        assert review.focus == 0
        await pilot.press("1")
        await pilot.pause()
        assert (chosen(app), review.focus) == ([], 1)
        await pilot.press("3")
        await pilot.pause()
        assert (chosen(app), review.unconfirmed) == (["spa"], 0)


async def test_each_label_has_a_bar_a_model_and_says_what_is_chosen(make_categories: MakeCategories) -> None:
    app = make_categories({"spacy": LEFT, "gold": {"cancel": 1.0, "spa": 1.0}})
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        rows = screen_of(app).category_bars.plain_lines
        assert [row[:14] for row in rows] == ["▶1 ? ● booking", " 2 = ● cancel ", " 3 ? ○ spa    "]
        assert "A ━━━" in rows[0]
        assert "0.83 yes" in rows[0]
        assert rows[0].rstrip().endswith("no")
        assert "B ╌╌╌" in rows[1]
        assert rows[1].rstrip().endswith("yes")
        listed = screen_of(app).difference_list.plain_lines
        assert "booking" in listed[0]
        assert "●A yes 0.83" in listed[0]
        assert "○B no" in listed[0]
        assert screen_of(app).answer.plain.split() == ["Answer", "booking", "cancel"]


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        (("right",), ["cancel"]),
        (("right", "left"), ["booking", "cancel"]),
        (("tab", "right"), ["booking", "cancel", "spa"]),
        (("right_square_bracket",), ["cancel", "spa"]),
        (("0",), ["cancel"]),
        (("2",), ["booking"]),
        (("3", "2", "2"), ["booking", "cancel", "spa"]),
        (("9",), ["booking", "cancel"]),
    ],
)
async def test_a_key_changes_the_categories(
    make_categories: MakeCategories, keys: tuple[str, ...], expected: list[str]
) -> None:
    app = make_categories({"spacy": LEFT, "llm": RIGHT})
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press(*keys)
        await pilot.pause()
        assert chosen(app) == expected


@pytest.mark.parametrize(
    ("key", "task", "holding", "choices"),
    [
        ("enter", Task.TEXTCAT, ["A"], [("left", True), ("left", True)]),
        ("enter", Task.TEXTCAT_MULTILABEL, ["A"], [("left", True), ("left", False)]),
        ("0", Task.TEXTCAT, [], [("right", True), ("left", True)]),
        ("0", Task.TEXTCAT_MULTILABEL, [], [("right", True), ("left", False)]),
    ],
)
async def test_enter_and_0_decide_on_categories(
    make_categories: MakeCategories, key: str, task: Task, holding: list[str], choices: list[tuple[str, bool]]
) -> None:
    app = make_categories({"spacy": {"A": 0.7, "B": 0.3}, "llm": {"A": 0.2, "B": 0.8}}, task)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press(key)
        await pilot.pause()
        review = screen_of(app).review
        assert review is not None
        assert chosen(app) == holding
        assert [(choice.name, choice.confirmed) for choice in review.choices] == choices


async def test_where_one_holds_a_pick_settles_all_labels_at_once(make_categories: MakeCategories) -> None:
    app = make_categories({"spacy": {"A": 0.7, "B": 0.3}, "llm": {"A": 0.2, "B": 0.8}, "x": {"C": 1.0}}, Task.TEXTCAT)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("2")
        await pilot.pause()
        assert chosen(app) == ["B"]
        review = screen_of(app).review
        assert review is not None
        assert all(choice.confirmed for choice in review.choices)
        await pilot.press("a")
        await pilot.pause()
        [(spans, cats)] = app.session.store.execute("SELECT spans, cats FROM answers").fetchall()
        assert (json.loads(spans), json.loads(cats)) == ([], {"A": 0.0, "B": 1.0, "C": 0.0})
        await pilot.press("u")
        await pilot.pause()
        assert chosen(app) == ["B"]


async def test_where_one_holds_what_models_decide_is_one_row_that_one_key_settles(
    make_categories: MakeCategories,
) -> None:
    zeros = dict.fromkeys(["spa", "price", "room"], 0.0)
    app = make_categories({"spacy": {**zeros, "pay": 0.95}, "llm": {**zeros, "exchange": 0.91}}, Task.TEXTCAT)
    app.session.options = SessionOptions(confirm_all=True)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        screen = screen_of(app)

        def row() -> list[str]:
            assert screen.category_bars.plain_lines == []
            return [" ".join(line.split()) for line in screen.difference_list.plain_lines if line.strip()]

        start = "▶ ? label ●A pay 0.95 ○B exchange 0.91"
        assert row() == [start]
        assert "difference 1 of 1, 1 not confirmed" in screen.rule.plain
        await pilot.press("tab", "a")
        assert "1 of 1 difference" in message_of(app)
        await pilot.press("right", "tab")
        assert "every difference is confirmed" in message_of(app)
        assert row() == ["▶ ✓ label ○A pay 0.95 ●B exchange 0.91"]
        await pilot.press("2")
        assert row() == ["▶ ✓ label ○A pay 0.95 ○B exchange 0.91 ●→ price"]
        await pilot.press("u")
        assert message_of(app).strip() == "taken back: price; it is exchange again"
        await pilot.press("u")
        assert message_of(app).strip() == "taken back: exchange; it is pay again, not confirmed"
        assert row() == [start]
        await pilot.click("DifferenceList", offset=(52, 0))
        assert chosen(app) == ["exchange"]
        await pilot.press("a")
        await pilot.pause()
        [answer] = answers_in_force(app.session.store, ("accept",))
        assert [(each.label, each.confirmed) for each in answer.choices] == [("exchange", True), ("pay", True)]


@pytest.mark.parametrize(
    ("key", "why"),
    [
        ("full_stop", "categories have no bounds"),
        ("asterisk", "there are no other places"),
        ("comma", "categories have no bounds"),
        ("greater_than_sign", "categories have no bounds"),
        ("less_than_sign", "categories have no bounds"),
        ("m", "nothing to mix"),
        ("b", "holds or it does not"),
        ("e", "digits set categories"),
    ],
)
async def test_a_key_that_makes_no_sense_says_why(make_categories: MakeCategories, key: str, why: str) -> None:
    app = make_categories({"spacy": LEFT, "llm": RIGHT})
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press(key)
        await pilot.pause()
        assert why in screen_of(app).message.plain
        assert chosen(app) == ["booking", "cancel"]


async def test_digits_work_where_all_models_agree(make_categories: MakeCategories) -> None:
    app = make_categories({"spacy": LEFT, "llm": LEFT})
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("3")
        await pilot.pause()
        assert chosen(app) == ["booking", "cancel", "spa"]
        assert screen_of(app).category_bars.plain_lines[2].startswith("▶3 ≠ ● spa")


@pytest.mark.parametrize("size", [(60, 16), (80, 24), (200, 50)])
@pytest.mark.parametrize("count", [2, 3, 5])
async def test_sixty_labels_and_up_to_five_models_fit_any_size(
    make_categories: MakeCategories, size: tuple[int, int], count: int
) -> None:
    labels = [f"label \x1b[31m number {number:02}" for number in range(60)]
    said = {
        f"model{at}": {label: 0.9 if (number + at) % 20 == 7 else 0.1 for number, label in enumerate(labels)}
        for at in range(count)
    }
    app = make_categories(said, text=" ".join(f"word{number}" for number in range(800)))
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        screen = screen_of(app)
        for _ in range(3 * count):
            await pilot.press("down")
            await pilot.pause()
            rows = screen.category_bars.plain_lines
            [focused] = [row for row in rows if row.startswith("▶")]
            assert "\x1b" not in focused
            assert all(f"{sign} " in focused for sign in "ABCDE"[:count])
            assert "0.90" in focused
            assert len(focused) <= size[0]
        assert screen.text_view.size.height >= 2
        assert screen.footer.region.bottom <= size[1]
        before = screen.text_view.plain_lines
        await pilot.press("pagedown")
        await pilot.pause()
        assert screen.text_view.plain_lines != before


async def test_labels_in_dispute_come_first_where_not_all_fit(make_categories: MakeCategories) -> None:
    labels = [f"label{number:02}" for number in range(60)]
    cats = {**dict.fromkeys(labels, 0.1), **dict.fromkeys(labels[:20], 0.8)}
    app = make_categories({"a": {**cats, "label50": 0.9, "label30": 0.9}, "b": {**cats, "label30": 0.8}})
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        rows = screen_of(app).category_bars.plain_lines
        assert "label50" in rows[0]
        assert "label00" in rows[1]
        await pilot.resize_terminal(80, 50)
        await pilot.pause()
        assert len(screen_of(app).category_bars.plain_lines) > len(rows)


async def test_a_label_that_nobody_has_is_no_row_until_it_is_set(make_categories: MakeCategories) -> None:
    labels = {f"label{number}": 0.01 for number in range(8)}
    app = make_categories({"a": {**labels, "label3": 0.9}, "b": {**labels, "label3": 0.8, "label5": 0.7}})
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        screen = screen_of(app)
        assert [row[:14] for row in screen.category_bars.plain_lines] == [" 4 = ● label3 ", "▶6 ? ○ label5 "]
        assert "8 label7" in screen.labels.plain
        await pilot.press("8")
        await pilot.pause()
        assert screen.category_bars.plain_lines[-1].startswith("▶8 ≠ ● label7")


async def test_the_digits_of_long_labels_are_reported_whole_where_there_is_room(
    make_categories: MakeCategories,
) -> None:
    labels = [f"a_long_label_of_the_bank_{name}" for name in "bcdefghi"]
    app = make_categories(dict.fromkeys("ab", dict.fromkeys(labels, 0.1)))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        assert [label for label in labels if label not in screen_of(app).labels.plain] == []


async def test_a_digit_keeps_its_meaning_of_labels_that_came_to_be_in_dispute_later(
    make_categories: MakeCategories,
) -> None:
    labels = dict.fromkeys([f"label{number:02}" for number in range(12)], 0.01)
    app = make_categories({"a": {**labels, "label11": 0.9}, "b": {**labels, "label10": 0.8}}, Task.TEXTCAT)
    async with app.run_test(size=(80, 24)) as pilot:
        first = app.session.labels
        assert first[:3] == ["label10", "label11", "label00"]
        await pilot.press("1")
        await pilot.pause()
        assert chosen(app) == ["label10"]
    store = app.session.store
    [other], _ = add_examples(store, [Record("another text")], "test")
    for name, label in (("a", "label05"), ("b", "label06")):
        run = start_run(store, predictor=name, kind="file", fingerprint="test", model="test")
        save_predictions(store, run, [Prediction(other, cats={**labels, label: 0.9, "a new one": 0.0})])
    assert ReviewSession(store, "kim").labels == [*first, "a new one"]


async def test_u_takes_back_a_category_and_says_which(make_categories: MakeCategories) -> None:
    app = make_categories({"spacy": LEFT, "llm": RIGHT})
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        before = chosen(app)
        await pilot.press("right", "2")
        assert chosen(app) != before
        await pilot.press("u")
        assert screen_of(app).message.plain.strip().startswith("taken back")
        await pilot.press("u")
        assert screen_of(app).message.plain.strip() == (
            "taken back at difference 1: booking no; it is booking yes again, not confirmed"
        )
        assert chosen(app) == before


def learned_app(make_categories: MakeCategories) -> TiebreakApp:
    """Return an app in whose store the learner found that a category of one predictor alone is wrong."""
    app = make_categories({"spacy": LEFT, "llm": RIGHT})
    store = app.session.store
    item = queue_item(store, 1)
    holds: list[Marks] = [(Category(each.label),) for each in item.differences]
    places = tuple(learned_place(((), 0.9), (marks, 0.1), held=8, seen=9) for marks in holds)
    save_learned(store, [LearnedRow(1, basis_of(item.differences), Learned(40, places))])
    app.first = app.session.open(1)
    return app


async def test_where_the_list_has_no_line_to_spare_the_reason_stands_behind_the_readings(
    make_categories: MakeCategories,
) -> None:
    app = learned_app(make_categories)
    async with app.run_test(size=(80, 19)) as pilot:
        screen_of(app).difference_list.styles.max_height = 2
        await pilot.pause()
        assert screen_of(app).difference_list.plain_lines == [
            "▶ ?█ booking  ○A yes 0.83                      ●B no 0.12  90% (wrong 8 of 9)",
            "  ?█ spa      ●A no 0.02                       ○B yes 0.70",
        ]


async def test_m_takes_the_next_likely_category_once_one_was_learned(make_categories: MakeCategories) -> None:
    app = learned_app(make_categories)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        assert chosen(app) == ["cancel"]
        assert screen_of(app).difference_list.plain_lines[:2] == [
            "▶ ?█ booking  ○A yes 0.83                      ●B no 0.12",
            "              90% sure (booking, only spacy: wrong 8 of 9)",
        ]
        await pilot.press("m")
        await pilot.pause()
        assert chosen(app) == ["booking", "cancel"]
        assert message_of(app).strip() == "candidate 2 of 2, 10%"


async def test_where_one_holds_m_goes_through_what_models_decide_the_most_likely_first(
    make_categories: MakeCategories,
) -> None:
    app = make_categories({"spacy": {"A": 0.7, "B": 0.3}, "llm": {"A": 0.2, "B": 0.8}}, Task.TEXTCAT)
    store = app.session.store
    item = queue_item(store, 1)
    places = (
        learned_place(((), 0.8), ((Category("A"),), 0.2), held=8, seen=9),
        learned_place(((Category("B"),), 0.8), ((), 0.2), held=8, seen=9),
    )
    save_learned(store, [LearnedRow(1, basis_of(item.differences), Learned(40, places))])
    app.first = app.session.open(1)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        rows = screen_of(app).difference_list.plain_lines
        assert (chosen(app), "80% sure (B, only llm: right 8 of 9)" in rows[1]) == (["B"], True)
        for label, said in (("A", "candidate 2 of 2, 20%"), ("B", "candidate 1 of 2, 80%")):
            await pilot.press("m")
            await pilot.pause()
            assert (chosen(app), message_of(app).strip()) == ([label], said)


@pytest.mark.parametrize("unmarked", [False, True])
async def test_a_category_of_the_slice_that_all_say_is_confirmed_or_found(
    make_categories: MakeCategories, unmarked: bool
) -> None:
    said = {"booking": 0.9, "cancel": 0.05, "spa": 0.05}
    app = make_categories({"spacy": said, "llm": said}, Task.TEXTCAT)
    store = app.session.store
    with store.transaction():
        store.execute(
            "INSERT INTO slice (example_id, position, unmarked, drawn_at) VALUES (1, 0.0, ?, 1.0)", (int(unmarked),)
        )
    app.first = app.session.open(1)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        assert chosen(app) == []
        assert ("0.90" in "".join(screen_of(app).category_bars.plain_lines)) != unmarked
        await pilot.press("a")
        await pilot.pause()
        assert message_of(app).startswith("◇ no category" if unmarked else "◇ still open")
        await pilot.press("1" if unmarked else "enter", "a")
        await pilot.pause()
        [answer] = answers_in_force(store, ("accept",))
        assert answer.view == "slice"
        assert answer.cats == {"booking": 1.0, "cancel": 0.0, "spa": 0.0}


async def test_the_pattern_of_categories_names_no_words(make_categories: MakeCategories) -> None:
    app = make_categories({"spacy": LEFT, "llm": RIGHT})
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("G")
        await app.workers.wait_for_complete()
        await pilot.pause()
        assert message_of(app) == "no other example waits with missing booking"
