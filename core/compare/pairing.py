"""How the spans of annotators stand to each other: labels that are confused, partial matches, labels by token."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence

from tiebreak.core.compare.chance import Value
from tiebreak.core.records import Span, Token

Confusion = tuple[str | None, str | None]  # the label of either; None: has no span that stands for the other's


def find_confusions(only_ours: Collection[Span], only_theirs: Collection[Span]) -> list[Confusion]:
    """The labels of spans that one annotator alone has.

    Where each has one span of the same bounds, their labels were confused. Any other has no counterpart: where there
    are more on the same bounds, nothing says which stands for which.
    """
    if not only_ours or not only_theirs:
        return [(label, None) for _, _, label in only_ours] + [(None, label) for _, _, label in only_theirs]
    places: dict[tuple[int, int], tuple[list[str], list[str]]] = {}
    for side, spans in enumerate((only_ours, only_theirs)):
        for start, end, label in spans:
            places.setdefault((start, end), ([], []))[side].append(label)
    found: list[Confusion] = []
    for ours, theirs in places.values():
        if len(ours) == len(theirs) == 1:
            found.append((ours[0], theirs[0]))
        else:
            found += [(label, None) for label in ours]
            found += [(None, label) for label in theirs]
    return found


def partial_matches(only_ours: Iterable[Span], only_theirs: Iterable[Span]) -> Iterator[str]:
    """The label of each pair of spans that overlap and have the same label, paired in text order, each span once."""
    if not only_ours or not only_theirs:
        return
    by_label: dict[str, tuple[list[Span], list[Span]]] = {}
    for side, spans in enumerate((only_ours, only_theirs)):
        for span in spans:
            by_label.setdefault(span.label, ([], []))[side].append(span)
    for label, (ours, theirs) in by_label.items():
        at = to = 0
        while at < len(ours) and to < len(theirs):
            if ours[at].overlaps(theirs[to]):
                yield label
                at, to = at + 1, to + 1
            elif ours[at].end <= theirs[to].start:
                at += 1
            else:
                to += 1


def add_tokens(units: Counter[tuple[Value, ...]], tokens: Sequence[Token], said: Sequence[Collection[Span]]) -> None:
    """Count the values of each token: of each annotator the labels of the spans that the token is in, or touches."""
    starts, ends = [start for start, _ in tokens], [end for _, end in tokens]
    nothing: list[Value] = [()] * len(said)
    values: dict[int, list[Value]] = {}
    for annotator, spans in enumerate(said):
        done: dict[str, int] = {}  # by label: the tokens before this one have it
        for start, end, label in sorted(spans):
            here = range(max(bisect_right(ends, start), done.get(label, 0)), bisect_left(starts, end))
            for token in here:
                value = values.get(token)
                if value is None:
                    value = values[token] = nothing.copy()
                value[annotator] = (*value[annotator], label)
            done[label] = max(done.get(label, 0), here.stop)
    for value in values.values():
        units[tuple(value)] += 1
    if len(values) < len(tokens):
        units[tuple(nothing)] += len(tokens) - len(values)
