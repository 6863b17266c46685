"""Two sittings on one store, in any order: no answer is lost, and a refused answer changes nothing."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from stores import create_store

from tiebreak.core.errors import TakenError
from tiebreak.core.records import Answer, Prediction, Record, Span
from tiebreak.core.review.options import SessionOptions
from tiebreak.core.review.review import AnyReview
from tiebreak.core.review.session import ReviewSession
from tiebreak.core.store import team
from tiebreak.core.store.answers import save_answer
from tiebreak.core.store.examples import add_examples
from tiebreak.core.store.predictions import save_predictions, start_run

COUNT = 2
WHO = st.integers(0, 1)
PHASES = (Phase.generate, Phase.shrink)


class TwoSittings(RuleBasedStateMachine):
    """`given`: each annotator's standing answers, number -> example. `alone`: only one annotator answers an example."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.store = create_store(Path(self.folder.name) / "store.db")
        self.reviews: list[AnyReview | None] = [None, None]
        self.given: list[dict[int, int]] = [{}, {}]
        self.was_idle = self.may_idle = self.alone = False

    @initialize(overlap=st.sampled_from([0.0, 1.0]), adjudicates=st.booleans(), may_idle=st.booleans())
    def begin(self, overlap: float, adjudicates: bool, may_idle: bool) -> None:
        self.may_idle, self.alone = may_idle, adjudicates or not overlap
        ids, _ = add_examples(self.store, [Record(f"text {number}") for number in range(COUNT)], "test")
        for name, spans in (("left", (Span(0, 4, "A"),)), ("right", ())):
            run = start_run(self.store, predictor=name, kind="file", fingerprint="1", model="test")
            save_predictions(self.store, run, [Prediction(example_id, spans) for example_id in ids])
            if adjudicates:
                for example_id in ids:
                    save_answer(self.store, Answer(example_id, f"by {name}", "s", "accept", spans))
        team.set_overlap(self.store, overlap)
        self.ids = ids
        self.view = "adjudicate" if adjudicates else "review"
        options = SessionOptions(adjudicate=adjudicates)
        self.sessions = [ReviewSession(self.store, name, options=options) for name in ("sam", "kim")]

    def teardown(self) -> None:
        self.store.close()
        self.folder.cleanup()

    def state(self, who: int) -> tuple[Any, ...]:
        """Return all the state that an operation of `who` may change."""
        session = self.sessions[who]
        tables = ("answers", "undone_answers", "on_screen", "queue")
        rows = [self.store.execute(f"SELECT * FROM {table} ORDER BY 1").fetchall() for table in tables]
        walk = session._picking.walk
        return (
            rows,
            session.done,
            [*session._picking.skipped],
            dict(session._reviews.drafts),
            set(walk.settled),
            session.pace.rate() > 0,
        )

    def tried(self, who: int, call: Any, *values: Any, **named: Any) -> tuple[bool, Any]:
        before = self.state(who)
        try:
            return True, call(*values, **named)
        except TakenError:
            assert self.state(who) == before
            return False, None

    @rule(who=WHO, at=st.integers(0, COUNT - 1))
    def open(self, who: int, at: int) -> None:
        done, review = self.tried(who, self.sessions[who].open, self.ids[at])
        if done:
            self.reviews[who] = review

    @rule(who=WHO)
    def skip(self, who: int) -> None:
        session, review = self.sessions[who], self.reviews[who]
        self.reviews[who] = session.next() if review is None else session.skip(review)

    @rule(who=WHO, value=st.sampled_from(["accept", "reject"]))
    def answer(self, who: int, value: Any) -> None:
        review = self.reviews[who] = self.reviews[who] or self.sessions[who].next()
        if review is None:
            return
        done, following = self.tried(who, self.sessions[who].answer, review, value, seconds=1.0, keys=1)
        assert done or self.was_idle, "who has an example on screen can answer it"
        if done:
            newest = self.store.execute("SELECT max(id) FROM answers").fetchone()[0]
            self.given[who][newest] = review.item.example.id
            self.reviews[who] = following

    @precondition(lambda self: any(self.given))
    @rule(who=WHO)
    def undo(self, who: int) -> None:
        done, review = self.tried(who, self.sessions[who].undo)
        if not done:
            return
        assert (review is None) == (not self.given[who])
        if review is not None:
            assert self.given[who].pop(max(self.given[who])) == review.item.example.id
            self.reviews[who] = review

    @precondition(lambda self: self.may_idle)
    @rule(who=WHO)
    def idle(self, who: int) -> None:
        session = self.sessions[who].id
        self.store.execute("UPDATE on_screen SET touched_at = touched_at - 301 WHERE session = ?", (session,))
        self.was_idle = True

    @invariant()
    def nobody_has_what_another_has(self) -> None:
        shown = [review.item.example.id for review in self.reviews if review is not None]
        assert self.was_idle or not self.alone or len({*shown}) == len(shown)

    @invariant()
    def nothing_is_lost(self) -> None:
        for name, given in zip(("sam", "kim"), self.given, strict=True):
            found = self.store.execute(
                "SELECT example_id, id FROM answers_in_force WHERE annotator = ? AND view = ?", (name, self.view)
            )
            newest = {example_id: number for number, example_id in sorted(given.items())}
            assert dict(found.fetchall()) == newest


@pytest.mark.full
def test_no_answer_is_lost_whatever_two_sittings_do() -> None:
    run_state_machine_as_test(
        TwoSittings, settings=settings(max_examples=25, stateful_step_count=40, derandomize=True, phases=PHASES)
    )


def test_undo_of_what_another_has_opened_is_refused_and_the_answer_stands() -> None:
    both = TwoSittings()
    both.begin(overlap=0.0, adjudicates=False, may_idle=False)
    both.answer(0, "accept")
    both.open(1, 0)
    assert both.sessions[1].annotators_with_answers(both.ids[0]) == ["sam"]
    both.undo(0)
    both.nobody_has_what_another_has()
    both.nothing_is_lost()
    assert both.given[0]
    both.answer(1, "reject")
    both.undo(0)
    both.answer(0, "reject")
    both.nothing_is_lost()
    both.teardown()
