"""Differences between readings of one text: regions of overlapping spans that not every predictor has, by kind."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from tiebreak.core.records import Difference, Kind, Span, Spans


def find_differences(readings: Mapping[str, Collection[Span]]) -> tuple[Difference, ...]:
    """Return the places where `readings` (predictor -> its spans of one text) differ, in text order.

    Spans that not every predictor has form regions, the connected components by overlap. A difference is one region
    with each predictor's reading of it. Every span that is not agreed is in exactly one difference.
    """
    sets = [frozenset(spans) for spans in readings.values()]
    if len(sets) < 2:
        return ()
    contested = sets[0] ^ sets[1] if len(sets) == 2 else frozenset().union(*sets) - frozenset.intersection(*sets)
    if not contested:
        return ()
    regions: list[list[Span]] = []
    region: list[Span] = []
    region_end = -1
    for span in sorted(contested):
        if span[0] >= region_end:
            region = [span]
            regions.append(region)
            region_end = span[1]
        else:
            region.append(span)
            if span[1] > region_end:
                region_end = span[1]
    return tuple([_difference(region, readings, sets) for region in regions])


def _difference(region: list[Span], names: Iterable[str], sets: list[frozenset[Span]]) -> Difference:
    if len(region) == 1:
        span = region[0]
        alone = (span,)
        readings: dict[str, Spans] = {}
        for name, spans in zip(names, sets, strict=True):
            readings[name] = alone if span in spans else ()
        return Difference(span[0], span[1], "missing", readings)
    readings = {
        name: tuple([span for span in region if span in spans]) for name, spans in zip(names, sets, strict=True)
    }
    end = max([span[1] for span in region])
    return Difference(region[0][0], end, difference_kind(readings.values()), readings)


def difference_kind(readings: Iterable[Spans]) -> Kind:
    """Return how the readings of one region differ.

    `missing`: some are empty. `label`: the same bounds throughout. `boundary`: the same labels, in order, on other
    bounds. `mixed`: all other cases, also one span against several.
    """
    readings = list(readings)
    if not all(readings):
        return "missing"
    first, *others = readings
    same_bounds = same_labels = same_count = True
    for reading in others:
        if len(reading) != len(first):
            same_count = False
            continue
        for ours, theirs in zip(first, reading, strict=True):
            if ours[2] != theirs[2]:
                same_labels = False
            if ours[0] != theirs[0] or ours[1] != theirs[1]:
                same_bounds = False
    if not same_count:
        return "mixed"
    return "label" if same_bounds else "boundary" if same_labels else "mixed"


def first_overlap(spans: Iterable[Span]) -> tuple[Span, Span] | None:
    """Return the first two spans that overlap, or None."""
    furthest: Span | None = None
    for span in sorted(spans):
        if furthest is not None and span[0] < furthest[1]:
            return furthest, span
        furthest = span
    return None
