"""What a session, or all of them, taught: who was right, where, how sure; what came up again; and what is left."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Set
from dataclasses import dataclass, field, replace
from math import sqrt

from tiebreak.core.compare.patterns import Pattern, pattern_of
from tiebreak.core.errors import SettingError
from tiebreak.core.insight.by_run import ByRun, RunCount
from tiebreak.core.insight.corrected import OpenAnswers
from tiebreak.core.insight.counts import Count, Counts
from tiebreak.core.queue.what_waits import what_waits
from tiebreak.core.records import Answer, Difference, Marks, Remark, SettledDifference
from tiebreak.core.store.answers import SLICE, answers_given, last_session
from tiebreak.core.store.connection import Store
from tiebreak.core.store.current import left_out_names
from tiebreak.core.store.queue import queue_length
from tiebreak.core.store.remarks import remarks_of
from tiebreak.core.store.reporting import annotator_names, example_texts, has_session, readings_by_place, with_texts
from tiebreak.core.ways_out import Way, WayOut

LONGEST = 300.0  # seconds that one answer may count: who went away for longer was not at work
PATTERNS = 3  # that a report shows
_CONTEXT = 30  # characters that a pattern's place is shown with, on either side
_PLACES = 3  # that a pattern is shown with


@dataclass
class PatternCount:
    """A pattern that came up `times` times, with some of its places: (before, the text covered, after)."""

    pattern: Pattern
    times: int = 0
    places: list[tuple[str, str, str]] = field(default_factory=list)


@dataclass(frozen=True)
class Flagged:
    """A remark with the text it is on."""

    remark: Remark
    text: str


@dataclass
class Report:
    """What was learned in one `session` and of one `annotator`; of all where they are None.

    `answers` counts accept, reject and ignore; `of_slice` of them are to slice texts. `seconds` is the time on screen,
    of which one answer counts five minutes at most; `pace` is answers a minute of it. The rest is over the differences
    (*places*) of accepted examples beside the slice: a rejected or ignored one does not say who is right. `by_kind` is
    by the kind of difference; `by_label` counts a place under each label that a reading or the answer holds there,
    `by_run` for each run of predictors that have several.
    `open_answers` are those to texts that fewer than two predictors had read, also beside the slice.
    `nobody` counts the places where no predictor was right. `changed_labels` has (from, to, times): a span was first
    shown under one label and saved under another, on the same
    bounds. `left` is how many examples the queue holds, `minutes_left` how long they take at this pace.
    """

    session: str | None
    annotator: str | None
    annotators: list[str] = field(default_factory=list)
    answers: dict[str, int] = field(default_factory=lambda: {"accept": 0, "reject": 0, "ignore": 0})
    seconds: float = 0.0
    keys: int = 0
    of_slice: int = 0
    places: int = 0
    confirmed: int = 0
    nobody: int = 0
    by_predictor: Counts = field(default_factory=dict)
    by_kind: dict[str, Counts] = field(default_factory=dict)
    by_label: dict[str, Counts] = field(default_factory=dict)
    by_run: list[RunCount] = field(default_factory=list)
    patterns: list[PatternCount] = field(default_factory=list)
    changed_labels: list[tuple[str, str, int]] = field(default_factory=list)
    flagged: list[Flagged] = field(default_factory=list)
    left: int = 0
    open_answers: OpenAnswers = field(default_factory=OpenAnswers)

    @property
    def given(self) -> int:
        """How many answers there are."""
        return sum(self.answers.values())

    @property
    def pace(self) -> float:
        """Answers a minute; 0 where nothing is known."""
        return 60.0 * self.given / self.seconds if self.seconds else 0.0

    @property
    def minutes_left(self) -> float | None:
        """How long what is left takes at this pace, or None where there is no pace."""
        return self.left / self.pace if self.pace else None


def make_report(
    store: Store, *, session: str | None = None, annotator: str | None = None, left: int | None = None
) -> Report:
    """The report of one session and one annotator; of all where they are None.

    `left` is how many examples are left to review, where that is known: else what waits for an answer is counted, the
    disagreements, or where fewer than two predictors read the texts these.
    """
    report = Report(session, annotator)
    patterns: dict[Pattern, PatternCount] = {}
    changes: Counter[tuple[str, str]] = Counter()
    marks_of = store.rules.marks_of
    left_out, by_run = {*left_out_names(store)}, ByRun(store)
    for answer, text in with_texts(store, answers_given(store, session, annotator)):
        _add_answer(report, answer)
        if answer.answer != "accept" or answer.view == SLICE:
            continue
        changes.update(_changed_labels(answer.shown, marks_of(answer)))
        report.open_answers.add(answer, marks_of(answer), store.task)
        places = _settled(store, answer, left_out)
        by_run.add(answer, places)
        for place in places:
            _add_place(report, place)
            _add_pattern(patterns, text, place.difference)
    report.by_run = by_run.counts()
    for name in left_out:
        report.open_answers.corrected.pop(name, None)
    report.patterns = _most_frequent(patterns)
    report.changed_labels = [(*pair, times) for pair, times in changes.most_common()]
    remarks = list(remarks_of(store, session, annotator))
    texts = example_texts(store, [each.example_id for each in remarks])
    report.flagged = [Flagged(each, texts[each.example_id]) for each in remarks]
    report.left = queue_length(store, what_waits(store)) if left is None else left
    return report


def confidence(right: int, places: int) -> tuple[float, float]:
    """The 95% interval of a share: Wilson's (1927), which holds for few places and for shares near 0 and 1, too."""
    if not places:
        return 0.0, 1.0
    z = 1.959964
    share = right / places
    middle = share + z * z / (2 * places)
    half = z * sqrt(share * (1 - share) / places + z * z / (4 * places * places))
    scale = 1 + z * z / places
    return max(0.0, (middle - half) / scale), min(1.0, (middle + half) / scale)


