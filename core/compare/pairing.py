"""Counts of how the spans of several annotators correspond: labels by place and by token, confusions, partial matches.

`by_annotator` has the spans of one text by annotator, each span once and in text order.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations, filterfalse

from tiebreak.core.compare.chance import Value
from tiebreak.core.records import Span, Spans, Token

Confusion = tuple[str | None, str | None]  # both labels; None: no span corresponds to the other's
Values = tuple[Value, ...]  # by annotator


def labels_by_place(by_annotator: Sequence[Spans]) -> Iterator[Values]:
    """Yield, for the bounds of every distinct span, the labels that each annotator has there."""
    nothing: list[Value] = [()] * len(by_annotator)
    places: dict[tuple[int, int], list[Value]] = {}
    for annotator, spans in enumerate(by_annotator):
        for start, end, label in spans:
            values = places.get((start, end))
            if values is None:
                values = places[start, end] = nothing.copy()
            values[annotator] = (*values[annotator], label)
    return map(tuple, places.values())


def labels_by_token(tokens: Sequence[Token], by_annotator: Sequence[Spans]) -> Counter[Values]:
    """Count the tokens by their labels: for each annotator those of the spans that overlap the token, in text order."""
    starts, ends = [start for start, _ in tokens], [end for _, end in tokens]
    nothing: list[Value] = [()] * len(by_annotator)
    by_token: dict[int, list[Value]] = {}
    for annotator, spans in enumerate(by_annotator):
        done: dict[str, int] = {}  # by label: tokens before this number have it already
        for start, end, label in spans:
            here = range(max(bisect_right(ends, start), done.get(label, 0)), bisect_left(starts, end))
            for token in here:
                values = by_token.get(token)
                if values is None:
                    values = by_token[token] = nothing.copy()
                values[annotator] = (*values[annotator], label)
            if here:
                done[label] = here.stop
    found = Counter(map(tuple, by_token.values()))
    if len(by_token) < len(tokens):
        found[tuple(nothing)] += len(tokens) - len(by_token)
    return found


def find_confusions(places: Mapping[tuple[Value, Value], int]) -> Counter[Confusion]:
    """Count which label one annotator has and which the other, from their labels by place.

    A label that both have counts as (label, label). If each has one other label on the same bounds, the two were
    confused. All other labels have no counterpart: nothing says which corresponds to which.
    """
    found: Counter[Confusion] = Counter()
    for (ours, theirs), times in places.items():
        for label in set(ours) & set(theirs):
            found[label, label] += times
        only_ours, only_theirs = set(ours) - set(theirs), set(theirs) - set(ours)
        if len(only_ours) == len(only_theirs) == 1:
            found[only_ours.pop(), only_theirs.pop()] += times
        for label in only_ours:
            found[label, None] += times
        for label in only_theirs:
            found[None, label] += times
    return found


def partial_matches(by_annotator: Sequence[Spans]) -> Iterator[tuple[int, int, str, int]]:
    """Yield (annotator, a later annotator, label, count) of their spans that overlap and have the same label.

    Spans that both have are left out; the others are paired in text order, each span once.
    """
    holders: dict[Span, list[int]] = {}
    for annotator, spans in enumerate(by_annotator):
        for span in spans:
            holders.setdefault(span, []).append(annotator)
    by_label: dict[str, list[Span]] = {}
    for span in holders:
        by_label.setdefault(span[2], []).append(span)
    for label, spans_of_label in by_label.items():
        for region in _regions(spans_of_label):
            for one, other, times in _matches_in(region, holders):
                yield one, other, label, times


def _regions(spans: Sequence[Span]) -> Iterator[list[Span]]:
    """Yield groups of at least two spans that overlap directly or through others, in text order."""
    region: list[Span] = []
    region_end = -1
    for span in sorted(spans):
        if span[0] < region_end:
            region.append(span)
        else:
            if len(region) > 1:
                yield region
            region = [span]
        region_end = max(region_end, span[1])
    if len(region) > 1:
        yield region


def _matches_in(region: Sequence[Span], holders: Mapping[Span, Sequence[int]]) -> Iterator[tuple[int, int, int]]:
    held: dict[int, list[Span]] = {}
    for span in region:
        for annotator in holders[span]:
            held.setdefault(annotator, []).append(span)
    alike: dict[Spans, list[int]] = {}  # annotators with the same spans here
    for annotator, spans in held.items():
        alike.setdefault(tuple(spans), []).append(annotator)
    for (ours, us), (theirs, them) in combinations(alike.items(), 2):
        both = {*ours} & {*theirs}
        if times := _overlapping([*filterfalse(both.__contains__, ours)], [*filterfalse(both.__contains__, theirs)]):
            yield from ((min(one, other), max(one, other), times) for one in us for other in them)


def _overlapping(ours: Sequence[Span], theirs: Sequence[Span]) -> int:
    """Count the pairs that overlap, taken in text order, each span once."""
    found = at = to = 0
    while at < len(ours) and to < len(theirs):
        if ours[at].overlaps(theirs[to]):
            found, at, to = found + 1, at + 1, to + 1
        elif ours[at].end <= theirs[to].start:
            at += 1
        else:
            to += 1
    return found
