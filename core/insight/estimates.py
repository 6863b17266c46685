"""Estimates of how good each model and the export are over all texts, from a random slice of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from tiebreak.core.estimates.estimator import Interval, Scores, TooFew, estimate
from tiebreak.core.estimates.strata import LEAST
from tiebreak.core.insight.agreed_errors import AgreedErrors, agreed_errors
from tiebreak.core.insight.beside import KNOWN, UNUSABLE
from tiebreak.core.insight.sampling import Sampled, sampled_groups
from tiebreak.core.insight.systems import (
    System,
    export_system,
    held_in,
    labels_in,
    model_system,
    strata_by_label,
    stratum_of,
)
from tiebreak.core.insight.tallying import Tallying, garbage_collection_off
from tiebreak.core.store.connection import Store
from tiebreak.core.store.current import predictor_names
from tiebreak.core.store.measured import Listed, Soon, listed_of, next_answers, out_of_order
from tiebreak.core.store.queue import queue_counts
from tiebreak.core.store.slices import list_size

_NEXT = 50  # answers of the first prospect
_MINUTES = 10  # minutes of the second prospect
_MOST_IN_TIME = 600  # answers in _MINUTES at most, one a second
_MOST_OPENED = 0.05  # share of the answered texts that annotators opened themselves; above it intervals may not hold


@dataclass(frozen=True)
class SystemEstimate:
    """Estimates of one system, in all, and by label for the labels that ten or more sampled texts hold."""

    scores: Scores | TooFew
    by_label: Mapping[str, Scores] = field(default_factory=dict)


@dataclass(frozen=True)
class Prospect:
    """The expected number of errors of the export that the next `answers`, by value, correct in so many `minutes`."""

    answers: int
    minutes: float
    errors: Interval


@dataclass(frozen=True)
class Estimates:
    """The estimates from the slice so far, which rest on `n` sampled texts.

    All counts are of compared texts; with a single predictor, of the texts that it has read. `others` counts the texts
    that fewer predictors have read, and `readers` the predictors that have read any text.

    `missing` counts texts without a usable answer. If there are no estimates yet, they take `more` slice texts;
    `waiting` counts the slice texts still to be given out. `export` is None until the learner has saved what would be
    exported of the slice. `opened` counts the texts that annotators opened themselves, out of order.
    """

    texts: int
    answered: int
    n: int
    missing: int
    more: int
    listed: Listed
    waiting: int
    opened: int
    models: Mapping[str, SystemEstimate]
    export: SystemEstimate | None = None
    agreed_errors: AgreedErrors | None = None
    next_answers: Prospect | None = None
    next_minutes: Prospect | None = None
    readers: int = 2
    others: int = 0

    @property
    def is_opened_too_often(self) -> bool:
        """Whether annotators opened so many texts themselves that the intervals may not hold."""
        return self.opened > _MOST_OPENED * self.answered

    @property
    def waits_for_sitting(self) -> bool:
        """Whether no slice was drawn yet, since no sitting began, and there are enough texts for a slice."""
        listed = self.listed
        return not (listed.is_off or listed.candidates) and list_size(self.texts - self.answered) >= LEAST

    @property
    def share_that_does(self) -> float | None:
        """The share of the texts, in steps of .05, that a slice for estimates takes; None if no share is enough."""
        if not self.listed.candidates:
            return None
        wanted = self.listed.chosen + max(self.more - self.waiting, 0)
        steps = -(-20 * wanted // self.listed.candidates)
        return steps / 20 if steps <= 20 else None


def make_estimates(store: Store) -> Estimates:
    """Estimate all that the answers so far allow."""
    to_keep: list[Tallying] = []
    with garbage_collection_off():
        found = _made(store, to_keep)
    for each in to_keep:
        each.save()
    return found


def _made(store: Store, to_keep: list[Tallying]) -> Estimates:
    with store.snapshot():
        parts = sampled_groups(store, to_keep)
        listed, (_, opened) = listed_of(store), out_of_order(store)
        soon = [next_answers(store, _NEXT), next_answers(store, _MOST_IN_TIME, 60.0 * _MINUTES)]
        names, counts = predictor_names(store), queue_counts(store)
    n = sum(len(each.sample) for each in parts)
    answered = sum(len(each.known) + each.beside.texts(KNOWN) for each in parts) + n
    rest = sum(each.rest.texts for each in parts)
    missing = sum(len(each.missing) + len(each.missing_sample) + each.beside.texts(*UNUSABLE) for each in parts)
    texts = sum(each.sums.texts for each in parts)
    more = LEAST - n if rest + missing and n < LEAST else 0
    waiting = 0 if listed.is_off else sum(each.listed for each in parts)
    found = Estimates(texts, answered, n, missing, more, listed, waiting, opened, {})
    found = replace(found, readers=counts.predictors, others=counts.examples - texts)
    return found if more or not texts or not counts.predictors else _with_scores(found, parts, names, soon)


def _with_scores(
    found: Estimates, parts: Sequence[Sampled], names: Sequence[str], soon: Sequence[Soon | None]
) -> Estimates:
    held = held_in(parts)
    in_sample = labels_in(text for part in parts for text in part.sample)
    labels = [
        label for label, texts in sorted(in_sample.items(), key=lambda each: (-each[1], each[0])) if texts >= LEAST
    ]
    models = {name: _estimated(parts, partial(_always, model_system(name, held)), labels) for name in names}
    with_export = [_without_unknown_export(each) for each in parts]
    export = None
    if not found.n or sum(len(each.sample) for each in with_export) >= LEAST:
        export = _estimated(with_export, lambda part: export_system(held, names, auto=part.is_auto_accepted), labels)
    return replace(
        found,
        models=models,
        export=export,
        agreed_errors=agreed_errors(parts) if len(names) > 1 else None,
        next_answers=_prospect(parts, export, soon[0]),
        next_minutes=_prospect(parts, export, soon[1]),
    )


def _always(system: System, part: Sampled) -> System:
    return system


def _estimated(parts: Sequence[Sampled], system: Callable[[Sampled], System], labels: Sequence[str]) -> SystemEstimate:
    scores = estimate([stratum_of(part, system(part)) for part in parts])
    by_part = [strata_by_label(part, system(part), labels) for part in parts]
    by_label = {label: estimate([each[label] for each in by_part]) for label in labels}
    return SystemEstimate(scores, {label: each for label, each in by_label.items() if isinstance(each, Scores)})


def _without_unknown_export(part: Sampled) -> Sampled:
    """Return the part with sampled texts counted as known only, if it is not known what would be exported of them."""
    with_export = [each for each in part.sample if each.exported is not None]
    without = [each for each in part.sample if each.exported is None]
    return replace(part, known=[*part.known, *without], sample=with_export)


def _prospect(parts: Sequence[Sampled], export: SystemEstimate | None, soon: Soon | None) -> Prospect | None:
    """Return the prospect, corrected by the ratio of the estimated errors left to those the learner expects."""
    if soon is None or export is None or isinstance(export.scores, TooFew):
        return None
    valued = sum(part.sums.valued for part in parts)
    expected = sum(part.sums.errors for part in parts) / max(valued, 1) * export.scores.unknown
    if not expected:
        return None
    errors = Interval(*(soon.errors * each / expected for each in export.scores.errors))
    return Prospect(soon.answers, soon.seconds / 60, errors)
