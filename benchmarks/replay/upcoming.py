"""The texts that come next after some answers, by disagreement and by value, side by side."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import zip_longest
from typing import NamedTuple

from benchmarks.replay.data import GoldData, GoldText
from benchmarks.replay.play import Looks, Player, Way, player_of
from tiebreak.core.learning.learner import Learner
from tiebreak.core.selection.filter import DISAGREEING, Order
from tiebreak.core.store.queue import next_examples
from tiebreak.core.store.valued import value_of

_COUNT = 10  # texts of each order
_WIDTH = 50  # characters of a text that are shown
_HEADER = f"{'errors':>6}{'gold':>6}{'s':>6}  {'text':<{_WIDTH}}"


class Upcoming(NamedTuple):
    """A waiting text.

    `errors` are the expected errors of its export, `gold_errors` those by the gold labels. `seconds` is the expected
    time of an answer. `errors` and `seconds` are None if nothing was learned of the text.
    """

    errors: float | None
    gold_errors: int
    seconds: float | None
    text: str


def upcoming(data: GoldData, answers: int) -> dict[str, list[Upcoming]]:
    """Return the first ten texts of each order after `answers` answers in the product's default order."""
    with player_of(data, 0, Way(None)) as player:
        player.play(Looks(answers=answers))
        assert player.learner is not None
        return {order.value: _first(player, player.learner, order) for order in (Order.DISAGREEMENT, Order.VALUE)}


def _first(player: Player, learner: Learner, order: Order) -> list[Upcoming]:
    found = next_examples(player.store, DISAGREEING, count=_COUNT, order=order)
    learner.rank(found)
    return [_upcoming(player, learner, each, player.texts[each]) for each in found]


def _upcoming(player: Player, learner: Learner, example_id: int, text: GoldText) -> Upcoming:
    value = value_of(player.store, example_id)
    errors, seconds = (None, None) if value is None else value
    return Upcoming(errors, len({*learner.best(example_id).marks} ^ {*text.gold}), seconds, text.text)


def upcoming_lines(found: Mapping[str, Sequence[Upcoming]]) -> Iterator[str]:
    """Yield the lines of a table with a text of each order on a line; the last line is their sums."""
    yield "  ".join(f"{'by ' + name:<{len(_HEADER)}}" for name in found).rstrip()
    yield "  ".join(_HEADER for _ in found).rstrip()
    for row in zip_longest(*found.values()):
        yield "  ".join(_cell(each) for each in row).rstrip()
    yield "  ".join(_cell(_sum(each)) for each in found.values()).rstrip()


def _sum(texts: Sequence[Upcoming]) -> Upcoming:
    errors = sum(each.errors or 0.0 for each in texts)
    return Upcoming(
        errors, sum(each.gold_errors for each in texts), sum(each.seconds or 0.0 for each in texts), "together"
    )


def _cell(each: Upcoming | None) -> str:
    if each is None:
        return " " * len(_HEADER)
    errors, seconds = ("" if number is None else f"{number:.1f}" for number in (each.errors, each.seconds))
    text = " ".join(each.text.split())
    cut = text if len(text) <= _WIDTH else f"{text[: _WIDTH - 1]}…"
    return f"{errors:>6}{each.gold_errors:>6}{seconds:>6}  {cut:<{_WIDTH}}"
