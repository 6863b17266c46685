"""What of a store goes out: the reviewed examples, what each record says of who decided it, and every reading."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from tiebreak.core.errors import SettingError
from tiebreak.core.formats.prodigy_writing import export_record, version_record
from tiebreak.core.insight.report import make_report
from tiebreak.core.records import Answer, CurrentPrediction, Span
from tiebreak.core.store.answers import AUTO, answers_in_force, answers_of_people, unanswered
from tiebreak.core.store.connection import Store
from tiebreak.core.store.examples import label_names
from tiebreak.core.store.queue import current_predictions, read_whole_example
from tiebreak.core.store.remarks import remark_of
from tiebreak.core.text.hashes import share_point

Provenance = Literal["human", "auto", "unanswered"]
PROVENANCES: tuple[Provenance, ...] = get_args(Provenance)
ANSWERS = ("accept", "reject", "ignore")


def bad_split(share: float) -> SettingError:
    """The error that says which shares of the examples can be held out."""
    return SettingError("split", f"{share:g}", "the share to hold out is above 0 and below 1, such as 0.2")


@dataclass(frozen=True)
class Selection:
    """Which examples go out: with answers of these `kinds`, and decided by whom.

    `include`: `human` answers, what was accepted by `auto`, and `unanswered` examples at the best reading, which is
    that of the predictor that was right most often so far. `versions` adds every reading with who said it.
    `dev` is the share, 0 to 1, of the examples that are held out, and `held_out` says which part is wanted; None of it
    all. Which they are depends on the text alone.
    """

    kinds: Collection[str] = ("accept",)
    include: Collection[str] = ("human", "auto")
    versions: bool = False
    dev: float = 0.0
    held_out: bool | None = None

    def __post_init__(self) -> None:
        for kind in self.kinds:
            if kind not in ANSWERS:
                raise SettingError("answers", kind, f"each is one of {', '.join(ANSWERS)}")
        for provenance in self.include:
            if provenance not in PROVENANCES:
                raise SettingError("include", provenance, f"each is one of {', '.join(PROVENANCES)}")
        if not 0 <= self.dev < 1:
            raise bad_split(self.dev)

    def takes(self, text: str) -> bool:
        """Whether the text is of the wanted part."""
        return self.held_out is None or (share_point(text) < self.dev) == self.held_out


@dataclass
class Exported:
    """What went out so far: records by provenance, and which predictors were taken for unanswered examples."""

    by_provenance: Counter[str] = field(default_factory=Counter)
    best: Counter[str] = field(default_factory=Counter)


def exported_records(
    store: Store, selection: Selection = Selection(), exported: Exported | None = None
) -> Iterator[dict[str, Any]]:
    """The selected examples as Prodigy's records, those with an answer first, the oldest answer first."""
    exported = Exported() if exported is None else exported
    for answer in answers_in_force(store, selection.kinds):
        provenance: Provenance = "auto" if answer.annotator == AUTO else "human"
        if provenance in selection.include and (record := _record(store, answer, provenance, selection)):
            exported.by_provenance[provenance] += 1
            yield record
    if "unanswered" in selection.include and "accept" in selection.kinds:
        ranking = _ranking(store)
        labels = label_names(store)
        for example_id in unanswered(store):
            best = _best_reading(store, example_id, ranking, labels)
            if best is not None and (record := _record(store, best, "unanswered", selection)):
                exported.by_provenance["unanswered"] += 1
                exported.best[best.annotator] += 1
                yield record


def _record(store: Store, answer: Answer, provenance: Provenance, selection: Selection) -> dict[str, Any] | None:
    """The answer as a record; None where the example is of the part that is not wanted."""
    example = read_whole_example(store, answer.example_id)
    if not selection.takes(example.text):
        return None
    proposed: dict[Span, list[str]] = {}
    predictions = current_predictions(store, answer.example_id)
    for predictor, prediction in predictions.items():
        for span in store.rules.stored(prediction.marks):
            proposed.setdefault(span, []).append(predictor)
    sources = {span: ", ".join(names) for span, names in proposed.items()}
    remark = remark_of(store, answer.example_id, answer.annotator)
    record = export_record(example, answer, sources, store.task, remark)
    record["_provenance"] = provenance
    if selection.versions:
        people = answers_of_people(store, answer.example_id)
        record["versions"] = [
            *(
                version_record(example, _as_answer(store, example.id, each), store.task, "predictor")
                for each in predictions.values()
                if each.error is None
            ),
            *(version_record(example, each, store.task, "annotator") for each in people),
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


def _best_reading(store: Store, example_id: int, ranking: list[str], labels: list[str]) -> Answer | None:
    """What the best predictor that did not fail says of the example; None where all failed."""
    good = {name: each for name, each in current_predictions(store, example_id).items() if each.error is None}
    best = next((name for name in (*ranking, *good) if name in good), None)
    if best is None:
        return None
    spans, cats = store.rules.decision(good[best].marks, labels)
    return Answer(example_id, best, "", "accept", spans, cats=cats, view="unanswered")
