"""The estimates, which begin a report: how good the models and the export are over all texts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from textwrap import wrap

from tiebreak.core.estimates.estimator import Interval, Scores
from tiebreak.core.insight.estimates import Estimates, SystemEstimate
from tiebreak.tui.pages.markdown import escaped, minutes_text, table
from tiebreak.tui.text.values import counted

_WIDTH = 80
_LABELS = 12  # rows of the table by label
_ONE_IN = 12  # answers; about one of so many is to a slice text
_EXPORT = "the export"  # its name in the tables of models

ABOUT = (
    "How good each model is, and what `tiebreak export --include best` would write now, if the annotators are right. "
    "In brackets: the range that holds the true value, 95% sure."
)
NO_EXPORT = "How good the export would be is not worked out yet; run `tiebreak learn DB` for that."
BLIND = "This is a blind session. Once it is over, `tiebreak report` shows how good each model is."
NO_MORE = "The slice is too small for that. "
OFF = "The slice is off. "
BEGINS = "`tiebreak review DB` draws the slice at the first sitting, and shows its texts among the others."
UNREAD = (
    "No model has read them, so there is nothing to measure: the export holds what was answered. Once a model has read "
    "them (`tiebreak predict`), your answers show how good it is."
)
TOO_SMALL = "The store is too small for a slice; review all of its texts, and everything is counted."


def estimate_lines(estimates: Estimates, pace: float, *, blind: bool = False) -> Iterator[str]:
    """Yield this part of the page as Markdown; `pace` is in answers a minute, 0 if it is not known.

    `blind` leaves out how good each model is.
    """
    if not estimates.texts and (estimates.readers or not estimates.others):
        return
    yield f"## Over {_which(estimates)}"
    yield ""
    if not estimates.readers:
        yield from _paragraph(UNREAD)
        return
    if estimates.more:
        yield from _paragraph(_too_few(estimates, pace))
        return
    yield from _paragraph(f"{ABOUT} {_rests_on(estimates)}")
    systems = _systems(estimates, blind)
    yield from _scores(systems)
    for line in (*([BLIND] if blind else ()), *([NO_EXPORT] if estimates.export is None else ())):
        yield from _paragraph(line)
    yield from _by_label(systems)
    yield from _sentences(estimates)


def _which(estimates: Estimates) -> str:
    """Return the texts that the estimates are about."""
    if not estimates.readers or not estimates.others:
        return f"all {counted(estimates.texts + estimates.others, 'text')}"
    readers = "the model has" if estimates.readers == 1 else "two models have"
    return f"the {counted(estimates.texts, 'text')} that {readers} read, of {estimates.texts + estimates.others:,}"


def estimates_markdown(estimates: Estimates, pace: float, *, blind: bool = False) -> str:
    """Return this part of the page on its own; see `estimate_lines`."""
    return "\n".join(estimate_lines(estimates, pace, blind=blind)) + "\n"


def _systems(estimates: Estimates, blind: bool) -> dict[str, SystemEstimate]:
    export = {} if estimates.export is None else {_EXPORT: estimates.export}
    models = {} if blind else {escaped(name, 24): each for name, each in estimates.models.items()}
    return {**export, **models}


def _rests_on(estimates: Estimates) -> str:
    """Return what the estimates rest on."""
    if not estimates.texts - estimates.answered:
        return "Every text has an answer: all of this is counted."
    return (
        f"Answered: {counted(estimates.answered, 'text')}. For the others stand {counted(estimates.n, 'text')} of the "
        "slice, drawn at random."
    )


def _too_few(estimates: Estimates, pace: float) -> str:
    """Return how many answered slice texts there are and must be, and how to come by the rest."""
    texts = "1 text of the slice is" if estimates.n == 1 else f"{estimates.n} texts of the slice are"
    have = f"No estimate yet: {texts} answered, and {estimates.n + estimates.more} are needed."
    if estimates.more <= estimates.waiting:
        answers = min(_ONE_IN * estimates.more, estimates.texts - estimates.answered)
        when = f", {minutes_text(answers / pace)} at this pace" if pace else ""
        come = "comes" if estimates.more == 1 else "come"
        return f"{have} The missing {estimates.more} {come} up within about {counted(answers, 'answer')}{when}."
    if estimates.waits_for_sitting:
        return f"{have} {BEGINS}"
    share = estimates.share_that_does
    if share is None:
        return f"{have} {TOO_SMALL}"
    does = f"`tiebreak review DB --slice {share:.0%}` puts enough texts into it."
    return f"{have} {OFF if estimates.listed.is_off else NO_MORE}{does}"


def _scores(systems: Mapping[str, SystemEstimate]) -> Iterator[str]:
    rows = [
        (name, *(interval_text(each) for each in (scores.f1, scores.precision, scores.recall)))
        for name, system in systems.items()
        if isinstance(scores := system.scores, Scores)
    ]
    if rows:
        yield from table(("", "F1", "precision", "recall"), rows)


def _by_label(systems: Mapping[str, SystemEstimate]) -> Iterator[str]:
    labels = list(dict.fromkeys(label for system in systems.values() for label in system.by_label))
    rows = [
        (escaped(label, 24), *(_f1(system.by_label.get(label)) for system in systems.values()))
        for label in labels[:_LABELS]
    ]
    if rows:
        yield from table(("F1 by label", *systems), rows)
    if len(labels) > _LABELS:
        more = counted(len(labels) - _LABELS, "more label")
        yield from _paragraph(f"and {more} (`--json` has them).")


def _f1(scores: Scores | None) -> str:
    return "–" if scores is None else interval_text(scores.f1)


def _sentences(estimates: Estimates) -> Iterator[str]:
    """Yield what else the slice shows, in one paragraph each."""
    texts = [_errors(estimates), _next(estimates), _agreement(estimates), _missing(estimates), _opened(estimates)]
    for each in filter(None, texts):
        yield from _paragraph(each)


def _errors(estimates: Estimates) -> str:
    if estimates.export is None or not isinstance(scores := estimates.export.scores, Scores) or not scores.unknown:
        return ""
    return (
        f"**Errors left in the export**: {count_text(scores.errors)} wrong or missed marks in the "
        f"{counted(scores.unknown, 'text')} without an answer."
    )


def _next(estimates: Estimates) -> str:
    answers, minutes = estimates.next_answers, estimates.next_minutes
    if answers is None:
        return ""
    in_time = ""
    if minutes is not None and minutes.answers != answers.answers:
        in_time = f"; {minutes_text(minutes.minutes)} would correct {count_text(minutes.errors)}"
    return (
        f"**Next**: in the order by value, {counted(answers.answers, 'answer')} would take "
        f"{minutes_text(answers.minutes)} and correct {count_text(answers.errors)} errors{in_time}."
    )


def _agreement(estimates: Estimates) -> str:
    found = estimates.agreed_errors
    if found is None or found.marks is None:
        return ""
    of_texts = "" if found.texts is None else f", and {interval_text(found.texts)} of the texts on which all agree"
    wrong = f"**All agree and are wrong**: {interval_text(found.marks)} of the marks that all models have{of_texts}."
    if found.is_pooled:
        return wrong
    return (
        f"{wrong} This is from the {counted(found.n, 'text')} that showed no agreed mark; in texts that showed them, "
        "annotators confirmed more of them."
    )


def _missing(estimates: Estimates) -> str:
    if not estimates.missing:
        return ""
    return (
        f"Rejected, ignored or skipped: {counted(estimates.missing, 'text')}. The intervals allow for all of them "
        "being right and for all being wrong."
    )


def _opened(estimates: Estimates) -> str:
    if not estimates.is_opened_too_often:
        return ""
    share = estimates.opened / estimates.answered
    return (
        f"Annotators opened {share:.0%} of the answered texts by hand, outside of any order. The intervals do not "
        "allow for that, and may be too narrow."
    )


def interval_text(interval: Interval | None) -> str:
    """Return a share with its ends, as `88% (86 to 90)`; with a decimal if they are less than 2% apart."""
    if interval is None:
        return "–"
    value, low, high = (100 * each for each in interval)
    if low == high:
        return f"{value:.1f}%"
    digits = 1 if high - low < 2 else 0
    return f"{value:.{digits}f}% ({low:.{digits}f} to {high:.{digits}f})"


def count_text(interval: Interval) -> str:
    """Return a count with its ends, as `1,200 (980 to 1,600)`: whole numbers, rounded to two significant digits."""
    if interval.low == interval.high:
        return f"{interval.value:,.0f}"
    value, low, high = (f"{round(each, min(0, 2 - len(f'{each:.0f}'))):,.0f}" for each in interval)
    return f"{value} ({low} to {high})"


def _paragraph(text: str) -> Iterator[str]:
    yield from wrap(text, _WIDTH, break_long_words=False, break_on_hyphens=False)
    yield ""
