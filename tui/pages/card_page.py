"""A data card as a page of Markdown, to keep beside the file that it describes."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import PurePath

from tiebreak.core.estimates.estimator import Interval, Scores, TooFew
from tiebreak.core.export.card import Card
from tiebreak.core.insight.estimates import Estimates, SystemEstimate
from tiebreak.core.selection.filter import Order
from tiebreak.core.store.status import RunStatus
from tiebreak.tui.pages.markdown import escaped, minutes_text
from tiebreak.tui.pages.reflection_page import finding_text
from tiebreak.tui.text.values import counted

_DAY = "%Y-%m-%d"
_FINGERPRINT = 80  # characters; a longer fingerprint is cut
_WEAK = 3  # labels that are listed at most

WEIGHTS = (
    "Texts were chosen because they were worth an answer, so these records are not a random sample. Records with "
    "`_slice` are: each stands for 1 / `_probability` texts. All other reviewed records, and slice records with a "
    "`_probability` of 1, stand for themselves. With these weights the records estimate figures over all texts. Do not "
    "train on the slice if you want to evaluate on it (`--split slice` holds it out). Texts that came up in an order "
    "have no probability: `_selected_by` names the order."
)
AT_RANDOM = (
    "The reviewed texts came up in random order. They are a random part of all texts, except for texts that were "
    "skipped, rejected or ignored, or loaded later."
)
ANNOTATORS = "All estimates take the annotators to be right."


def card_markdown(card: Card) -> str:
    """Return the card."""
    return "\n".join(_lines(card)) + "\n"


def _lines(card: Card) -> Iterator[str]:
    yield f"# {', '.join(escaped(each) for each in card.files)}"
    yield ""
    yield from _content(card)
    yield from _origin(card)
    yield from _how_good(card.estimates)
    yield from _weak_spots(card)
    yield "## How to weight it"
    yield ""
    came_up = card.exported.selected_by
    yield AT_RANDOM if came_up and {*came_up} <= {Order.RANDOM.value} else WEIGHTS


def _content(card: Card) -> Iterator[str]:
    exported = card.exported
    yield "## What is in it"
    yield ""
    records = counted(exported.kinds.total(), "record")
    yield f"{records} for the task `{card.task.value}`: {_counts(exported.kinds.items())}."
    yield f"Decided by: {_counts(exported.by_provenance.items())}."
    if exported.selected_by:
        yield f"How the reviewed texts came up: {_counts(exported.selected_by.most_common())}."
    yield ""
    yield from _table(
        ("label", "marks"), ((escaped(name), f"{count:,}") for name, count in exported.labels.most_common())
    )


def _origin(card: Card) -> Iterator[str]:
    yield "## How it came about"
    yield ""
    head = ("model", "kind", "what", "fingerprint", "since", "texts", "cost")
    yield from _table(head, map(_run, card.runs)) if card.runs else ("No model has read these texts.", "")
    answers = ", ".join(f"{escaped(name, 24)} {count:,}" for name, count in card.answers.items())
    if not card.work_time.sittings:
        yield "Nobody has answered anything."
    else:
        began, ended = (time.strftime(_DAY, time.localtime(each)) for each in card.work_time[2:])
        yield f"Answers in force: {answers}. {counted(card.work_time.sittings, 'sitting')} from {began} to {ended}, "
        yield f"{minutes_text(card.work_time.seconds / 60)} on screen."
    yield ""


def _run(run: RunStatus) -> tuple[str, ...]:
    cost = "–" if run.cost is None else f"{run.cost:.2f}"
    model = PurePath(run.model).name if run.kind == "file" else run.model
    fingerprint = escaped(run.fingerprint, _FINGERPRINT)
    return escaped(run.predictor, 24), run.kind, escaped(model), fingerprint, run.started_at[:10], f"{run.ok:,}", cost


def _how_good(estimates: Estimates) -> Iterator[str]:
    yield "## How good it is"
    yield ""
    if not estimates.readers:
        yield "Not measured: no model has read the texts. The data holds only answers, which are as good as the "
        yield "annotators."
        yield ""
        return
    rows = [(f"model {name}", each) for name, each in estimates.models.items()]
    rows += [] if estimates.export is None else [("all texts as exported now, with the learned rest", estimates.export)]
    if not estimates.texts:
        yield "Not measured: no model has read these texts."
        yield ""
        return
    if not rows:
        needed = estimates.n + estimates.more
        yield f"Not known: an estimate needs {needed} answered texts of the slice, and there are {estimates.n}."
        yield "Nothing can be said of the unanswered texts."
        yield ""
        return
    which = "texts that the model has read" if estimates.readers == 1 else "compared texts"
    yield f"Over all {estimates.texts:,} {which} ({estimates.answered:,} answered), estimated from a random slice of "
    yield f"{estimates.n} that was reviewed blind; 95% intervals. {ANNOTATORS}"
    yield ""
    yield from _table(("", "precision", "recall", "F1"), (_row(*each) for each in rows))


def _row(what: str, system: SystemEstimate) -> tuple[str, ...]:
    if isinstance(system.scores, TooFew):
        return escaped(what), "–", "–", "–"
    scores = system.scores
    return escaped(what), *(_interval(each) for each in (scores.precision, scores.recall, scores.f1))


def _interval(each: Interval | None) -> str:
    if each is None:
        return "–"
    counted = each.low == each.high
    return f"{each.value:.2f}" if counted else f"{each.value:.2f} ({each.low:.2f} to {each.high:.2f})"


def _weak_spots(card: Card) -> Iterator[str]:
    yield "## Known weak spots"
    yield ""
    lines = [
        *_weak_labels(card.estimates),
        *(finding_text(each) for each in card.findings if 2 * each.right < each.settled),
    ]
    yield from (f"- {each}" for each in lines) if lines else ["None that the answers so far are sure of."]
    yield ""


def _weak_labels(estimates: Estimates) -> Iterator[str]:
    """Yield the labels with the lowest F1 in the export, by the slice."""
    by_label = {} if estimates.export is None else estimates.export.by_label
    known = [(scores.f1.value, name, scores) for name, scores in by_label.items() if scores.f1 is not None]
    for _, name, scores in sorted(known, key=lambda each: each[:2])[:_WEAK]:
        yield f"{escaped(name)}: F1 {_f1(scores)} as exported"


def _f1(scores: Scores) -> str:
    return _interval(scores.f1)


def _counts(counts: Iterable[tuple[str, int]]) -> str:
    return ", ".join(f"{count:,} {escaped(name)}" for name, count in counts) or "nothing"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield f"|{'---|' * len(head)}"
    for row in rows:
        yield f"| {' | '.join(row)} |"
    yield ""
