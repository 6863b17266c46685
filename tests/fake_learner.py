"""A learner that learns only the number of answers, for tests of the code around the real learner."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence

from tiebreak.core.learning.following import follow
from tiebreak.core.records import Learned
from tiebreak.core.store.connection import Store
from tiebreak.core.store.learned import LearnedRow, save_learned
from tiebreak.core.store.opening import open_store
from tiebreak.core.store.short_writes import write_lightly

FOLLOWS = "import fake_learner; fake_learner.main()"  # a program that takes the path of a store


class FakeLearner:
    """Keeps the number of answers and predictions at each example that waits for an answer."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.answers = 0
        self.calls: list[str] = []
        self._known: tuple[int, int] | None = None

    def catch_up(self) -> bool:
        self.calls.append("catch up")
        [known] = self.store.execute(
            "SELECT (SELECT count(*) FROM final_answers), (SELECT count(*) FROM predictions)"
        ).fetchall()
        self.answers = known[0]
        was, self._known = self._known, known
        return bool(known != was)

    def stale(self, first: Sequence[int] = (), count: int = 50) -> list[int]:
        rows = self.store.execute(
            """
            SELECT queue.example_id FROM queue LEFT JOIN learned ON learned.example_id = queue.example_id
            WHERE queue.answered = 0 AND queue.overlap = 0 AND coalesce(basis, x'') <> ?
            ORDER BY score DESC, queue.differences DESC, tie
            """,
            (self._basis,),
        ).fetchall()
        ids = [example_id for (example_id,) in rows]
        return [*(each for each in first if each in ids), *(each for each in ids if each not in first)][:count]

    def unranked(self) -> list[int]:
        return []

    def rank(self, example_ids: Sequence[int]) -> None:
        """Rank nothing: this learner gives no values."""

    def save(self, example_ids: Sequence[int]) -> None:
        self.calls.append(f"save {len(example_ids)}")
        save_learned(self.store, [LearnedRow(each, self._basis, Learned(self.answers, ())) for each in example_ids])
        with self.store.transaction():
            self.store.execute(
                """
                DELETE FROM learned WHERE example_id IN (SELECT example_id FROM queue WHERE answered = 1 OR overlap = 1)
                """
            )

    def forget_saved(self) -> None:
        """Forget nothing, since this learner remembers nothing that was saved."""

    @property
    def _basis(self) -> bytes:
        return repr(self._known).encode()


def main() -> None:
    """Follow the store that is named; say how it ended."""
    with open_store(sys.argv[1]) as store:
        write_lightly(store)
        began = time.monotonic()
        print(follow(store, FakeLearner), round(time.monotonic() - began, 1), flush=True)  # noqa: T201
