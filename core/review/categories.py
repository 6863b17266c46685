"""One example under review in a task of categories: which labels hold."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import cast

from tiebreak.core.records import Categories, Category, Learned, Marks, QueueItem, SettledDifference, Task
from tiebreak.core.review.choices import Choice, DistinctReading
from tiebreak.core.review.first_reading import FirstReading
from tiebreak.core.review.places import Offered
from tiebreak.core.review.review import Review
from tiebreak.core.review.sliced import Sliced


class CategoryReview(Review[Category]):
    """The categories of one example in the making: a difference is a label on which the predictors differ.

    In a `textcat` task at most one label holds, so a choice at one difference also settles and confirms the others.
    If several predictors have read the text, all its differences are one decision: which predictor's label holds.
    `decisions` are the readings of that decision.
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
        predicted = [label for each in item.predictions.values() for label in each.cats]
        super().__init__(item, task, tuple(dict.fromkeys((*labels, *predicted))), learned, settled, sliced)
        self.focused_label = ""  # the label that was set last, if no difference is about it
        self._places = {place.label: at for at, place in enumerate(self.places)}
        offers = any(place.is_offer for place in self.differences)
        self._is_one = task.is_exclusive and sliced is None and len(self.proposals) > 1 and not offers
        self.decisions = self._distinct_decisions() if self.is_one_decision else ()
        self._follow()

    @property
    def chosen(self) -> frozenset[str]:
        """The labels that hold."""
        return frozenset(category.label for category in self.marks)

    @property
    def is_exclusive(self) -> bool:
        return self.task.is_exclusive

    @property
    def is_one_decision(self) -> bool:
        return self._is_one and bool(self.differences)

    @property
    def reading_count(self) -> int:
        return len(self.decisions) or super().reading_count

    @property
    def is_undecided(self) -> bool:
        """Whether a slice text, or a text that no predictor has read, still needs a choice.

        In a task in which one label holds, a slice text also does if nothing was chosen at all.
        """
        if self.sliced is None:
            return self.is_unread and self.is_exclusive and not self.marks
        return self.unconfirmed > 0 or (self.is_exclusive and not self.is_touched)

    @property
    def may_relabel(self) -> bool:
        return True

    def place_of(self, label: str) -> int | None:
        """Return the number of the difference about `label`; None if the predictors agree on it."""
        return self._places.get(label)

    def label_at(self, at: int) -> str:
        """Return the label that the difference `at` is about."""
        return self.places[at].label

    def proposes(self, predictor: str, label: str) -> bool:
        """Return whether the predictor says that the label holds."""
        return Category(label) in self.item.predictions[predictor].marks

    def choose(self, index: int, *, at: int | None = None) -> None:
        """Take the distinct reading `index` of the focused difference (or of the difference `at`).

        If at most one label holds, this takes the label of the predictors with that reading. If their labels differ,
        the first of them holds, unconfirmed. On a slice text none does.
        """
        if self.is_one_decision:
            taken = self.decisions[max(0, min(index, len(self.decisions) - 1))]
            self._settle_all(taken.marks, range(len(self.differences)))
            return
        at = self.focus if at is None else at
        reading = self.readings[at][self._reading_at(at, index)]
        label = self.label_at(at)
        if not self.is_exclusive:
            self._set(at, bool(reading.marks))
        elif reading.marks:
            self._pick(label)
        elif label in self.chosen and self.sliced is None:
            decisions = [self._decision_of(name) for name in reading.predictors] or [self._offered_beside(at)]
            sure = all(decision == decisions[0] for decision in decisions)
            self._settle_all(decisions[0], range(len(self.differences)) if sure else (at,))
        else:
            self._settle_all([category for category in self.marks if category.label != label], (at,))

    def step(self, step: int) -> None:
        if not self.is_one_decision:
            super().step(step)
            return
        marks = [each.marks for each in self.decisions]
        last = len(marks) - 1
        if last == 1 or self.marks not in marks:
            self.choose(last if step > 0 else 0)
        else:
            self.choose(marks.index(self.marks) + step)

    def choose_all(self, predictor: str) -> None:
        """Take this predictor's decision on every disputed label."""
        if self.is_exclusive:
            self._settle_all(self._decision_of(predictor), range(len(self.differences)))
        else:
            super().choose_all(predictor)

    def mix(self, step: int = 1) -> tuple[int, int]:
        likely = self._likely(self.focus)
        if not likely:
            return 0, 0
        if self.is_one_decision:
            return self._mix_decisions(step)
        marks = self.choices[self.focus].marks
        at = (likely.index(marks) + step) % len(likely) if marks in likely else 0
        readings = [reading.marks for reading in self.readings[self.focus]]
        self.choose(readings.index(likely[at]))  # a label holds or does not, and both are readings
        return at + 1, len(likely)

    def _mix_decisions(self, step: int) -> tuple[int, int]:
        """Take the next decision, the most probable first."""
        chances = [sum(self._chance_of(self._places[mark.label]) for mark in each.marks) for each in self.decisions]
        order = sorted(range(len(chances)), key=lambda at: -chances[at])
        marks = [self.decisions[at].marks for at in order]
        at = (marks.index(self.marks) + step) % len(marks) if self.marks in marks else 0
        self.choose(order[at])
        return at + 1, len(marks)

    def choose_neither(self) -> None:
        """Let the focused label not hold; if all differences are one decision, let no label hold."""
        if self.is_one_decision:
            self._settle_all((), range(len(self.differences)))
            return
        label = self.label_at(self.focus)
        self._settle_all([category for category in self.marks if category.label != label], (self.focus,))

    def confirm(self) -> None:
        """Confirm the choice at the focused label; if at most one label holds and it is this one, at all labels."""
        if self.is_unchosen(self.focus):
            if self.differences[self.focus].is_offer:
                self.choose(0)
            return
        holds = self.label_at(self.focus) in self.chosen
        together = self.is_one_decision or (self.is_exclusive and holds)
        self._settle_all(self.marks, range(len(self.differences)) if together else (self.focus,))

    def relabel(self, label: str) -> bool:
        """Let `label` hold in place of any other; if any number of labels may hold, switch it on or off.

        No predictor need have proposed it. If a difference is about it, the focus goes there.
        """
        at = self._places.get(label)
        if at is not None:
            self.focus = at
        self.focused_label = "" if at is not None else label
        if self.is_exclusive:
            self._pick(label)
        elif at is not None:
            self._set(at, label not in self.chosen)
        else:
            self._settle_all(set(self.marks) ^ {Category(label)}, ())
        return at is not None

    def restore(self, settled: Sequence[SettledDifference], marks: Marks) -> None:
        self._decided = [replace(choice, confirmed=False) for choice in self._decided]
        confirmed = {each.label for each in settled if each.confirmed}
        self._settle_all(
            cast(Categories, marks), [at for at, each in enumerate(self.places) if each.label in confirmed]
        )

    def _first_readings(self) -> list[FirstReading]:
        """Return the first readings; the left readings if several exclusive labels would hold."""
        first = super()._first_readings()
        if self.is_exclusive and sum(bool(each.marks) for each in first) + len(self.agreed) > 1:
            return [FirstReading(readings[0].marks) for readings in self.readings]
        return first

    def _fits(self, offer: Offered, before: Sequence[Offered]) -> bool:
        """Return whether the offer is about one label, and no difference or other offer is about that label."""
        labels = {mark.label for mark in (*offer.stands, *offer.instead)}
        taken = [each.label for each in self.item.differences] + [each.place.label for each in before]
        return super()._fits(offer, before) and len(labels) == 1 and labels.isdisjoint(taken)

    def _offered_beside(self, at: int) -> Categories:
        """Return the alternative to the label that all predictors have at the difference `at`: another label, or ()."""
        others = [(other, place) for other, place in enumerate(self.places) if other != at and place.readings[-1].marks]
        offered = [other for other, place in others if place.difference.is_offer]
        best = max(offered, key=self._chance_of, default=None)
        return () if best is None else self.readings[best][-1].marks

    def _chance_of(self, at: int) -> float:
        """Return the learned probability, 0..1, that the label at the difference `at` holds."""
        place = self.learned[at]
        candidates = () if place is None else place.candidates
        return next((each.probability for each in candidates if each.marks), 0.0)

    def _focus_on(self, at: int) -> None:
        super()._focus_on(at)
        self.focused_label = ""

    def _distinct_decisions(self) -> tuple[DistinctReading[Category], ...]:
        """Return the distinct decisions with their predictors, the left predictor's first."""
        found: dict[Categories, list[str]] = {}
        for predictor, marks in self.proposals.items():
            found.setdefault(marks, []).append(predictor)
        return tuple([DistinctReading(tuple(names), marks) for marks, names in found.items()])

    def _follow(self) -> None:
        """Focus the difference about the label that holds, if all differences are one decision."""
        if self.is_one_decision:
            held = [self._places[label] for label in self.chosen if label in self._places]
            self.focus = held[0] if held else self.focus

    def _decision_of(self, predictor: str) -> Categories:
        return cast(Categories, self.item.predictions[predictor].marks)

    def _pick(self, label: str) -> None:
        self._settle_all([Category(label)], range(len(self.differences)))

    def _set(self, at: int, holds: bool) -> None:
        category = Category(self.label_at(at))
        self._settle_all(set(self.marks) - {category} | ({category} if holds else set()), (at,))

    def _settle_all(self, holding: Collection[Category], confirmed: Collection[int]) -> None:
        """Let exactly `holding` hold, and confirm the differences `confirmed`.

        Any other difference stays confirmed if it was and nothing changes at it.
        """
        self._turn += 1
        self._base = tuple(sorted(each for each in holding if each.label not in self._places))
        for label, at in self._places.items():
            before = self._decided[at]
            choice = self._classify(at, [each for each in holding if each.label == label])
            sure = at in confirmed or (before.confirmed and before.marks == choice.marks)
            is_open = self.sliced is not None and not (sure or choice.marks)
            self._decided[at] = self._begun(at) if is_open else replace(choice, confirmed=sure)
        self._follow()

    def _stand(self) -> tuple[Categories, tuple[Choice[Category], ...]]:
        return self._base, tuple(self._decided)
