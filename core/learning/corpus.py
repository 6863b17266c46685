"""How predictors mark the same words elsewhere, which is known before any answer."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from tiebreak.core.records import Span, Spans

_WORD = re.compile(r"\w+|[^\w\s]")
_LONGEST = 8  # words of a surface; longer surfaces are not looked for

Words = Sequence[tuple[int, int]]


def word_offsets(text: str) -> list[tuple[int, int]]:
    """Return the offsets of the words and punctuation marks of a text."""
    return [match.span() for match in _WORD.finditer(text)]


class Corpus:
    """Counts over all texts, by surface (the words of a span as they are written) and by single word.

    Call `add` for all texts, then `count` for all texts. Shares leave out the place that is asked about.
    """

    def __init__(self, predictors: Iterable[str]) -> None:
        self.predictors = tuple(sorted(predictors))
        self.kept: dict[tuple[str, str, tuple[bool, ...]], list[int]] = {}  # a cache of features from these counts
        self._surfaces: dict[str, Counter[tuple[str, str]]] = defaultdict(Counter)  # by (predictor, label)
        self._words: dict[str, Counter[tuple[str, str]]] = defaultdict(Counter)
        self._agreed: dict[str, Counter[str]] = defaultdict(Counter)
        self._occurrences: Counter[str] = Counter()
        self._word_occurrences: Counter[str] = Counter()
        self._longest: Counter[str] = Counter()  # by first word: the words of the longest surface

    def add(self, text: str, readings: Mapping[str, Spans]) -> None:
        """Take in the predictions of a text."""
        for predictor, spans in readings.items():
            for start, end, label in spans:
                surface = text[start:end]
                self._surfaces[surface][predictor, label] += 1
                words = _WORD.findall(surface)
                if words and self._longest[words[0]] < len(words):
                    self._longest[words[0]] = min(len(words), _LONGEST)
                for word in words:
                    self._words[word][predictor, label] += 1
        if len(readings) > 1:
            for span in set.intersection(*map(set, readings.values())):
                self._agreed[text[span.start : span.end]][span.label] += 1

    def count(self, text: str) -> None:
        """Count the known surfaces and words in a text."""
        if not self._surfaces:
            return
        for start, end in word_offsets(text):
            word = text[start:end]
            if word in self._words:
                self._word_occurrences[word] += 1
        for surface, _, _ in self.occurrences(text):
            self._occurrences[surface] += 1

    def occurrences(self, text: str) -> Iterator[tuple[str, int, int]]:
        """Yield the known surfaces in a text that begin and end with a word, with their offsets."""
        words = word_offsets(text)
        for at, (start, end) in enumerate(words):
            for _, last in words[at : at + self._longest.get(text[start:end], 0)]:
                surface = text[start:last]
                if surface in self._surfaces:
                    yield surface, start, last

    def agreed_labels(self, surface: str) -> Counter[str]:
        """Return how often all predictors marked the surface, by label."""
        return self._agreed.get(surface) or Counter()

    def labels_of(self, surface: str, predictor: str) -> Counter[str]:
        """Return how often the predictor marked the surface, by label."""
        counts = self._surfaces.get(surface) or Counter()
        return Counter({label: times for (name, label), times in counts.items() if name == predictor})

    def occurs(self, surface: str) -> int:
        """Return how often the surface occurs in all texts."""
        return self._occurrences[surface]

    def share(self, surface: str, predictor: str, label: str, *, here: bool) -> float | None:
        """Return the share of the surface's other occurrences that the predictor marks so; None without others."""
        return _share(self._surfaces.get(surface), self._occurrences[surface], predictor, label, here)

    def word_share(self, word: str, predictor: str, label: str, *, here: bool) -> float | None:
        """Return the share of the word's other occurrences that lie in such a span of the predictor."""
        return _share(self._words.get(word), self._word_occurrences[word], predictor, label, here)


def _share(
    counts: Counter[tuple[str, str]] | None, occurrences: int, predictor: str, label: str, here: bool
) -> float | None:
    if counts is None or occurrences < 2:
        return None
    return max(counts[predictor, label] - here, 0) / (occurrences - 1)


def unmarked(corpus: Corpus, text: str, readings: Mapping[str, Spans]) -> list[tuple[Span, int]]:
    """Return the unmarked occurrences in a text of surfaces that all predictors marked elsewhere.

    Each comes with its most frequent label, and how often it got that. Of overlapping occurrences the longest is taken.
    """
    taken = bytearray(len(text))  # 1 for each character of a span
    for spans in readings.values():
        for span in spans:
            taken[span.start : span.end] = b"\1" * (span.end - span.start)
    found: list[tuple[Span, int]] = []
    candidates = sorted(corpus.occurrences(text), key=lambda each: (each[1] - each[2], each[1]))
    for surface, start, end in candidates:
        labels = corpus.agreed_labels(surface)
        if not labels:
            continue
        label, times = min(labels.items(), key=lambda item: (-item[1], item[0]))
        if not any(taken[start:end]):
            found.append((Span(start, end, label), times))
            taken[start:end] = b"\1" * (end - start)
    return sorted(found)
