"""The systems that are measured, models and the export: their marks in a text, and what is expected of these."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from tiebreak.core.estimates.strata import NOTHING, Counted, SampledText, Stratum, evenly, total
from tiebreak.core.insight.beside import KNOWN, PUT_OFF, REJECTED, OutsideCounts
from tiebreak.core.insight.given_out import GivenOutText, Set, Traits, traits_of
from tiebreak.core.insight.sampling import Sampled


class HeldShares(NamedTuple):
    """How often marks held in answered texts.

    `agreed` is the share, 0 to 1, of agreed marks that held; `at_differences` has the share of each model's marks at
    differences. `gold` is the number of gold marks for each difference that are not agreed marks.
    """

    agreed: float
    at_differences: Mapping[str, float]
    gold: float


@dataclass(frozen=True)
class System:
    """A model or the export, as it is measured.

    `marks` returns its marks in an answered text, `unanswered` its marks without the answer. `expected` returns the
    expected counts for traits. `model` is the name of the model, None for the export. If it `leaves_out_rejected`,
    texts that were rejected or ignored do not count.
    """

    marks: Callable[[GivenOutText], Set]
    unanswered: Callable[[GivenOutText], Set]
    expected: Callable[[Traits], Counted]
    model: str | None
    leaves_out_rejected: bool = False


def held_in(parts: Sequence[Sampled]) -> HeldShares:
    """Learn from the answered texts outside the sample, with weak priors of nine in ten (agreed) and one in two."""
    agreed, differences, gold = Counter({True: 9, False: 1}), 1, 1.0
    by_model: dict[str, Counter[bool]] = {}
    for text in (each for part in parts for each in part.known):
        holds = text.answered or frozenset()
        right = len(text.agreed & holds)
        agreed[True] += right
        agreed[False] += len(text.agreed) - right
        differences += text.differences
        gold += len(holds) - right
        for name, reading in text.readings.items():
            if name not in by_model:
                by_model[name] = Counter({True: 1, False: 1})
            own = reading - text.agreed
            held = len(own & holds)
            by_model[name][True] += held
            by_model[name][False] += len(own) - held
    for beside in (part.beside for part in parts):
        right = beside.sum([KNOWN], "agreed right")
        agreed.update({True: right, False: beside.sum([KNOWN], "agreed wrong")})
        differences += beside.sum([KNOWN], "differences")
        gold += beside.sum([KNOWN], "gold") - right
        for name in beside.models():
            held, missed = (beside.sum([KNOWN], f"own {each}", name) for each in ("right", "wrong"))
            by_model.setdefault(name, Counter({True: 1, False: 1})).update({True: held, False: missed})
    shares = {name: counts[True] / counts.total() for name, counts in by_model.items()}
    return HeldShares(agreed[True] / agreed.total(), shares, gold / differences)


def model_system(name: str, held: HeldShares) -> System:
    """Return a model as a system; it marks nothing in a text on which it failed."""

    def marks(text: GivenOutText) -> Set:
        return text.readings.get(name, frozenset())

    return System(marks, marks, lambda traits: _expected(held, name, traits), name)


def export_system(held: HeldShares, models: Sequence[str], *, auto: bool) -> System:
    """Return the export as a system: the answer to a text if there is one, else what was learned.

    In the rest it is expected to be as good as the model that was right most often at differences. `auto` says whether
    texts on which all models agree were accepted as they are.
    """
    best = max(models, key=lambda name: held.at_differences.get(name, 0.5))

    def marks(text: GivenOutText) -> Set:
        return text.answered or frozenset()

    def unanswered(text: GivenOutText) -> Set:
        if auto and not text.differences:
            return text.agreed
        return text.agreed if text.exported is None else text.exported

    return System(marks, unanswered, lambda traits: _expected(held, best, traits), None, leaves_out_rejected=True)


def stratum_of(part: Sampled, system: System) -> Stratum:
    """Return a part of the texts as an estimate takes it."""

    def expected(text: GivenOutText) -> Counted:
        return system.expected(traits_of(text))

    known = [counted(system.marks(each), each) for each in (*part.known, *part.sample)]
    missing_beside = [
        each
        for how in _unusable(system)
        for each in evenly(system.expected(part.beside.traits(how)), part.beside.texts(how))
    ]
    return Stratum(
        total([*known, _known_beside(part.beside, system)]),
        part.rest.texts,
        system.expected(part.rest.traits),
        [SampledText(counted(system.unanswered(each), each), expected(each)) for each in part.sample],
        [expected(each) for each in part.missing_sample],
        [*(expected(each) for each in _missing(part, system)), *missing_beside],
        max((part.beside.most.get(None, 0), *(each.gold for each in known))),
    )


def strata_by_label(part: Sampled, system: System, labels: Collection[str]) -> dict[str, Stratum]:
    """Return a stratum for each label, from the sample alone, with nothing expected beforehand."""
    if not labels:
        return {}
    known = _by_label((system.marks(each), each) for each in (*part.known, *part.sample))
    sample = [_by_label([(system.unanswered(each), each)]) for each in part.sample]
    missing_sample, missing = (
        [_unanswered_by_label(system.unanswered(each)) for each in texts]
        for texts in (part.missing_sample, _missing(part, system))
    )
    most = _most_by_label((*part.known, *part.sample))
    beside = part.beside
    return {
        label: Stratum(
            total([known.get(label, NOTHING), _known_beside(beside, system, label)]),
            part.rest.texts,
            NOTHING,
            [SampledText(each.get(label, NOTHING), NOTHING) for each in sample],
            [each.get(label, NOTHING) for each in missing_sample],
            [*(each.get(label, NOTHING) for each in missing), *_missing_beside(beside, system, label)],
            max(most.get(label, 0), beside.most.get(label, 0)),
        )
        for label in labels
    }


def _unusable(system: System) -> tuple[str, ...]:
    return (PUT_OFF,) if system.leaves_out_rejected else (REJECTED, PUT_OFF)


def _known_beside(beside: OutsideCounts, system: System, label: str | None = None) -> Counted:
    """Count the system's marks in the answered texts, of one label or of all; the export has all gold marks."""
    gold = beside.sum([KNOWN], "gold", label=label)
    if system.model is None:
        return Counted(gold, gold, gold)
    right = beside.marks([KNOWN], system.model, " right", label)
    return Counted(right, beside.marks([KNOWN], system.model, label=label), gold)


