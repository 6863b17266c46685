"""The surfaces that people marked: with which labels, and how often."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from tiebreak.core.records import Span
from tiebreak.core.text.units import Units

_LONGEST = 12  # tokens of a surface; longer surfaces are not looked for


class SurfaceMatch(NamedTuple):
    """A surface in a text: its tokens `first` to before `behind`, and how often it got each label and `occurred`."""

    first: int
    behind: int
    labels: Counter[str]
    occurred: int


class Surfaces:
    """Counts by surface, the words of a span as they are written, over the texts that people have answered."""

    def __init__(self) -> None:
        self._labels: dict[str, Counter[str]] = {}
        self._occurred: Counter[str] = Counter()
        self._longest: Counter[str] = Counter()  # by first token: the tokens of the longest surface

    def learn(self, text: str, tokens: Units, spans: Iterable[Span]) -> None:
        """Count the marked surfaces in a text, and all occurrences of known surfaces."""
        bounds = {span[:2] for span in spans}
        for surface in {text[start:end] for start, end in bounds}:
            self._know(surface, text, tokens, bounds)
        for span in spans:
            surface = text[span.start : span.end]
            self._labels[surface] = self._labels[surface] + Counter([span.label])  # copies share the old counter
        for first, last in self._places(text, tokens):
            self._occurred[text[tokens.starts[first] : tokens.ends[last]]] += 1

    def _know(self, surface: str, text: str, tokens: Units, bounds: Iterable[tuple[int, int]]) -> None:
        if surface in self._labels:
            return
        start, end = min(each for each in bounds if text[each[0] : each[1]] == surface)
        first, last = tokens.within(start, end)
        self._labels[surface] = Counter()
        word = text[slice(*tokens[first])] if first < last else ""
        self._longest[word] = max(self._longest[word], min(last - first, _LONGEST))

    def _places(self, text: str, tokens: Units) -> Iterator[tuple[int, int]]:
        """Yield the first and last token of each occurrence of a surface, at each token the longest first."""
        starts, ends = tokens.starts, tokens.ends
        for first in range(len(tokens)):
            most = self._longest.get(text[starts[first] : ends[first]], 0)
            for last in range(min(first + most, len(tokens)) - 1, first - 1, -1):
                if text[starts[first] : ends[last]] in self._labels:
                    yield first, last

    def find(self, text: str, tokens: Units) -> Iterator[SurfaceMatch]:
        """Yield the occurrences of surfaces in a text, which may overlap."""
        for first, last in self._places(text, tokens):
            surface = text[tokens.starts[first] : tokens.ends[last]]
            yield SurfaceMatch(first, last + 1, self._labels[surface], self._occurred[surface])

    def copy(self) -> Surfaces:
        """Return a copy of the counts."""
        copied = Surfaces()
        copied._labels = dict(self._labels)
        copied._occurred, copied._longest = self._occurred.copy(), self._longest.copy()
        return copied
