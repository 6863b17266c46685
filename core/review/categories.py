"""One example under review where the task is categories: which labels hold."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from typing import Any

from tiebreak.core.compare.cats import category, decided_cats
from tiebreak.core.records import QueueItem, Span, Spans, Task
from tiebreak.core.review.choices import Choice
from tiebreak.core.review.spans import Review


class CategoryReview(Review):
    """The categories of one example in the making: a difference is a label on which the predictors differ.

    `spans` are the categories that hold. Where the task is `textcat` one label at most holds, so that the choices at
    all differences move together: what one choice settles at the others is confirmed with it.
    """

    def __init__(self, item: QueueItem, task: Task, labels: Sequence[str] = ()) -> None:
        super().__init__(item, task)
        said = [label for each in item.predictions.values() for label in each.cats]
        self.labels = tuple(dict.fromkeys((*labels, *said)))
        self.focused_label = ""  # that was set last where it is no difference
        self._places = {difference.label: at for at, difference in enumerate(item.differences)}

    @property
    def cats(self) -> dict[str, float]:
        """The answer as cats: 1 for the labels that hold, 0 for the others that are known."""
        return decided_cats(self.spans, self.labels)

    @property
    def chosen(self) -> frozenset[str]:
        """The labels that hold."""
        return frozenset(span.label for span in self.spans)

    @property
    def is_exclusive(self) -> bool:
        return self.task is Task.TEXTCAT

    def place_of(self, label: str) -> int | None:
        """The number of the difference about `label`; None where the predictors agree on it."""
        return self._places.get(label)

    def move(self, step: int) -> None:
        self.focused_label = ""
        super().move(step)

    def move_unconfirmed(self, step: int) -> bool:
        moved = super().move_unconfirmed(step)
        self.focused_label = "" if moved else self.focused_label
        return moved

    def choose(self, index: int, *, at: int | None = None) -> None:
        """Take the distinct reading `index` of the focused label (or of that of the difference `at`).

        Where one label at most holds, that is the decision of the predictors who have the reading: their label holds,
        and where they are at odds on it that of the first of them does, to be confirmed.
        """
        at = self.focus if at is None else at
        reading = self.readings[at][max(0, min(index, len(self.readings[at]) - 1))]
        label = self.differences[at].label
        if not self.is_exclusive:
            self._set(at, bool(reading.spans))
        elif reading.spans:
            self._pick(label)
        elif label in self.chosen:
            decisions = [self.item.predictions[name].spans for name in reading.predictors]
            sure = all(decision == decisions[0] for decision in decisions)
            self._settle_all(decisions[0], range(len(self.differences)) if sure else (at,))
        else:
            self._settle_all(self.spans, (at,))

    def choose_all(self, predictor: str) -> None:
        """Take this predictor's decision on every label that is in dispute."""
        if self.is_exclusive:
            self._settle_all(self.item.predictions[predictor].spans, range(len(self.differences)))
        else:
            super().choose_all(predictor)

    def choose_neither(self) -> None:
        """The focused label does not hold."""
        label = self.differences[self.focus].label
        self._settle_all([span for span in self.spans if span.label != label], (self.focus,))

    def choose_both(self) -> bool:
        """A label holds or it does not: False."""
        return False

    def confirm(self) -> None:
        """Confirm what stands at the focused label; where one label at most holds and this one does, at all."""
        holds = self.differences[self.focus].label in self.chosen
        together = self.is_exclusive and holds
        self._settle_all(self.spans, range(len(self.differences)) if together else (self.focus,))

    def relabel(self, label: str) -> None:
        """Let `label` hold, or no longer where any number may; where one at most holds it takes the other's place.

        It need not be one that a predictor proposed. The focus goes to its difference where it has one.
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
            self._settle_all(set(self.spans) ^ {category(label)}, ())

    def move_end(self, step: int) -> bool:
        """Categories have no bounds: False."""
        return False

    def move_start(self, step: int) -> bool:
        """Categories have no bounds: False."""
        return False

    def mix(self, step: int = 1) -> tuple[int, int]:
        """There is nothing to mix: (0, 0)."""
        return 0, 0

    def replace_spans(self, spans: Iterable[Span]) -> None:
        """Take these categories; the labels on which that changes something are confirmed."""
        wanted = set(spans)
        changed = {span.label for span in wanted.symmetric_difference(self.spans)}
        self._settle_all(wanted, [at for label, at in self._places.items() if label in changed])

    def restore(self, choices: list[dict[str, Any]], spans: Spans) -> None:
        """Show an earlier answer again: its categories, and which labels were confirmed."""
        self._settle_all(spans, ())
        confirmed = {choice.get("label") for choice in choices if choice["confirmed"]}
        self._decided = [
            replace(choice, confirmed=difference.label in confirmed)
            for difference, choice in zip(self.differences, self._decided, strict=True)
        ]

    def take_back(self) -> bool:
        self.focused_label = ""
        return super().take_back()

    def choice_records(self) -> list[dict[str, Any]]:
        """What was chosen for each label in dispute, in the form in which an answer keeps it."""
        return [
            {**record, "label": difference.label}
            for difference, record in zip(self.differences, super().choice_records(), strict=True)
        ]

    def _pick(self, label: str) -> None:
        self._settle_all([category(label)], range(len(self.differences)))

    def _set(self, at: int, holds: bool) -> None:
        span = category(self.differences[at].label)
        self._settle_all(set(self.spans) - {span} | ({span} if holds else set()), (at,))

    def _settle_all(self, spans: Collection[Span], confirmed: Collection[int]) -> None:
        """Let exactly `spans` hold; the differences `confirmed` are so from now on, the others if they were."""
        self._turn += 1
        self._base = tuple(sorted(span for span in spans if span.label not in self._places))
        for label, at in self._places.items():
            before = self._decided[at]
            choice = self._classify(at, [span for span in spans if span.label == label])
            sure = at in confirmed or (before.confirmed and before.spans == choice.spans)
            self._decided[at] = replace(choice, confirmed=sure, turn=self._turn)

    def _stand(self) -> tuple[Spans, tuple[Choice, ...]]:
        return self._base, tuple(self._decided)
