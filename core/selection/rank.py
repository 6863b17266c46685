"""Where an example stands in an order that an index gives."""

from __future__ import annotations

from typing import Any

Rank = tuple[Any, ...]  # sorts as the order does, the first example first


def rank_by_disagreement(score: float, differences: int, tie: bytes) -> Rank:
    """Return the rank of an example by disagreement; `tie` is the digest of its text: a stable order among equals."""
    return (-score, -differences, tie)
