"""The chain of tags: its probabilities equal the sums over all sequences."""

from __future__ import annotations

from itertools import pairwise, product
from math import exp, prod

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tiebreak.core.learning.chain import Chain
from tiebreak.core.learning.tags import Tags
from tiebreak.core.records import Span
from tiebreak.core.text.units import Units

TAGS = Tags(["LOC", "PER"])
SIZE = len(TAGS.tags)


def chances(emissions: np.ndarray, steps: np.ndarray) -> dict[tuple[int, ...], float]:
    """Return the probability of each sequence of tags."""
    odds = {
        tags: TAGS.first[tags[0]]
        * prod(exp(emissions[at, tag]) for at, tag in enumerate(tags))
        * prod(exp(steps[pair]) for pair in pairwise(tags))
        for tags in product(range(SIZE), repeat=len(emissions))
    }
    total = sum(odds.values())
    return {tags: each / total for tags, each in odds.items()}


@given(st.integers(1, 4), st.integers(0, 1000))
def test_tags_pairs_and_stretches_are_sums_over_all_sequences(length: int, seed: int) -> None:
    draw = np.random.default_rng(seed)
    emissions = draw.normal(0, 3, (length, SIZE))
    steps = draw.normal(0, 2, (SIZE, SIZE)) + TAGS.never
    chain, all_chances = Chain(emissions, steps, TAGS.first), chances(emissions, steps)
    tags, pairs = np.zeros((length, SIZE)), np.zeros((SIZE, SIZE))
    for sequence, chance in all_chances.items():
        tags[np.arange(length), sequence] += chance
        np.add.at(pairs, (sequence[:-1], sequence[1:]), chance)
    assert chain.tags() == pytest.approx(tags, abs=1e-9)
    assert chain.pairs() == pytest.approx(pairs, abs=1e-9)
    for start in range(length):
        begin, inside = 1, 3
        found = chain.stretches(start, begin, inside, length)
        for last, chance in enumerate(found, start):
            wanted = [begin, *[inside] * (last - start)]
            expected = sum(
                its
                for sequence, its in all_chances.items()
                if [*sequence[start : last + 1]] == wanted and sequence[last + 1 : last + 2] != (inside,)
            )
            assert chance == pytest.approx(expected, abs=1e-9)


def test_tags_of_spans_and_none_of_a_span_that_ends_inside_a_token() -> None:
    units = Units([0, 4, 8, 13], [3, 7, 12, 14])
    spans = [Span(0, 7, "PER"), Span(8, 12, "LOC"), Span(12, 14, "LOC"), Span(13, 14, "ORG")]
    named = [TAGS.tags[tag] for tag in TAGS.of(units, spans)]
    assert named == [("B", "PER"), ("I", "PER"), ("B", "LOC"), ("O", "")]
