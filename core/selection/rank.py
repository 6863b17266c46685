"""The rank of an example in an order that an index gives."""

from __future__ import annotations

from typing import Any

Rank = tuple[Any, ...]  # sorts in this order, the first example first


def rank_by_disagreement(score: float, differences: int, tie: bytes) -> Rank:
    """Return the rank of an example by disagreement; `tie`, the digest of its text, orders equal examples stably."""
    return (-score, -differences, tie)
