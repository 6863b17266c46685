"""Marking texts that no model has read, from one to the next."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from screen_examples import long_seen, meanwhile, press, screen_below
from stores import create_store
from textual._compositor import Compositor, LayoutUpdate
from textual.pilot import Pilot

from tiebreak.core.records import Difference, Learned, LearnedPlace, Likely, Offer, Record, Span, Spans, Task
from tiebreak.core.review.session import ReviewSession
from tiebreak.core.store.answers import answers_in_force
from tiebreak.core.store.connection import Store
from tiebreak.core.store.examples import add_examples, add_labels_in_order
from tiebreak.core.store.learned import LearnedRow, basis_of, save_learned
from tiebreak.core.store.short_writes import ShortWrites
from tiebreak.tui.app import TiebreakApp
from tiebreak.tui.commands import MARK, REVIEW
from tiebreak.tui.review import mark
from tiebreak.tui.review.mark import MarkScreen
from tiebreak.tui.review.screen import ReviewScreen

TEXTS = ["Uber hires Ada Lovelace in Paris", "Acme Corp met Uber in Paris", "Ada went to Acme"]


@pytest.fixture
def bare(tmp_path: Path) -> Store:
    store = create_store(tmp_path / "store.db", Task.NER)
    add_examples(store, [Record(text) for text in TEXTS], "test")
    add_labels_in_order(store, ["PER", "ORG", "LOC"])
    return store


def app_on(store: Store, *, introduce: bool = False) -> TiebreakApp:
    session = ReviewSession(store, "sam")
    return TiebreakApp(session, session.resume(), introduce=introduce, clock=long_seen())


def marking(app: TiebreakApp) -> MarkScreen:
    assert isinstance(app.screen, MarkScreen)
    return app.screen


def text_of(app: TiebreakApp) -> str:
    return marking(app).editor.text


def answered(store: Store) -> dict[str, Spans]:
    texts: dict[int, str] = dict(store.execute("SELECT id, text FROM examples").fetchall())
    return {texts[each.example_id]: each.spans for each in answers_in_force(store, ["accept"])}


def propose(store: Store, proposed: Sequence[tuple[str, str, float]]) -> None:
    """Save proposals as the learner does, wherever these words stand."""
    rows = []
    for example_id, text in store.execute("SELECT id, text FROM examples").fetchall():
        offers = []
        for words, label, probability in proposed:
            if words in text:
                span = Span(text.index(words), text.index(words) + len(words), label)
                likely = (Likely((span,), probability), Likely((), 1 - probability))
                offers.append(Offer(Difference(*span[:2], "unmarked", {}), LearnedPlace(likely, 0.0)))
        rows.append(LearnedRow(example_id, basis_of(()), Learned(9, (), tuple(offers))))
    save_learned(store, rows, ShortWrites(store))


async def test_each_text_is_marked_and_accepted_and_the_next_one_comes(bare: Store) -> None:
    app = app_on(bare)
    async with app.run_test() as pilot:
        seen = []
        for _ in TEXTS:
            seen.append(text_of(app))
            await press(pilot, "1", "a")
        assert sorted(seen) == sorted(TEXTS)
        assert isinstance(app.screen, ReviewScreen)
        assert app.screen.review is None
    assert {text: spans[0][0] for text, spans in answered(bare).items()} == dict.fromkeys(TEXTS, 0)
    assert all(spans[0].label == "PER" for spans in answered(bare).values())


async def test_what_is_proposed_is_in_no_answer_before_it_is_taken(bare: Store) -> None:
    propose(bare, [("Uber", "ORG", 0.9), ("Paris", "LOC", 0.8), ("Ada", "PER", 0.9)])
    app = app_on(bare)
    async with app.run_test() as pilot:
        await press(pilot, "a", "a", "a")
    assert [*answered(bare).values()] == [()] * 3


async def to_text(app: TiebreakApp, pilot: Pilot[None], text: str) -> None:
    """Skip to a text."""
    for _ in TEXTS:
        if text_of(app) == text:
            return
        await press(pilot, "S")
    assert text_of(app) == text


TAKEN = [
    ("enter a", "Uber"),
    ("enter enter a", "Uber Ada"),
    ("A", "Uber Ada Paris"),
    ("right_square_bracket a", "Uber Ada Paris"),
    ("d A", "Ada Paris"),
    ("0 enter a", "Ada"),
    ("left_square_bracket A", ""),
    ("enter u A", "Uber Ada Paris"),
    ("d u A", "Uber Ada Paris"),
    ("tab full_stop a", "Ada Lovelace"),
    ("tab tab 1 a", "Paris"),
    ("1 1 1 a", "Uber Ada Paris"),
    ("tab shift+tab enter a", "Uber"),
]


@pytest.mark.parametrize(("keys", "marked"), TAKEN)
async def test_proposals_are_taken_and_dropped(bare: Store, keys: str, marked: str) -> None:
    propose(bare, [("Uber", "ORG", 0.9), ("Paris", "LOC", 0.8), ("Ada", "PER", 0.9)])
    app = app_on(bare)
    async with app.run_test() as pilot:
        await to_text(app, pilot, TEXTS[0])
        await press(pilot, *keys.split())
    [spans] = answered(bare).values()
    assert " ".join(TEXTS[0][span.start : span.end] for span in spans) == marked


async def test_what_was_dropped_is_kept_as_settled(bare: Store) -> None:
    propose(bare, [("Uber", "ORG", 0.9), ("Paris", "LOC", 0.8)])
    app = app_on(bare)
    async with app.run_test() as pilot:
        await to_text(app, pilot, TEXTS[0])
        await press(pilot, "d", "enter", "a")
    [answer] = answers_in_force(bare, ["accept"])
    assert [(each.confirmed, len(each.marks)) for each in answer.offered] == [(True, 0), (True, 1)]


async def test_undo_goes_back_to_the_text_before(bare: Store) -> None:
    app = app_on(bare)
    async with app.run_test() as pilot:
        first = text_of(app)
        await press(pilot, "2", "a", "u")
        assert text_of(app) == first
        assert [span.label for span in marking(app).editor.spans] == ["ORG"]
        await press(pilot, "d", "a")
    assert answered(bare) == {first: ()}


async def test_escape_leads_to_the_other_commands_and_e_back(bare: Store) -> None:
    app = app_on(bare)
    async with app.run_test() as pilot:
        first = text_of(app)
        await press(pilot, "1", "escape")
        assert isinstance(app.screen, ReviewScreen)
        await press(pilot, "n", "x", "enter")
        assert isinstance(app.screen, ReviewScreen)
        await press(pilot, "e")
        assert text_of(app) == first
        assert len(marking(app).editor.spans) == 1
        await press(pilot, "escape", "a")
        assert text_of(app) != first
    assert len(answered(bare)[first]) == 1


async def test_what_was_marked_and_not_answered_is_there_at_the_next_start(bare: Store) -> None:
    app = app_on(bare)
    async with app.run_test() as pilot:
        first = text_of(app)
        await press(pilot, "1", "q")
        await meanwhile(lambda: not app.is_running)
    app.leave()
    app = app_on(bare)
    async with app.run_test():
        assert text_of(app) == first
        assert len(marking(app).editor.spans) == 1


async def test_the_introduction_comes_before_the_marking(bare: Store) -> None:
    app = app_on(bare, introduce=True)
    async with app.run_test() as pilot:
        assert not isinstance(app.screen, MarkScreen)
        await press(pilot, "a")
        assert isinstance(app.screen, MarkScreen)
        assert not answered(bare)


async def test_context_commands_work_from_the_marking(bare: Store) -> None:
    app = app_on(bare)
    async with app.run_test() as pilot:
        await press(pilot, "f")
        review = screen_below(app).review
        assert review is not None
        assert review.remark is not None
        assert marking(app).message.plain
        for key in ("i", "r", "question_mark"):
            await press(pilot, key)
            assert not isinstance(app.screen, MarkScreen)
            await press(pilot, "escape")
            assert isinstance(app.screen, MarkScreen)


async def test_a_key_typed_before_the_text_was_seen_answers_nothing(bare: Store) -> None:
    session = ReviewSession(bare, "sam")
    app = TiebreakApp(session, session.next(), clock=lambda: 0.0)
    async with app.run_test() as pilot:
        await press(pilot, "a")
        assert "ignored" in marking(app).message.plain
    assert not answered(bare)


async def test_an_answer_draws_no_more_than_what_changes(bare: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """A change to the screen below redraws this whole screen, which a slow line shows."""
    whole: list[bool] = []
    draw_whole = Compositor.render_full_update

    def drawn_whole(compositor: Compositor, simplify: bool = False) -> LayoutUpdate:
        whole.append(True)
        return draw_whole(compositor, simplify)

    monkeypatch.setattr(Compositor, "render_full_update", drawn_whole)
    app = app_on(bare)
    async with app.run_test() as pilot:
        await press(pilot, "1")
        whole.clear()
        first = text_of(app)
        await press(pilot, "a", "2")
        assert text_of(app) != first
        assert not whole
        second = text_of(app)
        await press(pilot, "escape")
        assert second in screen_below(app).text_view.plain_lines[0]


async def test_undo_goes_on_behind_what_was_set_before_the_marking_was_left(bare: Store) -> None:
    app = app_on(bare)
    async with app.run_test() as pilot:
        await press(pilot, "1", "a", "1", "w", "2", "escape", "e")
        screen, text = marking(app), text_of(app)
        assert len(screen.editor.spans) == 2
        await press(pilot, "3", "f", "u")
        assert [span.label for span in screen.editor.spans] == ["PER", "ORG"]
        await press(pilot, "u")
        assert not screen.editor.spans
        assert text_of(app) == text
        await press(pilot, "u")
        assert text_of(app) != text
        assert [span.label for span in screen.editor.spans] == ["PER"]


async def test_what_was_dropped_together_comes_back_together(bare: Store) -> None:
    propose(bare, [("Uber", "ORG", 0.9), ("Paris", "LOC", 0.8), ("Acme", "ORG", 0.8), ("Ada", "PER", 0.8)])
    app = app_on(bare)
    async with app.run_test() as pilot:
        await pilot.pause()
        proposed = marking(app).proposals.waiting
        assert len(proposed) > 1
        await press(pilot, "left_square_bracket")
        assert marking(app).proposals.waiting == []
        await press(pilot, "u")
        assert marking(app).proposals.waiting == proposed


async def test_where_spans_begin_to_be_proposed_it_is_said_what_to_press(bare: Store) -> None:
    app = app_on(bare)
    async with app.run_test() as pilot:
        await pilot.pause()
        propose(bare, [("Uber", "ORG", 0.9), ("Acme", "ORG", 0.9)])
        await press(pilot, "a")
        assert marking(app).message.plain.endswith("likely spans are proposed: enter takes one, d drops it")
        await press(pilot, "a")
        assert marking(app).message.plain == ""


async def test_every_command_of_marking_has_a_method_or_goes_to_the_review(bare: Store) -> None:
    app = app_on(bare)
    async with app.run_test() as pilot:
        await pilot.pause()
        names = {command.name for command in MARK} - set(mark.PASSED_ON)
        handlers = marking(app).handlers
        assert [name for name in names if not any(hasattr(each, f"do_{name}") for each in handlers)] == []
        assert set(mark.PASSED_ON) <= {command.name for command in REVIEW}
