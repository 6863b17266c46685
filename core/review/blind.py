"""Hiding the predictors: the sides of an example, shuffled by a stable seed."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace

from tiebreak.core.records import Difference, QueueItem
from tiebreak.core.text.hashes import text_digest


def shuffled(item: QueueItem, annotator: str) -> QueueItem:
    """Return `item` with its predictors in an order that depends on the text and the annotator alone."""
    names = list(item.predictions)
    random.Random(text_digest(item.example.text) + annotator.encode()).shuffle(names)
    return arranged(item, names)


def arranged(item: QueueItem, names: Sequence[str]) -> QueueItem:
    """Return `item` with its predictors in the order of `names`, the left predictor first."""
    return replace(
        item,
        predictions={name: item.predictions[name] for name in names},
        differences=tuple(_arranged(difference, names) for difference in item.differences),
    )


def _arranged(difference: Difference, names: Sequence[str]) -> Difference:
    readings = difference.readings
    return difference._replace(readings={name: readings[name] for name in names if name in readings})
