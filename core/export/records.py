"""What of a store goes out: the reviewed examples, what each record says of who decided it, and every reading."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, get_args

from tiebreak.core.errors import SettingError
from tiebreak.core.formats.prodigy_writing import export_record, version_record
from tiebreak.core.insight.report import make_report
from tiebreak.core.records import Answer, CurrentPrediction, Example, Span
from tiebreak.core.store.answers import AUTO, SLICE, decisions_in_force, unanswered
from tiebreak.core.store.connection import Store
from tiebreak.core.store.drafts import draft_count
from tiebreak.core.store.examples import label_names
from tiebreak.core.store.read_examples import ReadExamples, parts_of
from tiebreak.core.store.reporting import waiting_unread
from tiebreak.core.store.sampled import slice_probabilities
from tiebreak.core.text.hashes import share_point

if TYPE_CHECKING:  # it brings numpy
    from tiebreak.core.learning.learner import Learner

Whose = Literal["human", "auto", "unanswered", "best"]
WHOSE: tuple[Whose, ...] = get_args(Whose)
LEARNED = "learned"  # the provenance of what nobody answered and answers to other examples taught
ANSWERS = ("accept", "reject", "ignore")
_DIGITS = 4  # of a confidence
_PROBABILITY_DIGITS = 6


def bad_split(share: float) -> SettingError:
    """The error that says which shares of the examples can be held out."""
    return SettingError("split", f"{share:g}", "the share to hold out is above 0 and below 1, such as 0.2")


def caught_up(store: Store) -> Learner:
    """A learner that knows all that was answered."""
    from tiebreak.core.learning.learner import Learner

    learner = Learner(store)
    learner.catch_up()
    return learner


@dataclass(frozen=True)
class Selection:
    """Which examples go out: with answers of these `kinds`, and decided by whom.

    `include`: `human` answers, what was accepted by `auto`, and examples without an answer: `unanswered` at the best
    reading, which is that of the predictor that was right most often so far, or `best`: at what holds most probably
    after all that was learned, where that is as probable as `min_confidence` at least. `versions` adds every reading
    with who said it. `dev` is the share, 0 to 1, of the examples that are held out, and `held_out` says which part is
    wanted; None of it all. Which they are depends on the text alone; with `holds_out_slice` they are the slice.
    `learner` is asked for the learner that says what `best` is; `track` goes through the ids of the examples that it
    is asked about, and may show how far that is.
    """

    kinds: Collection[str] = ("accept",)
    include: Collection[str] = ("human", "auto")
    versions: bool = False
    dev: float = 0.0
    held_out: bool | None = None
    holds_out_slice: bool = False
    min_confidence: float = 0.0
    learner: Callable[[Store], Learner] = caught_up
    track: Callable[[Sequence[int]], Iterable[int]] = iter

    def __post_init__(self) -> None:
        for kind in self.kinds:
            if kind not in ANSWERS:
                raise SettingError("answers", kind, f"each is one of {', '.join(ANSWERS)}")
        for whose in self.include:
            if whose not in WHOSE:
                raise SettingError("include", whose, f"each is one of {', '.join(WHOSE)}")
        if {"unanswered", "best"} <= {*self.include}:
            raise SettingError(
                "include", ",".join(self.include), "unanswered and best are the same examples: choose one"
            )
        if not 0 <= self.dev < 1:
            raise bad_split(self.dev)
        if not 0 <= self.min_confidence <= 1:
            raise SettingError("min-confidence", f"{self.min_confidence:g}", "a probability is within 0 and 1")
        if self.min_confidence and not self.learns:
            raise SettingError(
                "min-confidence", f"{self.min_confidence:g}", "only what was learned has one: include best as well"
            )

    @property
    def learns(self) -> bool:
        """Whether it takes a learner to say what goes out."""
        return "best" in self.include

    def takes(self, text: str, *, is_slice: bool = False) -> bool:
        """Whether the text is of the wanted part."""
        if self.holds_out_slice:
            return self.held_out is None or is_slice == self.held_out
        return self.held_out is None or (share_point(text) < self.dev) == self.held_out


@dataclass
class Exported:
    """What went out so far: records by provenance, and which predictors were taken for unanswered examples.

    `unsure` examples were left out, since what was learned of them is less probable than was asked for, and `unread`
    ones of those asked for, since no predictor has read them. What was
    learned rests on `answers`. Nothing goes out of what was settled in `drafts`, which are begun place by place.
    `labels` counts the spans, or the categories that hold, `kinds` the answers, and `selected_by` how the reviewed
    examples came up.
    """

    by_provenance: Counter[str] = field(default_factory=Counter)
    best: Counter[str] = field(default_factory=Counter)
    unsure: int = 0
    unread: int = 0
    answers: int = 0
    drafts: int = 0
    labels: Counter[str] = field(default_factory=Counter)
    kinds: Counter[str] = field(default_factory=Counter)
    selected_by: Counter[str] = field(default_factory=Counter)

    def count(self, record: Mapping[str, Any]) -> None:
        """Count what a record holds, as it goes out."""
        self.kinds[record["answer"]] += 1
        self.labels.update(span["label"] for span in record.get("spans", ()))
        self.labels.update(record.get("accept", ()))
        if "_selected_by" in record or "_slice" in record:
            self.selected_by[record.get("_selected_by", SLICE)] += 1


def exported_records(
    store: Store, selection: Selection = Selection(), exported: Exported | None = None
) -> Iterator[dict[str, Any]]:
    """The selected examples as Prodigy's records, those with an answer first, the oldest answer first."""
    exported = Exported() if exported is None else exported
    exported.drafts = draft_count(store)
    for record in _selected(store, selection, exported):
        exported.count(record)
        yield record


