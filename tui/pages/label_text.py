"""Lines on labels: labels that label maps leave out or misspell, and labels that only one predictor uses."""

from __future__ import annotations

import shlex
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from tiebreak.tui.text.render import visible

if TYPE_CHECKING:
    from tiebreak.core.project.label_use import LabelUse


def label_lines(uses: Sequence[LabelUse], predictors: Collection[str] | None = None) -> Iterator[str]:
    """Yield lines on the labels of these predictors, or of all if `predictors` is None.

    If one of them has labels of its own, the labels that only other predictors use are shown, too.
    """
    from tiebreak.core.project.label_use import joined_pairs, label_remarks

    wanted = {use.predictor for use in uses if predictors is None or use.predictor in predictors}
    are_alone = any(use.own for use in uses if use.predictor in wanted)
    for use in uses:
        if use.predictor not in wanted:
            if not are_alone:
                continue
            use = replace(use, unknown={}, unmapped={}, label_map=use.label_map if use.joins else None)
        yield from (visible(f"{use.predictor}: {finding}") for finding in label_remarks(use))
        if use.label_map is not None:
            joins = f" would join {pairs}" if (pairs := joined_pairs(use)) else ""
            yield visible(f"{use.predictor}: --label-map {shlex.quote(str(use.label_map))}{joins}")
