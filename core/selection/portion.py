"""One annotator's share of the queue, if several work on one store."""

from __future__ import annotations

from dataclasses import dataclass

from tiebreak.core.selection.filter import DISAGREEING, QueueFilter

Ranges = tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Portion:
    """The examples that `annotator` is to answer.

    They are those found by `filter` that nobody has answered yet. `ranges` (ids, both ends included) limits them;
    without ranges, the `others`, which are assigned to other annotators, are excluded. If there is an `overlap`, its
    examples are added unless this annotator has answered them.
    """

    annotator: str
    ranges: Ranges = ()
    others: Ranges = ()
    filter: QueueFilter = DISAGREEING
    overlap: float = 0.0  # share of the examples, 0..1, that several annotators answer

    @property
    def is_whole(self) -> bool:
        """Whether the share is the whole queue, for now."""
        return not (self.ranges or self.others) and self.filter == DISAGREEING
