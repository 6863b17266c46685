"""The records of an export: which examples of a store go out, and whose decision each record has."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, get_args

from tiebreak.core.errors import SettingError, WrongSettingError
from tiebreak.core.export.best_reading import best_reading, ranking
from tiebreak.core.export.making import LEARNED, READING, how_selected, make_record, of_slice
from tiebreak.core.records import Answer
from tiebreak.core.selection.filter import EVERYTHING, Order, QueueFilter
from tiebreak.core.store.answers import AUTO, SLICE, decisions_in_force, unanswered
from tiebreak.core.store.connection import Store
from tiebreak.core.store.current import left_out_names
from tiebreak.core.store.drafts import draft_count
from tiebreak.core.store.examples import example_count, label_names
from tiebreak.core.store.read_examples import ReadExamples, batches_of
from tiebreak.core.store.sampled import slice_probabilities
from tiebreak.core.store.searching import known_names, matching_ids
from tiebreak.core.store.status import RunStatus, run_statuses
from tiebreak.core.text.hashes import share_point
from tiebreak.core.ways_out import Way, WayOut

if TYPE_CHECKING:  # it imports numpy
    from tiebreak.core.learning.learner import Learner

Whose = Literal["human", "auto", "unanswered", "best"]
WHOSE: tuple[Whose, ...] = get_args(Whose)
ANSWERS = ("accept", "reject", "ignore")
_DIGITS = 4  # decimal places of a confidence


def bad_split(share: float) -> WrongSettingError:
    """Return the error that says which shares of the examples can be held out."""
    return WrongSettingError("split", f"{share:g}", "the share to hold out is above 0 and below 1, such as 0.2")


def caught_up(store: Store) -> Learner:
    """Return a learner that knows all answers."""
    from tiebreak.core.learning.learner import Learner

    learner = Learner(store)
    learner.catch_up()
    return learner


@dataclass(frozen=True)
class ExportSelection:
    """The choice of the examples that go out: those with answers of these `kinds`, and by whose decision.

    `include` has `human` answers, examples that `auto` accepted, and at most one way to take examples without an
    answer. `unanswered` takes the reading of the predictor that was right most often so far. `best` takes what holds
    most probably by all that was learned, if its probability is at least `min_confidence`. `versions` adds every
    reading with its predictor or annotator.

    `dev` is the share of the examples that are held out, 0 to 1; `held_out` chooses the part, None for both. The text
    alone decides whether it is held out; with `holds_out_slice`, the slice is. Examples outside of the `filter` stay
    out. With `reading`, all predictions of this predictor go out, and nothing else. `learner` makes the learner for
    `best`; `track` iterates over the ids that the learner is asked about, and may show the progress.
    """

    kinds: Collection[str] = ("accept",)
    include: Collection[str] = ("human", "auto")
    versions: bool = False
    dev: float = 0.0
    held_out: bool | None = None
    holds_out_slice: bool = False
    min_confidence: float = 0.0
    filter: QueueFilter | None = None
    reading: str | None = None
    learner: Callable[[Store], Learner] = caught_up
    track: Callable[[Sequence[int]], Iterable[int]] = iter

    def __post_init__(self) -> None:
        for kind in self.kinds:
            if kind not in ANSWERS:
                raise WrongSettingError("answers", kind, f"each is one of {', '.join(ANSWERS)}")
        for whose in self.include:
            if whose not in WHOSE:
                raise WrongSettingError("include", whose, f"each is one of {', '.join(WHOSE)}")
        if {"unanswered", "best"} <= {*self.include}:
            raise WrongSettingError(
                "include", ",".join(self.include), "unanswered and best are the same examples: choose one"
            )
        if self.reading is not None and (tuple(self.kinds), tuple(self.include)) != (("accept",), ("human", "auto")):
            raise WrongSettingError(
                "reading", self.reading, "it is exported without answers; leave out answers and include"
            )
        if not 0 <= self.dev < 1:
            raise bad_split(self.dev)
        if not 0 <= self.min_confidence <= 1:
            raise WrongSettingError("min-confidence", f"{self.min_confidence:g}", "a probability is within 0 and 1")
        if self.min_confidence and not self.learns:
            raise WrongSettingError(
                "min-confidence", f"{self.min_confidence:g}", "only learned examples have one: include best as well"
            )

    @property
    def takes_unanswered(self) -> bool:
        """Whether examples without an answer go out."""
        return "accept" in self.kinds and not {"unanswered", "best"}.isdisjoint(self.include)

    @property
    def learns(self) -> bool:
        """Whether a learner has to decide what goes out."""
        return "best" in self.include

    def takes(self, text: str, *, is_slice: bool = False) -> bool:
        """Return whether the text is in the wanted part."""
        if self.holds_out_slice:
            return self.held_out is None or is_slice == self.held_out
        return self.held_out is None or (share_point(text) < self.dev) == self.held_out


Reason = Literal[
    "unanswered", "accepted", "rejected", "ignored", "human", "auto", "unread", "failed", "unsure", "filtered"
]
_KIND_LEFT_OUT: Mapping[str, Reason] = {"accept": "accepted", "reject": "rejected", "ignore": "ignored"}


@dataclass
class ExportCounts:
    """Counts of what went out so far: records by provenance, and `best` the predictors taken for unanswered examples.

    `not_exported` counts by reason what stayed out. An answer may be of another kind (`accepted`, `rejected`,
    `ignored`) or somebody else's (`human`, `auto`) than asked for. An example may be `unanswered`, not read by the
    predictors (`unread`), `failed` in all of them, less sure than asked for (`unsure`) or `filtered` out.

    Learned examples rest on so many `answers`. Examples in `drafts`, begun place by place, do not go out. `labels`
    counts the spans, or the categories that hold, `kinds` the answers, and `selected_by` how the reviewed examples
    came up.
    """

    by_provenance: Counter[str] = field(default_factory=Counter)
    best: Counter[str] = field(default_factory=Counter)
    not_exported: Counter[Reason] = field(default_factory=Counter)
    answers: int = 0
    drafts: int = 0
    labels: Counter[str] = field(default_factory=Counter)
    kinds: Counter[str] = field(default_factory=Counter)
    selected_by: Counter[str] = field(default_factory=Counter)

    def count(self, record: Mapping[str, Any]) -> None:
        """Count a record that goes out."""
        self.kinds[record["answer"]] += 1
        self.labels.update(span["label"] for span in record.get("spans", ()))
        self.labels.update(record.get("accept", ()))
        if "_selected_by" in record or "_slice" in record:
            self.selected_by[record.get("_selected_by", SLICE)] += 1


def exported_records(
    store: Store, selection: ExportSelection = ExportSelection(), exported: ExportCounts | None = None
) -> Iterator[dict[str, Any]]:
    """Yield the selected examples as Prodigy's records, those with an answer first, the oldest answer first."""
    exported = ExportCounts() if exported is None else exported
    exported.drafts = draft_count(store)
    records = _selected if selection.reading is None else _readings
    for record in records(store, selection, exported):
        exported.count(record)
        yield record


