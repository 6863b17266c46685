"""The options of a sitting."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tiebreak.core.review.first_reading import FirstReadingSource


@dataclass(frozen=True, slots=True)
class SessionOptions:
    """The options of a sitting.

    `blind` hides the predictors' names and shuffles their sides. `confirm_all` refuses an accept until each difference
    is settled. `go_on` goes to the next open difference after each choice. `seconds` is the planned length, None
    without an end. `config` is the project config that was named for this sitting. `adjudicate` settles the
    disagreements of annotators. `confined` leaves the annotator nothing but this review, as behind an SSH forced
    command. `first` is what answers start with. `anchoring` is the share, 0 to 1, of close places that show the
    runner-up first. `expected` is the number of predictors that are about to read the texts.
    """

    blind: bool = False
    confirm_all: bool = False
    go_on: bool = False
    seconds: float | None = None
    config: Path | None = None
    adjudicate: bool = False
    confined: bool = False
    first: FirstReadingSource = FirstReadingSource.LEARNED
    anchoring: float = 0.0
    expected: int = 0

    @property
    def shows_learned(self) -> bool:
        """Whether an answer starts at what was learned, and the screen says so."""
        return self.first is FirstReadingSource.LEARNED and not (self.blind or self.adjudicate)

    @property
    def shows_values(self) -> bool:
        """Whether the sitting may show the values of examples, and order by them if no order was asked for."""
        return not (self.blind or self.adjudicate)


DEFAULTS = SessionOptions()
