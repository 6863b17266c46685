"""The JSON objects of estimates."""

from __future__ import annotations

from typing import Any

from tiebreak.core.estimates.estimator import Interval, Scores, TooFew
from tiebreak.core.insight.estimates import Estimates, Prospect, SystemEstimate

Object = dict[str, Any]
_DIGITS = 4  # decimals; shares and counts are rounded to them


def estimates_object(estimates: Estimates) -> Object:
    """Return how good the models and the export are over all texts, and what that rests on."""
    agreement = estimates.agreed_errors
    return {
        "texts": estimates.texts,
        "answered": estimates.answered,
        "readers": estimates.readers,
        "others": estimates.others,
        "n": estimates.n,
        "missing": estimates.missing,
        "more_needed": estimates.more,
        "waiting": estimates.waiting,
        "share_that_does": estimates.share_that_does,
        "opened": estimates.opened,
        "opened_too_often": estimates.is_opened_too_often,
        "models": {name: _system_object(each) for name, each in estimates.models.items()},
        "export": None if estimates.export is None else _system_object(estimates.export),
        "agreed_and_wrong": None
        if agreement is None
        else {
            "marks": _interval_object(agreement.marks),
            "texts": _interval_object(agreement.texts),
            "n": agreement.n,
            "gap": [round(edge, _DIGITS) for edge in agreement.gap],
            "pooled": agreement.is_pooled,
        },
        "next_answers": _prospect_object(estimates.next_answers),
        "next_minutes": _prospect_object(estimates.next_minutes),
    }


def _system_object(system: SystemEstimate) -> Object:
    return {
        **_scores_object(system.scores),
        "by_label": {label: _scores_object(each) for label, each in system.by_label.items()},
    }


def _scores_object(scores: Scores | TooFew) -> Object:
    if isinstance(scores, TooFew):
        return {"n": scores.n, "more_needed": scores.more}
    measures = ("precision", "recall", "f1", "errors")
    return {
        **{name: _interval_object(getattr(scores, name)) for name in measures},
        "n": scores.n,
        "unknown": scores.unknown,
        "missing": scores.missing,
        "level": scores.level,
        "method": scores.method,
    }


def _interval_object(interval: Interval | None) -> Object | None:
    """Return a value and its interval; the ends are null if the value was counted, not estimated."""
    if interval is None:
        return None
    value, low, high = (round(each, _DIGITS) for each in interval)
    is_counted = interval.low == interval.high
    return {"value": value, "low": None if is_counted else low, "high": None if is_counted else high}


def _prospect_object(prospect: Prospect | None) -> Object | None:
    if prospect is None:
        return None
    return {
        "answers": prospect.answers,
        "minutes": round(prospect.minutes, 1),
        "errors": _interval_object(prospect.errors),
    }