def _asked_for(store: Store, selection: ExportSelection) -> Collection[int] | None:
    """Return the examples that the filter finds; None if there is no filter."""
    return None if selection.filter is None else set(_found(store, selection.filter))


def _found(store: Store, queue: QueueFilter) -> Sequence[int]:
    """Return the examples that a filter finds, in the order of loading; of all statuses, unless it names statuses."""
    return matching_ids(store, queue.or_statuses("all"), Order.SOURCE)


def _selected(store: Store, selection: ExportSelection, exported: ExportCounts) -> Iterator[dict[str, Any]]:
    asked = _asked_for(store, selection)
    counts = exported.not_exported if selection.held_out is not True else Counter()  # the first part has counted these
    probabilities = slice_probabilities(store)
    answered: set[int] = set()
    for part in batches_of(decisions_in_force(store, ANSWERS)):
        answered.update(each.example_id for each in part)
        reasons = [(each, _why_not(each, selection, asked)) for each in part]
        counts.update(reason for _, reason in reasons if reason is not None)
        answers = [answer for answer, reason in reasons if reason is None]
        read = ReadExamples(store, [each.example_id for each in answers])
        for answer in answers:
            example = read.example(answer.example_id, whole=True)
            probability = probabilities.get(answer.example_id)
            if selection.takes(example.text, is_slice=probability is not None):
                whose = _whose(answer)
                exported.by_provenance[whose] += 1
                how = how_selected(answer) if probability is None else of_slice(probability)
                origin = {"_provenance": whose, **how}
                yield make_record(store, read, example, answer, origin, versions=selection.versions)
    everything = example_count(store) - len(answered)
    waiting = everything if asked is None else sum(each not in answered for each in asked)
    counts["filtered"] += everything - waiting
    if not selection.takes_unanswered:
        counts["unanswered"] += waiting
        return
    read_ids = [each for each in unanswered(store) if asked is None or each in asked]
    counts["unread"] += waiting - len(read_ids)
    rest = _unanswered if "unanswered" in selection.include else _learned
    yield from rest(store, selection, exported, read_ids, counts)


