"""Checking that predictors use the same labels, in a store and in the pipelines of a config."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path

from tiebreak.core.doctor.checks import Check, note, ok
from tiebreak.core.project.config import PredictorConfig

_LISTED = 12


def check_labels(path: Path) -> Iterator[Check]:
    """Yield a note for each predictor of the store whose labels do not fit its label map, or the other predictors."""
    from tiebreak.core.project.label_use import label_remarks, label_use
    from tiebreak.core.store import integrity

    with integrity.open_unchanged(path) as store:
        uses = [] if integrity.is_old(store) else label_use(store)
    for use in uses:
        found = "; ".join(label_remarks(use))
        todo = f"a label map for it: {use.label_map}" if use.label_map is not None else ""
        if use.unknown or use.own:
            yield note(f"{use.predictor}: labels", found, todo)
        elif found:
            yield ok(f"{use.predictor}: labels", found)


def check_label_map(config: PredictorConfig, labels: Sequence[str]) -> Iterator[Check]:
    """Yield a note if the label map names labels that are not among the pipeline's, if it lists them."""
    unknown = sorted((config.label_map.names or {}).keys() - set(labels)) if labels else []
    if unknown:
        meant = [(label, *get_close_matches(label, labels, n=1)) for label in unknown]
        todo = ", ".join(f"{each[1]} for {each[0]}?" for each in meant if len(each) > 1)
        found = f"the label map names {', '.join(unknown[:_LISTED])}, but the pipeline has no such label"
        yield note(f"{config.name}: label map", found, todo or f"its labels: {', '.join(labels[:_LISTED])}")


def compare_labels(given: Mapping[str, Sequence[str]]) -> Iterator[Check]:
    """Yield a note for each predictor with labels that no other can give.

    `given` has the labels that each predictor can give, after its label map.
    """
    listed = {name: labels for name, labels in given.items() if labels}
    for name, labels in listed.items():
        others = {label for other, its in listed.items() if other != name for label in its}
        own = [label for label in labels if label not in others]
        if own and len(listed) > 1:
            more = f" and {len(own) - _LISTED} more" if len(own) > _LISTED else ""
            found = f"no other predictor gives {', '.join(own[:_LISTED])}{more}: each is a difference"
            yield note(f"{name}: labels", found, "rename these labels with a label map, or leave them out")
