"""Whether texts on which all models agree may be accepted unseen: a bound on the share of them that is wrong."""

from __future__ import annotations

import json
from dataclasses import dataclass

from tiebreak.core.estimates.shares import needed, upper_bound
from tiebreak.core.insight.sampling import sampled_groups
from tiebreak.core.store.connection import Store

LOOKS = 2  # looks at the slice; fixed beforehand, so that all together err with a probability of _RISK at most
_RISK = 0.05  # probability
_KEPT = "auto-accept looks"  # the setting with the outcome of each look, as JSON


@dataclass(frozen=True, slots=True)
class BoundCheck:
    """The outcome of one look: of `n` agreed slice texts, so many were `wrong`.

    `most` is the share, 0 to 1, of all such texts that is wrong at most, with the confidence `level` of a single look.
    `bound` is the share that was asked for; with so many wrong texts, it takes `needed` texts. `looks_left` is the
    number of looks left. A look that cannot succeed costs none.
    """

    bound: float
    n: int
    wrong: int
    most: float
    needed: int
    looks_left: int
    level: float

    @property
    def allows(self) -> bool:
        """Whether the texts on which all models agree may be accepted."""
        return self.most <= self.bound


def check_bound(store: Store, bound: float) -> BoundCheck | None:
    """Look whether at most the share `bound` of the texts on which all models agree is wrong; None without looks left.

    Only slice texts count that showed no agreed mark and that no order has reached. A text without a usable answer
    counts as wrong. Without new answers to these texts, another call with this bound is the same look. The bound is
    Clopper & Pearson's (1934), exact for a binomial share, at 5% by the number of looks (Bonferroni).
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
    return BoundCheck(
        bound, n, wrong, upper_bound(wrong, n, level), needed(bound, level, wrong), LOOKS - len(looks), level
    )


def _counted(store: Store) -> tuple[int, int]:
    """Return the number of agreed slice texts that count, and the number of wrong texts among them."""
    n = wrong = 0
    for part in sampled_groups(store):
        for text in (*part.sample, *part.missing_sample):
            if text.is_unmarked and not text.differences:
                n += 1
                wrong += text.answered != text.agreed
    return n, wrong