def _whose(answer: Answer) -> Literal["human", "auto"]:
    return "auto" if answer.annotator == AUTO else "human"


def _why_not(answer: Answer, selection: ExportSelection, asked: Collection[int] | None) -> Reason | None:
    """Return the reason why the answer stays out; None if it goes out."""
    if asked is not None and answer.example_id not in asked:
        return "filtered"
    if answer.answer not in selection.kinds:
        return _KIND_LEFT_OUT[answer.answer]
    whose = _whose(answer)
    return None if whose in selection.include else whose


def _unanswered(
    store: Store, selection: ExportSelection, exported: ExportCounts, ids: Sequence[int], counts: Counter[Reason]
) -> Iterator[dict[str, Any]]:
    """Yield the unanswered examples with their best reading."""
    names, labels = ranking(store), label_names(store)
    for example_ids in batches_of(ids):
        read = ReadExamples(store, example_ids)
        for example_id in example_ids:
            best = best_reading(store, example_id, read.predictions(example_id), names, labels)
            if best is None:
                counts["failed"] += 1
                continue
            example = read.example(example_id, whole=True)
            if selection.takes(example.text):
                exported.by_provenance["unanswered"] += 1
                exported.best[best.annotator] += 1
                origin = {"_provenance": "unanswered"}
                yield make_record(store, read, example, best, origin, versions=selection.versions)


def _learned(
    store: Store, selection: ExportSelection, exported: ExportCounts, ids: Sequence[int], counts: Counter[Reason]
) -> Iterator[dict[str, Any]]:
    """Yield the unanswered examples with what most probably holds."""
    learner, labels = selection.learner(store), label_names(store)
    exported.answers = learner.answers
    for example_ids in batches_of(selection.track(ids)):
        read = ReadExamples(store, example_ids)
        good = [
            each
            for each in example_ids
            if any(prediction.error is None for prediction in read.predictions(each).values())
        ]
        counts["failed"] += len(example_ids) - len(good)
        wanted = [each for each in good if selection.takes(read.example(each).text)]
        found = learner.best_of(wanted)
        for example_id in wanted:
            best = found[example_id]
            confidence = round(best.confidence, _DIGITS)
            if confidence < selection.min_confidence:
                exported.not_exported["unsure"] += 1
                continue
            spans, cats = store.rules.decision(best.marks, labels)
            answer = Answer(example_id, LEARNED, "", "accept", spans, cats=cats, view=LEARNED)
            exported.by_provenance[LEARNED] += 1
            origin = {"_provenance": LEARNED, "_confidence": confidence}
            example = read.example(example_id, whole=True)
            yield make_record(store, read, example, answer, origin, versions=selection.versions)


def _run(run: RunStatus) -> dict[str, Any]:
    return {
        "kind": run.kind,
        "model": run.model,
        "fingerprint": run.fingerprint,
        "label_map": run.label_map,
        "started_at": run.started_at,
    }


def _readings(store: Store, selection: ExportSelection, exported: ExportCounts) -> Iterator[dict[str, Any]]:
    """Yield the predictions of one predictor, with their run. Raises SettingError if there is no such predictor."""
    predictor, names = selection.reading or "", known_names(store).predictors
    if predictor in left_out_names(store):
        raise SettingError("reading", predictor, "it is left out of the comparison", WayOut(Way.PUT_BACK, predictor))
    if predictor not in names:
        there = ", ".join(names) or "none"
        raise SettingError("reading", predictor, f"the store has no such predictor; it has {there}")
    counts = exported.not_exported if selection.held_out is not True else Counter()
    ids, labels = _found(store, selection.filter or EVERYTHING), label_names(store)
    counts["filtered"] += example_count(store) - len(ids)
    probabilities, runs = slice_probabilities(store), {each.id: _run(each) for each in run_statuses(store)}
    for example_ids in batches_of(ids):
        read = ReadExamples(store, example_ids)
        for example_id in example_ids:
            prediction = read.predictions(example_id).get(predictor)
            if prediction is None or prediction.error is not None:
                counts["unread" if prediction is None else "failed"] += 1
                continue
            example, probability = read.example(example_id, whole=True), probabilities.get(example_id)
            if selection.takes(example.text, is_slice=probability is not None):
                exported.by_provenance[READING] += 1
                how = {} if probability is None else of_slice(probability)
                origin = {"_provenance": READING, **how, "_run": runs[read.run_of(example_id, predictor)]}
                spans, cats = store.rules.decision(prediction.marks, labels)
                answer = Answer(example_id, predictor, "", "accept", spans, cats=cats)
                yield make_record(store, read, example, answer, origin, versions=selection.versions)
