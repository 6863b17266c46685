"""Which annotator has which examples of a store."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from review_steps import answer

from tiebreak.core.insight.team import Member, Team, team_of
from tiebreak.core.records import Span
from tiebreak.core.review.session import ReviewSession
from tiebreak.core.store import team
from tiebreak.core.store.connection import Store

Predict = Callable[[Store, str, Mapping[str, Iterable[Span] | str]], dict[str, int]]


def test_each_annotator_has_answers_ranges_a_filter_and_an_example_on_screen(store: Store, predict: Predict) -> None:
    texts = [f"text {number}" for number in range(6)]
    predict(store, "left", {text: [Span(0, 4, "A")] for text in texts})
    predict(store, "right", {text: [] for text in texts})
    assert team_of(store) == Team(0.0, 0, ())
    team.assign(store, {"kim": [(0, 2), (4, 5)]})
    team.set_filter(store, "ada", "text")
    sam = ReviewSession(store, "sam")
    following = answer(sam, sam.next())
    assert following is not None
    assert team_of(store).members == (
        Member("ada", 0, (), "text", None),
        Member("kim", 0, ((0, 2), (4, 5)), "", None),
        Member("sam", 1, (), "", following.item.example.id),
    )
    team.set_overlap(store, 1.0)
    assert team_of(store)[:2] == (1.0, 6)
