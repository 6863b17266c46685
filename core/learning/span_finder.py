"""Finding spans in texts that fewer than two predictors have read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple, cast

import numpy as np

from tiebreak.core.learning.asking import Asked, ReadText
from tiebreak.core.learning.candidates import Candidate
from tiebreak.core.learning.chooser import ChosenCandidate
from tiebreak.core.learning.corpus import Corpus
from tiebreak.core.learning.features import members_of
from tiebreak.core.learning.model import Question
from tiebreak.core.learning.surfaces import SurfaceMatch, Surfaces
from tiebreak.core.learning.tagger import Known, Tagger, TaggerState
from tiebreak.core.learning.token_features import Tokens, tokens_of
from tiebreak.core.records import Difference, Marks, Span, Spans, Task
from tiebreak.core.text.units import Units

_LEAST = 0.1  # probability; less probable spans are left out
_SHARES = (0.34, 0.67, 0.99)  # shares, 0 to 1: the bounds of the bins
_MOST_TOKENS = 1500  # tokens of a text; later tokens are ignored
_KEPT = 1600  # texts whose tokens stay in memory

_NOBODY: Known = ("nobody", "O", "")


class FinderState(NamedTuple):
    """What a finder has learned."""

    tagger: TaggerState
    surfaces: Surfaces


class SpanFinder:
    """Finds spans that look like those that people marked, at places without a span of a predictor.

    It knows the words and their neighbours, and the surfaces that people marked. It also knows the marks of the only
    predictor, here and on the same words elsewhere.
    """

    def __init__(self, task: Task, corpus: Corpus) -> None:
        self._task = task
        self._corpus = corpus
        self._tagger = Tagger(overlap=task.allows_overlap)
        self._surfaces = Surfaces()
        self._tokens: dict[str, Tokens] = {}

    def find(self, text: ReadText) -> list[tuple[Asked, ChosenCandidate]]:
        """Return a question, with its choice, about each untouched stretch that may be a span."""
        if not self._tagger.is_taught:
            return []
        tokens = self._tokens_of(text.text)
        chances = self._tagger.spans(tokens, self._known(text, tokens), _LEAST)
        taken = bytearray(len(text.text))  # 1 for each character that no other span may take
        for mark in (mark for marks in text.readings.values() for mark in cast(Spans, marks)):
            taken[mark.start : mark.end] = b"\1" * (mark.end - mark.start)
        overlaps = self._task.allows_overlap
        by_place: dict[tuple[int, int, str], list[Span]] = {}
        for span in sorted(chances, key=lambda each: (-chances[each], each)):
            place = span.start, span.end, span.label if overlaps else ""
            if place in by_place:
                by_place[place].append(span)
            elif not any(taken[span.start : span.end]):
                by_place[place] = [span]
                if not overlaps:
                    taken[span.start : span.end] = b"\1" * (span.end - span.start)
        return [_asked(text, spans, [chances[span] for span in spans]) for _, spans in sorted(by_place.items())]

    def learn(self, text: ReadText, truth: Marks, seed: int) -> None:
        """Learn that exactly `truth` holds in the text."""
        spans, tokens = cast(Spans, truth), self._tokens_of(text.text)
        self._tagger.learn(tokens, self._known(text, tokens), spans, seed)
        self._surfaces.learn(text.text, tokens.units, spans)

    def _tokens_of(self, text: str) -> Tokens:
        if (found := self._tokens.get(text)) is None:
            if len(self._tokens) >= _KEPT:
                del self._tokens[next(iter(self._tokens))]
            found = self._tokens[text] = tokens_of(text, _MOST_TOKENS)
        return found

    def _known(self, text: ReadText, tokens: Tokens) -> list[tuple[Known, ...]]:
        """Return what each source knows of each token.

        The sources are the surfaces that people marked, the predictor's marks here, and its marks elsewhere.
        """
        size = len(tokens.units)
        sources = [_by_matches("marked", self._surfaces.find(text.text, tokens.units), size)]
        if not text.readings:
            sources += [[_NOBODY] * size]
        for name, marks in text.readings.items():
            sources += [_by_marks(name, cast(Spans, marks), tokens.units)]
            sources += [_by_matches(f"elsewhere {name}", self._elsewhere(name, text.text, tokens.units), size)]
        return list(zip(*sources, strict=True))

    def _elsewhere(self, name: str, text: str, units: Units) -> Iterator[SurfaceMatch]:
        """Yield the matches of the surfaces that the predictor marks in other texts."""
        for surface, start, end in self._corpus.occurrences(text):
            first, behind = units.within(start, end)
            if first < behind and units.bounded(start, end) == (True, True):
                yield SurfaceMatch(first, behind, self._corpus.labels_of(surface, name), self._corpus.occurs(surface))

    def state(self) -> FinderState:
        return FinderState(self._tagger.state(), self._surfaces.copy())

    def restore(self, state: object) -> None:
        assert isinstance(state, FinderState)
        self._tagger.restore(state.tagger)
        self._surfaces = state.surfaces.copy()


def _by_matches(source: str, matches: Sequence[SurfaceMatch] | Iterator[SurfaceMatch], size: int) -> list[Known]:
    """Return what the matches say of each token, and how surely; of overlapping matches the longest counts."""
    found: list[Known] = [(source, "O", "")] * size
    taken = bytearray(size)
    for first, behind, labels, occurred in sorted(matches, key=lambda each: (each.first - each.behind, each.first)):
        if not labels or any(taken[first:behind]):
            continue
        taken[first:behind] = b"\1" * (behind - first)
        label, times = min(labels.items(), key=lambda item: (-item[1], item[0]))
        share = times / max(occurred, times)
        sure = f"{source} {sum(share > each for each in _SHARES)} of {min(times, 3)}"
        found[first] = f"{sure} {'several' if behind - first > 1 else 'one'}", "B", label
        found[first + 1 : behind] = [(sure, "I", label)] * (behind - first - 1)
    return found


def _by_marks(name: str, spans: Spans, units: Units) -> list[Known]:
    found: list[Known] = [(f"says {name}", "O", "")] * len(units)
    for start, end, label in spans:
        first, behind = units.within(start, end)
        if first < behind:
            found[first] = f"says {name}", "B", label
            found[first + 1 : behind] = [(f"says {name}", "I", label)] * (behind - first - 1)
    return found


def _asked(text: ReadText, spans: Sequence[Span], chances: Sequence[float]) -> tuple[Asked, ChosenCandidate]:
    """Return the question whether a place stays unmarked or has one of the spans, the most probable first."""
    place = Difference(spans[0].start, spans[0].end, "unmarked", dict.fromkeys(text.readings, ()))
    candidates = (Candidate((), "leave", tuple(text.readings)), *(Candidate((span,), "add") for span in spans))
    members = members_of(candidates, spans)
    nothing = np.zeros((len(members), 0), np.int32)
    question = Question(
        nothing, nothing[: len(spans)], np.zeros(0, np.float32), members, np.zeros(len(members), np.float32)
    )
    probabilities = np.array([max(1.0 - sum(chances), 0.0), *chances, 0.0], np.float32)
    return Asked("unmarked", place, candidates, question), ChosenCandidate(0, probabilities)
