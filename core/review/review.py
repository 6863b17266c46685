"""One example under review, in any task: the choice at each difference, and the answer in the making."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Any, cast

from tiebreak.core.records import (
    ChoiceName,
    Difference,
    Learned,
    LearnedPlace,
    Marks,
    QueueItem,
    Remark,
    SettledDifference,
    Spans,
    Task,
)
from tiebreak.core.review.anchoring import Close
from tiebreak.core.review.choices import Choice, DistinctReading, M
from tiebreak.core.review.first_reading import FirstReading, first_reading
from tiebreak.core.review.places import Offered, offered_of, places_of, to_confirm
from tiebreak.core.review.sliced import Sliced
from tiebreak.core.review.steps import Steps
from tiebreak.core.tasks.registry import rules_of


class Review(Steps[M]):
    """The answer to one example in the making; each kind of task has its own.

    It starts with the agreed marks plus the first reading of each difference, unconfirmed. The first reading is the
    most probable candidate by what was `learned`, or the left predictor's reading if nothing was. The offers of the
    learner stand among the differences and behave like them. If places were `settled` before, the offers are those of
    that time.

    `base` holds the marks outside the differences, `agreed` the marks of these that all predictors have, `labels` all
    known labels. If only one predictor has read the text, each of its marks is a row among the differences.

    On a slice text, as `sliced` says, no mark stands before the annotator chose it. The agreed marks are rows to
    confirm as well, or they are `hidden`. `hides_agreed` is also true if there are no agreed marks to hide.

    `taught` is the number of answers behind what was learned; `rests_on` is the number behind the first readings when
    they were shown. Both are 0 if nothing was learned. `selected_by` says how the example came to be reviewed.
    """

    def __init__(
        self,
        item: QueueItem,
        task: Task,
        labels: Sequence[str] = (),
        learned: Learned | None = None,
        settled: Sequence[SettledDifference] | None = None,
        sliced: Sliced | None = None,
    ) -> None:
        super().__init__()
        self.item = item
        self.task = task
        self.labels = tuple(labels)
        self.remark: Remark | None = None  # the annotator's flag and note
        self.selected_by = ""
        self.close: tuple[Close, ...] = ()  # differences at which two candidates are about equally likely
        self.sliced = sliced
        self.answers_one_place = False  # whether only the focused place is to be answered now
        self.taught = self.rests_on = 0 if learned is None else learned.answers
        all_agreed = cast("tuple[M, ...]", rules_of(task).agreed(self.proposals))
        self._all_agreed = frozenset(all_agreed)
        self.hides_agreed = sliced is not None and sliced.is_unmarked
        self.hidden = self._all_agreed if self.hides_agreed else frozenset[M]()
        shown = tuple([each for each in all_agreed if each not in self.hidden])
        in_rows = to_confirm(shown, [*self.proposals]) if sliced is not None or len(self.proposals) == 1 else []
        offered = self._fitting([*(offered_of(learned, settled) if sliced is None else []), *in_rows])
        self.places = places_of(item, learned, offered)
        self.differences: tuple[Difference, ...] = tuple([place.difference for place in self.places])
        self.learned: list[LearnedPlace | None] = [place.learned for place in self.places]
        self.readings: list[tuple[DistinctReading[M], ...]] = [place.readings for place in self.places]
        in_question = {mark for each in offered for mark in each.stands}.union(self.hidden)
        self.agreed = tuple([mark for mark in all_agreed if mark not in in_question])
        self._base = self.agreed
        self._first = self._first_readings()
        self._decided = [self._begun(at) for at in range(len(self._first))]
        self._turn = 0
        self.focus = 0
        self.shown = self.marks

    def _first_readings(self) -> list[FirstReading]:
        if self.sliced is not None:
            return [FirstReading(None)] * len(self.readings)
        if self.is_unread:  # an offer joins the answer only once it is taken
            return [FirstReading(readings[0].marks) for readings in self.readings]
        places = zip(self.readings, self.learned, strict=True)
        return [first_reading(readings[0].marks, learned) for readings, learned in places]

    def _fitting(self, offered: Sequence[Offered]) -> list[Offered]:
        """Return the offers that fit the predictions of now, and the offers before them."""
        fitting: list[Offered] = []
        for offer in offered:
            if self._fits(offer, fitting):
                fitting.append(offer)
        return fitting

    def _fits(self, offer: Offered, before: Sequence[Offered]) -> bool:
        """Return whether all predictors have the marks that the offer would change, or no mark if it would add one."""
        place = offer.difference
        is_current = place.readings == dict.fromkeys(self.proposals, offer.stands)
        if place.kind == "agreed":
            return is_current and bool(offer.stands) and set(offer.stands).issubset(self._all_agreed)
        return is_current and place.kind == "unmarked" and not offer.stands

    def _begun(self, at: int) -> Choice[M]:
        """Return the choice that a difference starts with; it is empty on a slice text."""
        if self.sliced is not None:
            return Choice((), "neither")
        left, first = self.readings[at][0].marks, self._first[at].marks
        if first is None or first == left:
            return Choice(left, "left", 0)
        return self._candidate(at, cast("tuple[M, ...]", first))

    def begin_as(self, settled: Sequence[SettledDifference], rests_on: int) -> None:
        """Start again from the first readings of when the same differences were `settled`, with nothing decided."""
        if tuple(each.difference for each in settled) == self.differences:
            self._first = [FirstReading(each.first, each.probability) for each in settled]
            self._decided = [self._begun(at) for at in range(len(self._first))]
            self._forget_standing()
            self.shown = self.marks
            self.rests_on = rests_on

    def probability(self, at: int) -> float | None:
        """Return the learned probability, 0..1, of the choice at the difference `at`; None if it is not known."""
        learned, marks = self.learned[at], self.choices[at].marks
        if learned is None:
            return None
        return next((each.probability for each in learned.candidates if each.marks == marks), None)

    @property
    def is_unread(self) -> bool:
        """Whether no predictor has read the text, so that it is marked from scratch."""
        return not self.proposals

    @property
    def is_open_text(self) -> bool:
        """Whether fewer than two predictors have read the text, so that nothing is compared."""
        return len(self.proposals) < 2

    @property
    def has_candidates(self) -> bool:
        """Whether candidates were learned for the focused difference."""
        return bool(self.differences) and bool(self._likely(self.focus))

    def _likely(self, at: int) -> list[tuple[M, ...]]:
        """Return the candidates of the difference `at`: the first reading, then the others, the most probable first."""
        learned = self.learned[at]
        if learned is None or not learned.candidates:
            return []
        first = self._first[at].marks
        marks = [each.marks for each in learned.candidates]
        return cast("list[tuple[M, ...]]", list(dict.fromkeys(marks if first is None else [first, *marks])))

    @property
    def is_one_decision(self) -> bool:
        """Whether all differences are one row, and settled together."""
        return False

    @property
    def row_count(self) -> int:
        """The number of rows to settle: one a difference, unless all are one decision."""
        return min(len(self.differences), 1) if self.is_one_decision else len(self.differences)

    @property
    def row(self) -> int:
        """The number of the focused row."""
        return 0 if self.is_one_decision else self.focus

    @property
    def reading_count(self) -> int:
        """The number of distinct readings at the focused row."""
        return len(self.readings[self.focus]) if self.differences else 0

    @property
    def choices(self) -> tuple[Choice[M], ...]:
        """The choice at each difference."""
        return self._stand()[1]

    @property
    def base(self) -> tuple[M, ...]:
        """The marks of the answer that belong to no difference."""
        return self._stand()[0]

    @property
    def marks(self) -> tuple[M, ...]:
        """The marks of the answer as it would be saved: spans in text order, or categories by label."""
        base, choices = self._stand()
        return tuple(sorted({mark for choice in choices for mark in choice.marks}.union(base)))

    @property
    def asks_for_choice(self) -> bool:
        """Whether the focused difference is open, so that there is nothing to confirm, and is not an offer."""
        return bool(self.differences) and self.is_unchosen(self.focus) and not self.differences[self.focus].is_offer

    def is_unchosen(self, at: int) -> bool:
        """Return whether the difference `at` of a slice text has no choice yet, or has lost all marks of its choice."""
        choice = self.choices[at]
        return self.sliced is not None and not choice.confirmed and not choice.marks

    @property
    def swapped(self) -> list[int]:
        """The unconfirmed differences at which the runner-up was shown first: each has to be confirmed."""
        places = {(*each.place[:2], each.place.label) for each in self.close if each.is_swapped}
        return [
            at
            for at, place in enumerate(self.places)
            if (*place.difference[:2], place.difference.label) in places
            and not place.difference.is_offer
            and not self.choices[at].confirmed
        ]

    @property
    def is_undecided(self) -> bool:
        """Whether a slice text still needs a choice."""
        return self.sliced is not None and self.unconfirmed > 0

    @property
    def lanes(self) -> dict[str, tuple[M, ...]]:
        """The proposals of each predictor that are shown."""
        if not self.hidden:
            return self.proposals
        proposals = self.proposals.items()
        return {name: tuple([mark for mark in marks if mark not in self.hidden]) for name, marks in proposals}

    @property
    def proposals(self) -> dict[str, tuple[M, ...]]:
        """The marks of each predictor that did not fail in the whole text, the left predictor first."""
        proposals = {name: each.marks for name, each in self.item.predictions.items() if each.error is None}
        return cast("dict[str, tuple[M, ...]]", proposals)

    def decision(self) -> tuple[Spans, dict[str, float] | None]:
        """Return the spans and the cats of the answer as it would be saved."""
        return rules_of(self.task).decision(self.marks, self.labels)

    def settled(self) -> tuple[SettledDifference, ...]:
        """Return the choice at each difference, as an answer keeps it."""
        return tuple(
            SettledDifference(
                difference,
                choice.name,
                choice.marks,
                choice.confirmed,
                () if choice.reading is None else readings[choice.reading].predictors,
                *first,
                readings[-1].marks if difference.is_offer else None,
            )
            for difference, choice, readings, first in zip(
                self.differences, self.choices, self.readings, self._first, strict=True
            )
        )

    @property
    def may_relabel(self) -> bool:
        """Whether there is something to put a label on."""
        return bool(self.differences)

    @property
    def is_touched(self) -> bool:
        """Whether the annotator has decided anything."""
        return self._turn > 0 or any(choice.confirmed for choice in self._decided)

    @property
    def unconfirmed(self) -> int:
        """The number of rows that are not confirmed."""
        count = sum(not choice.confirmed for choice in self.choices)
        return min(count, 1) if self.is_one_decision else count

    def move(self, step: int) -> None:
        """Focus the difference `step` places on, round the ends."""
        if self._decided and not self.is_one_decision:
            self._focus_on((self.focus + step) % len(self._decided))

    def move_unconfirmed(self, step: int) -> bool:
        """Focus the next (1) or previous (-1) unconfirmed difference; False if all are confirmed."""
        if self.is_one_decision:
            return self.unconfirmed > 0
        choices = self.choices
        for distance in range(1, len(choices) + 1):
            at = (self.focus + step * distance) % len(choices)
            if not choices[at].confirmed:
                self._focus_on(at)
                return True
        return False

    @abstractmethod
    def choose(self, index: int, *, at: int | None = None) -> None:
        """Take the distinct reading `index` of the focused difference (or of the difference `at`)."""

    def step(self, step: int) -> None:
        """Go to the next distinct reading on the right (1) or left (-1) of the focused difference.

        With two readings this is always the right or the left model's reading.
        """
        readings = self.readings[self.focus]
        current = self.choices[self.focus].reading
        if len(readings) == 2 or current is None:
            self.choose(len(readings) - 1 if step > 0 else 0)
        else:
            self.choose(current + step)

    def choose_all(self, predictor: str) -> None:
        """Take this predictor's reading of every difference that it has read; leave offers as they are."""
        for at, readings in enumerate(self.readings):
            index = next((number for number, each in enumerate(readings) if predictor in each.predictors), None)
            if index is not None and not self.differences[at].is_offer:
                self.choose(index, at=at)

    def choose_side(self, index: int) -> None:
        """Take the first (0) or last (-1) reading of every row: with one predictor, its reading or the other."""
        for at, readings in enumerate(self.readings):
            self.choose(index % len(readings), at=at)

    @abstractmethod
    def mix(self, step: int = 1) -> tuple[int, int]:
        """Take the next candidate of the focused difference; returns its number, from 1, and how many there are.

        The learned candidates come first, the most probable at the head. Then come the readings, if there are three or
        more, and their mixes.
        """

    @abstractmethod
    def choose_neither(self) -> None:
        """Let nothing hold at the focused difference."""

    @abstractmethod
    def confirm(self) -> None:
        """Confirm the choice at the focused difference; if it is open, take the reading of all predictors, if any."""

    def reopen(self) -> None:
        """Make the choice at the focused difference unconfirmed again."""
        self._decided[self.focus] = replace(self.choices[self.focus], confirmed=False)
        self._forget_standing()

    def confirm_all(self) -> None:
        """Confirm the choice at every difference that is not open."""
        self._decided = [replace(choice, confirmed=not self.is_unchosen(at)) for at, choice in enumerate(self.choices)]
        self._forget_standing()

    @abstractmethod
    def relabel(self, label: str) -> bool:
        """Put this label at the focused difference; False if no difference is about it."""

    @abstractmethod
    def restore(self, settled: Sequence[SettledDifference], marks: Marks) -> None:
        """Show an earlier answer again: its marks, and how each difference was settled."""

    def _reading_at(self, at: int, index: int) -> int:
        """Return the number of the distinct reading `index`, which may lie before the first or after the last."""
        return max(0, min(index, len(self.readings[at]) - 1))

    def _name(self, at: int, index: int) -> ChoiceName:
        reading, last = self.readings[at][index], len(self.readings[at]) - 1
        if not reading.predictors:  # an offer of the learner
            return "edited" if reading.marks else "neither"
        return "left" if index == 0 else "right" if index == last else "reading"

    def _classify(self, at: int, marks: Collection[M]) -> Choice[M]:
        """Return the choice with `marks` at the difference: an equal reading if there is one, else edited."""
        ordered = tuple(sorted(marks))
        for index, reading in enumerate(self.readings[at]):
            if reading.marks == ordered:
                return Choice(ordered, self._name(at, index), index)
        return Choice(ordered, "edited" if ordered else "neither")

    def _candidate(self, at: int, marks: Collection[M]) -> Choice[M]:
        """Return the choice of the candidate `marks` at the difference."""
        return self._classify(at, marks)


AnyReview = Review[Any]
