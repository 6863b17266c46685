"""The report of a session, or of all: which predictor was right, where, how surely; patterns; and what is left."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from math import sqrt

from tiebreak.core.compare.patterns import Pattern
from tiebreak.core.errors import SettingError
from tiebreak.core.insight.by_run import RunCount
from tiebreak.core.insight.corrected import OpenAnswers
from tiebreak.core.insight.counting import PLACES, AnswerCounts, PatternPlaces, all_counts, some_counts
from tiebreak.core.insight.counts import Count, Counts
from tiebreak.core.queue.default_queue import default_queue
from tiebreak.core.records import Remark
from tiebreak.core.store.answers import last_session
from tiebreak.core.store.connection import Store
from tiebreak.core.store.current import left_out_names
from tiebreak.core.store.queue import queue_length
from tiebreak.core.store.remarks import remarks_of
from tiebreak.core.store.reporting import annotator_names, example_texts, has_session
from tiebreak.core.store.run_readings import runs_of_several
from tiebreak.core.ways_out import Way, WayOut

__all__ = ["Count", "Counts", "Report", "confidence", "find_session", "make_report"]

PATTERNS = 3  # patterns that a report shows
_AS_COUNTED = {each.name for each in fields(AnswerCounts)} - {"patterns", "changes", "by_run", "is_of_now"}


@dataclass
class PatternCount:
    """A pattern that came up `times` times, with some of its places: (before, the text covered, after)."""

    pattern: Pattern
    times: int = 0
    places: list[tuple[str, str, str]] = field(default_factory=list)


@dataclass(frozen=True)
class Flagged:
    """A remark with its text."""

    remark: Remark
    text: str


@dataclass
class Report:
    """What was learned in one `session` and from one `annotator`; None stands for all.

    `answers` counts accept, reject and ignore; `of_slice` of these are to slice texts. `seconds` is the time on screen,
    five minutes an answer at most; `pace` is the answers a minute of it.

    The other counts are over the differences (*places*) of accepted examples outside the slice. A rejected or ignored
    example does not say which predictor is right. `nobody` counts the places at which no predictor was right. `by_kind`
    is by the kind of difference. `by_label` counts a place under each label of a reading or of the answer there.
    `by_run` has the runs of predictors with several runs. `changed_labels` has (from, to, times): a span was first
    shown with one label and saved with another, on the same bounds. `open_answers` counts the answers to texts that
    fewer than two predictors had read, also outside the slice.

    `left` is the number of examples in the queue, `minutes_left` how long they take at this pace.
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
        """The number of answers."""
        return sum(self.answers.values())

    @property
    def pace(self) -> float:
        """Answers a minute; 0 if no time is known."""
        return 60.0 * self.given / self.seconds if self.seconds else 0.0

    @property
    def minutes_left(self) -> float | None:
        """The minutes that the examples left take at this pace; None without a pace."""
        return self.left / self.pace if self.pace else None


def make_report(
    store: Store, *, session: str | None = None, annotator: str | None = None, left: int | None = None
) -> Report:
    """Return the report of one session and one annotator; None stands for all.

    `left` is the number of examples left to review. Without it, the waiting examples are counted: those with
    disagreements, or all texts if fewer than two predictors read them.
    """
    runs = runs_of_several(store)
    counts = some_counts(store, runs, session, annotator) if session or annotator else all_counts(store, runs)
    report = Report(session, annotator, **{name: getattr(counts, name) for name in _AS_COUNTED})
    report.by_run = [RunCount(run, counts.by_run.get(run.id, Count())) for run in runs]
    for name in left_out_names(store):
        report.open_answers.corrected.pop(name, None)
    report.patterns = _most_frequent(counts.patterns)
    report.changed_labels = [(*pair, times) for pair, times in counts.changes.most_common()]
    remarks = list(remarks_of(store, session, annotator))
    texts = example_texts(store, [each.example_id for each in remarks])
    report.flagged = [Flagged(each, texts[each.example_id]) for each in remarks]
    report.left = queue_length(store, default_queue(store)) if left is None else left
    return report


def confidence(right: int, places: int) -> tuple[float, float]:
    """Return the 95% interval of a share: Wilson's (1927), which holds for few places and shares near 0 and 1, too."""
    if not places:
        return 0.0, 1.0
    z = 1.959964
    share = right / places
    middle = share + z * z / (2 * places)
    half = z * sqrt(share * (1 - share) / places + z * z / (4 * places * places))
    scale = 1 + z * z / places
    return max(0.0, (middle - half) / scale), min(1.0, (middle + half) / scale)


def find_session(store: Store, session: str, annotator: str | None) -> str | None:
    """Return the id of the session that `session` (an id, `last` or `all`) names; None for all.

    Raises SettingError if there is no such session, or the annotator has answered nothing.
    """
    if annotator is not None and annotator not in (names := annotator_names(store)):
        known = f"answers of {', '.join(names)}" if names else "no answers yet"
        raise SettingError("annotator", annotator, f"no answers of that name; the store has {known}")
    if session == "all":
        return None
    if session == "last":
        last = last_session(store, annotator)
        if last is None:
            whose = f"{annotator} has" if annotator else "nobody has"
            raise SettingError("session", session, f"{whose} answered anything in this store yet", WayOut(Way.REVIEW))
        return last
    if not has_session(store, session):
        raise SettingError("session", session, "no such session; use last, all, or an id from `answers.session`")
    return session


def _most_frequent(patterns: Mapping[Pattern, PatternPlaces]) -> list[PatternCount]:
    """Return the patterns that came up most often, and at least twice."""
    again = [
        PatternCount(pattern, each.times, [*each.places][:PLACES])
        for pattern, each in patterns.items()
        if each.times > 1
    ]
    return sorted(again, key=lambda each: (-each.times, each.pattern))[:PATTERNS]
