"""What of the queue is one annotator's, where several work on one store."""

from __future__ import annotations

from dataclasses import dataclass

from tiebreak.core.selection.filter import DISAGREEING, QueueFilter

Ranges = tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Share:
    """What `annotator` is to answer: of the examples that nobody has answered those in `ranges` (ids, both ends
    included; without any, all but the `others`, which are assigned to somebody else) that `filter` finds, and where
    there is an `overlap` those of it that this annotator has not answered.
    """

    annotator: str
    ranges: Ranges = ()
    others: Ranges = ()
    filter: QueueFilter = DISAGREEING
    overlap: float = 0.0  # the share of the examples

    @property
    def is_whole(self) -> bool:
        """Whether it is all of the queue, for now."""
        return not (self.ranges or self.others) and self.filter == DISAGREEING