def find_session(store: Store, session: str, annotator: str | None) -> str | None:
    """The id of the session that `session` (an id, `last` or `all`) names; None for all.

    Raises ConfigError where there is no such session, or the annotator has answered nothing.
    """
    if annotator is not None and annotator not in (names := annotator_names(store)):
        known = ", ".join(names) or "nobody"
        raise SettingError("annotator", annotator, f"no answers of that name; the store has those of {known}")
    if session == "all":
        return None
    if session == "last":
        last = last_session(store, annotator)
        if last is None:
            whose = f"{annotator} has" if annotator else "nobody has"
            raise SettingError("session", session, f"{whose} answered anything in this store yet", WayOut(Way.REVIEW))
        return last
    if not has_session(store, session):
        raise SettingError("session", session, "no such session; name last, all, or an id of `answers.session`")
    return session


def _add_answer(report: Report, answer: Answer) -> None:
    if answer.annotator not in report.annotators:
        report.annotators.append(answer.annotator)
    report.answers[answer.answer] += 1
    report.seconds += min(answer.seconds, LONGEST)
    report.keys += answer.keys
    report.of_slice += answer.view == SLICE


def _settled(store: Store, answer: Answer, left_out: Set[str]) -> list[SettledDifference]:
    """The places of an answer at which the predictors differ that are compared now.

    One that older versions saved without readings takes those of the same place now.
    """
    now: Mapping[tuple[int, int], Mapping[str, Marks]] | None = None
    settled = []
    for each in answer.choices:
        difference = each.difference
        if not difference.readings:
            now = readings_by_place(store, answer.example_id) if now is None else now
            difference = difference._replace(readings=now.get((difference.start, difference.end), {}))
        if not left_out.isdisjoint(difference.readings):
            difference = _without(difference, left_out)
        if difference.readings:
            settled.append(replace(each, difference=difference))
    return settled


def _without(difference: Difference, left_out: Set[str]) -> Difference:
    """The difference without some predictors' readings; without any where the others do not differ."""
    readings = {name: marks for name, marks in difference.readings.items() if name not in left_out}
    return difference._replace(readings=readings if len({frozenset(each) for each in readings.values()}) > 1 else {})


def _add_place(report: Report, place: SettledDifference) -> None:
    report.places += 1
    report.confirmed += place.confirmed
    labels = {mark.label for marks in (place.marks, *place.difference.readings.values()) for mark in marks}
    anybody = False
    for name, marks in place.difference.readings.items():
        right = {*marks} == {*place.marks}
        anybody = anybody or right
        tables = [report.by_predictor, report.by_kind.setdefault(place.difference.kind, {})]
        tables += [report.by_label.setdefault(label, {}) for label in sorted(labels)]
        for table in tables:
            table.setdefault(name, Count()).add(right, place.confirmed)
    report.nobody += not anybody


def _add_pattern(patterns: dict[Pattern, PatternCount], text: str, difference: Difference) -> None:
    pattern = pattern_of(text, difference)
    known = patterns.setdefault(pattern, PatternCount(pattern))
    known.times += 1
    start, end = difference.start, difference.end
    place = text[max(0, start - _CONTEXT) : start], text[start:end], text[end : end + _CONTEXT]
    if len(known.places) < _PLACES and place not in known.places:
        known.places.append(place)


def _most_frequent(patterns: Mapping[Pattern, PatternCount]) -> list[PatternCount]:
    """The patterns that came up most, twice at least."""
    again = [each for each in patterns.values() if each.times > 1]
    return sorted(again, key=lambda each: (-each.times, each.pattern))[:PATTERNS]


def _changed_labels(shown: Marks, saved: Marks) -> list[tuple[str, str]]:
    """(from, to) of each mark that was first shown under one label and saved under another, on the same bounds."""
    removed, added = {*shown} - {*saved}, {*saved} - {*shown}
    changes = []
    for bounds in sorted({mark[:-1] for mark in removed}):
        old = [mark.label for mark in removed if mark[:-1] == bounds]
        new = [mark.label for mark in added if mark[:-1] == bounds]
        if len(old) == len(new) == 1:
            changes.append((old[0], new[0]))
    return changes