def _missing_beside(beside: OutsideCounts, system: System, label: str) -> list[Counted]:
    """Return the system's marks in texts without a usable answer; the export has the agreed marks there."""
    hows = _unusable(system)
    marks = (
        beside.sum(hows, "agreed ", label=label)
        if system.model is None
        else beside.marks(hows, system.model, label=label)
    )
    return evenly(Counted(0, marks, 0), beside.texts(*hows))


def counted(marks: Set, text: GivenOutText) -> Counted:
    """Count these marks in an answered text."""
    holds = text.answered or frozenset()
    return Counted(len(marks & holds), len(marks), len(holds))


def _by_label(texts: Iterable[tuple[Set, GivenOutText]]) -> dict[str, Counted]:
    """Count these marks in answered texts by label."""
    right, wrong, missed = Counter[str](), Counter[str](), Counter[str]()
    for marks, text in texts:
        holds = text.answered or frozenset()
        for mark in marks:  # faster than Counter.update for the few marks of a text
            (right if mark in holds else wrong)[mark.label] += 1
        for mark in holds:
            if mark not in marks:
                missed[mark.label] += 1
    return {
        label: Counted(right[label], right[label] + wrong[label], right[label] + missed[label])
        for label in {*right, *wrong, *missed}
    }


def _unanswered_by_label(marks: Set) -> dict[str, Counted]:
    """Count these marks in a text without a usable answer by label; no mark is known to be right."""
    return {label: Counted(0, count, 0) for label, count in Counter([mark.label for mark in marks]).items()}


def _most_by_label(texts: Iterable[GivenOutText]) -> dict[str, int]:
    """Return the most gold marks that a text has, by label."""
    most: dict[str, int] = {}
    for text in texts:
        for label, count in Counter([mark.label for mark in text.answered]).items() if text.answered else ():
            most[label] = max(most.get(label, 0), count)
    return most


def labels_in(texts: Iterable[GivenOutText]) -> Counter[str]:
    """Count the texts in which the answer or a model has each label."""
    found = Counter[str]()
    for text in texts:
        found.update({mark.label for marks in (text.answered or (), *text.readings.values()) for mark in marks})
    return found


def _missing(part: Sampled, system: System) -> Iterable[GivenOutText]:
    return (each for each in part.missing if each.is_put_off or not system.leaves_out_rejected)


def _expected(held: HeldShares, name: str, traits: Traits) -> Counted:
    marks, at_differences = traits.marks.get(name, 0), traits.at_differences.get(name, 0)
    agreed = held.agreed * (marks - at_differences)
    right = agreed + held.at_differences.get(name, 0.5) * at_differences
    return Counted(right, marks, agreed + held.gold * traits.differences)
