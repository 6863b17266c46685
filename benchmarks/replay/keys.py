"""The keys of a whole queue by the real app's bindings, with learned first readings and without."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import cast

from benchmarks.game import Game, play
from benchmarks.replay.data import GoldData, fill
from tiebreak.core.learning.learner import Learner
from tiebreak.core.records import Spans
from tiebreak.core.review.first import First
from tiebreak.core.review.options import SessionOptions
from tiebreak.core.review.session import ReviewSession
from tiebreak.core.selection.filter import DISAGREEING, Order
from tiebreak.core.store.opening import create_store, open_store
from tiebreak.core.store.queue import next_examples


def play_keys(data: GoldData, seed: int, first: First) -> Game:
    """Settle all differences of `data`, whose marks are spans, by disagreement.

    If first readings are learned, a learner runs beside the session.
    """
    with ExitStack() as stack:
        folder = stack.enter_context(TemporaryDirectory(prefix="tiebreak-replay-"))
        path = Path(folder) / "keys.db"
        store = stack.enter_context(create_store(path, data.task))
        store.connection.execute("PRAGMA synchronous = OFF")
        fill(store, data.shuffled(seed), seed)
        gold = {text.text: cast(Spans, text.gold) for text in data.texts}
        session = ReviewSession(store, "player", DISAGREEING, SessionOptions(first=first), Order.DISAGREEMENT)
        if first is First.LEFT:
            return play(session, gold)
        beside = stack.enter_context(open_store(path))  # the learner has its own connection, as in the product
        beside.connection.execute("PRAGMA synchronous = OFF")
        learner = Learner(beside)

        def learn() -> None:
            learner.catch_up()
            following = next_examples(beside, DISAGREEING, count=2)[1:]  # the first one is on screen
            learner.save(learner.stale(following, len(following)))

        return play(session, gold, learn)