def _selected(store: Store, selection: Selection, exported: Exported) -> Iterator[dict[str, Any]]:
    probabilities = slice_probabilities(store)
    for answers in parts_of(decisions_in_force(store, selection.kinds)):
        read = ReadExamples(store, [each.example_id for each in answers])
        for answer in answers:
            whose = "auto" if answer.annotator == AUTO else "human"
            if whose not in selection.include:
                continue
            example = read.example(answer.example_id, whole=True)
            probability = probabilities.get(answer.example_id)
            if selection.takes(example.text, is_slice=probability is not None):
                exported.by_provenance[whose] += 1
                how = _selected_by(answer) if probability is None else _of_slice(probability)
                yield _record(store, read, example, answer, {"_provenance": whose, **how}, selection)
    if "accept" in selection.kinds:
        if {"unanswered", "best"}.intersection(selection.include):
            exported.unread = waiting_unread(store)
        if "unanswered" in selection.include:
            yield from _unanswered(store, selection, exported)
        elif selection.learns:
            yield from _learned(store, selection, exported)


def _unanswered(store: Store, selection: Selection, exported: Exported) -> Iterator[dict[str, Any]]:
    """What nobody has answered, at the best reading."""
    ranking, labels = _ranking(store), label_names(store)
    for example_ids in parts_of(unanswered(store)):
        read = ReadExamples(store, example_ids)
        for example_id in example_ids:
            example = read.example(example_id, whole=True)
            best = _best_reading(store, example_id, read.predictions(example_id), ranking, labels)
            if best is not None and selection.takes(example.text):
                exported.by_provenance["unanswered"] += 1
                exported.best[best.annotator] += 1
                yield _record(store, read, example, best, {"_provenance": "unanswered"}, selection)


def _learned(store: Store, selection: Selection, exported: Exported) -> Iterator[dict[str, Any]]:
    """What nobody has answered, at what holds most probably."""
    learner, labels = selection.learner(store), label_names(store)
    exported.answers = learner.answers
    for example_ids in parts_of(selection.track(list(unanswered(store)))):
        read = ReadExamples(store, example_ids)
        wanted = [each for each in example_ids if _is_asked_for(selection, read, each)]
        found = learner.best_of(wanted)
        for example_id in wanted:
            best = found[example_id]
            confidence = round(best.confidence, _DIGITS)
            if confidence < selection.min_confidence:
                exported.unsure += 1
                continue
            spans, cats = store.rules.decision(best.marks, labels)
            answer = Answer(example_id, LEARNED, "", "accept", spans, cats=cats, view=LEARNED)
            exported.by_provenance[LEARNED] += 1
            origin = {"_provenance": LEARNED, "_confidence": confidence}
            yield _record(store, read, read.example(example_id, whole=True), answer, origin, selection)


def _is_asked_for(selection: Selection, read: ReadExamples, example_id: int) -> bool:
    """Whether the text is of the wanted part, and some predictor that did not fail says something of it."""
    is_read = any(each.error is None for each in read.predictions(example_id).values())
    return is_read and selection.takes(read.example(example_id).text)


def _of_slice(probability: float) -> dict[str, Any]:
    """That the example is of the slice, and the probability with which it was drawn."""
    return {"_slice": True, "_probability": round(probability, _PROBABILITY_DIGITS)}


def _selected_by(answer: Answer) -> dict[str, str]:
    """How the example came to be reviewed, where the answer says so."""
    selected_by = (answer.screen or {}).get("selected_by")
    return {} if selected_by is None else {"_selected_by": selected_by}


def _record(
    store: Store,
    read: ReadExamples,
    example: Example,
    answer: Answer,
    origin: Mapping[str, Any],
    selection: Selection,
) -> dict[str, Any]:
    """The answer as a record, which says by its `origin` who decided it, and how sure that is."""
    proposed: dict[Span, list[str]] = {}
    predictions = read.predictions(example.id)
    for predictor, prediction in predictions.items():
        for span in store.rules.stored(prediction.marks):
            proposed.setdefault(span, []).append(predictor)
    sources = {span: ", ".join(names) for span, names in proposed.items()}
    if origin["_provenance"] == LEARNED:
        sources = dict.fromkeys(answer.spans, LEARNED) | sources
    remark = read.remark(example.id, answer.annotator)
    record = export_record(example, answer, sources, store.task, remark) | {**origin}
    if selection.versions:
        record["versions"] = [
            *(
                version_record(example, _as_answer(store, example.id, each), store.task, "predictor")
                for each in predictions.values()
                if each.error is None
            ),
            *(version_record(example, each, store.task, "annotator") for each in read.answers_of_people(example.id)),
        ]
    return record


def _as_answer(store: Store, example_id: int, prediction: CurrentPrediction) -> Answer:
    """What a predictor says, as if it had answered."""
    cats = dict(prediction.cats) if prediction.cats else None
    return Answer(example_id, prediction.predictor, "", "accept", store.rules.stored(prediction.marks), cats=cats)


def _ranking(store: Store) -> list[str]:
    """The predictors, the one that was right most often first; without answers the left one is."""
    counts = make_report(store).by_predictor
    return sorted(counts, key=lambda name: -(counts[name].right / counts[name].places if counts[name].places else 0))


def _best_reading(
    store: Store,
    example_id: int,
    predictions: Mapping[str, CurrentPrediction],
    ranking: list[str],
    labels: list[str],
) -> Answer | None:
    """What the best predictor that did not fail says of the example; None where all failed."""
    good = {name: each for name, each in predictions.items() if each.error is None}
    best = next((name for name in (*ranking, *good) if name in good), None)
    if best is None:
        return None
    spans, cats = store.rules.decision(good[best].marks, labels)
    return Answer(example_id, best, "", "accept", spans, cats=cats, view="unanswered")
