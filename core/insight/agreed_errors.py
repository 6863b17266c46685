"""How often all models agree and are wrong: agreement does not prove that they are right."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tiebreak.core.estimates.estimator import Interval, TooFew, estimate
from tiebreak.core.estimates.shares import difference_of_shares
from tiebreak.core.estimates.strata import Counted, SampledText, Stratum, evenly, total
from tiebreak.core.insight.beside import KNOWN, UNUSABLE, OutsideCounts
from tiebreak.core.insight.given_out import GivenOutText
from tiebreak.core.insight.sampling import Rest, Sampled

_PART = 0.9  # share of agreed marks and texts that is expected to be right where nobody has looked


@dataclass(frozen=True)
class AgreedErrors:
    """The shares of agreed `marks`, and of `texts` on which all models agree, that are wrong.

    A text counts as wrong if its answer differs from what all models say. The shares rest on `n` texts.

    Some texts showed agreed marks, and some did not. `gap` is the interval of the share of the former with a wrong
    agreed mark, less that of the latter. If it holds 0, `is_pooled` is true. Else the shares are from the texts that
    showed no agreed marks, and about the texts that no order has reached.
    """

    marks: Interval | None
    texts: Interval | None
    n: int
    gap: tuple[float, float]
    is_pooled: bool


@dataclass(frozen=True)
class _Question:
    """What to estimate: the right part of an answered text, the whole of it, and the amount in the rest."""

    right: Callable[[GivenOutText], Counted]
    of: Callable[[GivenOutText], float]
    of_rest: Callable[[Rest], float]
    right_beside: Callable[[OutsideCounts], Counted]
    missing_beside: Callable[[OutsideCounts], float]

    def expected(self, text: GivenOutText) -> Counted:
        return Counted(_PART * self.of(text), self.of(text), 0)

    def expected_beside(self, beside: OutsideCounts) -> list[Counted]:
        there = self.missing_beside(beside)
        return evenly(Counted(_PART * there, there, 0), beside.texts(*UNUSABLE))


def is_agreed(text: GivenOutText) -> bool:
    """Return whether all models agree on the text."""
    return not text.differences


def holds_as_agreed(text: GivenOutText) -> bool:
    """Return whether the answer is exactly what all models say."""
    return text.answered == text.agreed


def agreed_errors(parts: Sequence[Sampled]) -> AgreedErrors:
    """Estimate how often all models agree and are wrong."""
    gap = _gap([text for part in parts for text in part.sample if text.agreed])
    is_pooled = gap[0] <= 0 <= gap[1]
    n = len([text for part in parts for text in part.sample if is_pooled or text.is_unmarked])
    marks = _wrong([_stratum(part, _MARKS, is_pooled) for part in parts])
    texts = _wrong([_stratum(part, _TEXTS, is_pooled) for part in parts])
    return AgreedErrors(marks, texts, n, gap, is_pooled)


def _gap(texts: Sequence[GivenOutText]) -> tuple[float, float]:
    wrong = [
        [not text.agreed <= (text.answered or frozenset()) for text in texts if text.is_unmarked is unmarked]
        for unmarked in (False, True)
    ]
    return difference_of_shares(sum(wrong[0]), len(wrong[0]), sum(wrong[1]), len(wrong[1]))


def _right_marks(text: GivenOutText) -> Counted:
    return Counted(len(text.agreed & (text.answered or frozenset())), len(text.agreed), 0)


def _agreed_in_rest(rest: Rest) -> float:
    """Return how many marks all models have: the marks of any of them outside the differences."""
    traits = rest.traits
    name = max(traits.marks, key=lambda each: traits.marks[each], default="")
    return traits.marks.get(name, 0) - traits.at_differences.get(name, 0)


def _right_text(text: GivenOutText) -> Counted:
    return Counted(is_agreed(text) and holds_as_agreed(text), is_agreed(text), 0)


_MARKS = _Question(
    _right_marks,
    lambda text: len(text.agreed),
    _agreed_in_rest,
    lambda beside: Counted(beside.sum([KNOWN], "agreed right"), beside.sum([KNOWN], "agreed "), 0),
    lambda beside: beside.sum(UNUSABLE, "agreed "),
)
_TEXTS = _Question(
    _right_text,
    is_agreed,
    lambda rest: rest.agreeing,
    lambda beside: Counted(beside.sum([KNOWN], "as agreed"), beside.agreeing(KNOWN), 0),
    lambda beside: beside.agreeing(*UNUSABLE),
)


def _stratum(part: Sampled, question: _Question, is_pooled: bool) -> Stratum:
    """Return a part as an estimate takes it; unless `is_pooled`, only its texts that no order has reached."""
    there = question.of_rest(part.rest)
    rest = Counted(_PART * there, there, 0)
    if is_pooled:
        used, known, missing, unused = part.sample, [*part.known, *part.sample], part.missing, []
        missing_sample = part.missing_sample
        beside, missing_beside = [question.right_beside(part.beside)], question.expected_beside(part.beside)
    else:
        used = known = [text for text in part.sample if text.is_unmarked]
        missing_sample = [text for text in part.missing_sample if text.is_unmarked]
        beside, missing_beside = [], []
        missing, unused = [], [text for text in (*part.sample, *part.missing_sample) if not text.is_unmarked]
    return Stratum(
        total([*(question.right(text) for text in known), *beside]),
        part.rest.texts + len(unused),
        total([rest, *(question.expected(text) for text in unused)]),
        [SampledText(question.right(text), question.expected(text)) for text in used],
        [question.expected(text) for text in missing_sample],
        [*(question.expected(text) for text in missing), *missing_beside],
    )


def _wrong(strata: Sequence[Stratum]) -> Interval | None:
    """Return the share that is wrong; None if there are no such marks or texts, or too few are known."""
    scores = estimate(strata)
    if isinstance(scores, TooFew) or scores.precision is None:
        return None
    value, low, high = scores.precision
    return Interval(1 - value, 1 - high, 1 - low)
