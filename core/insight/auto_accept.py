"""Whether what all models agree on may be accepted unseen: a bound on how many of those texts are wrong."""

from __future__ import annotations

import json
from dataclasses import dataclass

from tiebreak.core.estimates.shares import needed, upper_bound
from tiebreak.core.insight.sampling import sampled_parts
from tiebreak.core.store.connection import Store

LOOKS = 2  # at the slice, fixed beforehand: all together they are wrong with the probability _RISK at most
_RISK = 0.05
_KEPT = "auto-accept looks"  # the setting: what each look saw, as JSON


@dataclass(frozen=True, slots=True)
class Look:
    """What one look saw: of `n` agreed slice texts so many were `wrong`; by that at most `most` of the others are.

    `most` is a share, 0 to 1, that holds with the `level` of a single look, and `bound` the one that was asked for. It
    takes `needed` texts with so many wrong ones. `left` looks are left; a look that could not succeed costs none.
    """

    bound: float
    n: int
    wrong: int
    most: float
    needed: int
    left: int
    level: float

    @property
    def allows(self) -> bool:
        """Whether the texts on which all agree may be accepted."""
        return self.most <= self.bound


def look(store: Store, bound: float) -> Look | None:
    """Look whether at most the share `bound` of the texts on which all agree is wrong; None if no look is left.

    Only slice texts count on which no agreed mark was shown and that no order has reached; one without a usable answer
    counts as wrong. Asked again without new answers to them it is the same look. The bound is Clopper & Pearson's
    (1934), exact for a binomial share, at 5% by the number of looks (Bonferroni).
    """
    level = 1 - _RISK / LOOKS
    with store.transaction():
        n, wrong = _counted(store)
        looks = json.loads(store.setting(_KEPT) or "[]")
        seen = [bound, n, wrong]
        could = n >= needed(bound, level)
        if could and seen not in looks:
            if len(looks) >= LOOKS:
                return None
            looks.append(seen)
            store.set_setting(_KEPT, json.dumps(looks))
    return Look(bound, n, wrong, upper_bound(wrong, n, level), needed(bound, level, wrong), LOOKS - len(looks), level)


def _counted(store: Store) -> tuple[int, int]:
    """How many agreed slice texts say how often all are wrong, and on how many of these they are."""
    n = wrong = 0
    for part in sampled_parts(store):
        for text in (*part.sample, *part.missing_sample):
            if text.is_unmarked and not text.differences:
                n += 1
                wrong += text.answered != text.agreed
    return n, wrong
