"""A predictor of a load: its records become the predictions of its run."""

from __future__ import annotations

from collections.abc import Sequence

from tiebreak.core.formats.merging import Annotation, annotation_of, merged
from tiebreak.core.label_map import LabelMap
from tiebreak.core.loading.summary import LoadSummary
from tiebreak.core.predictors.protocol import run_fingerprint
from tiebreak.core.records import LLMCall, Prediction, Record, RunOrigin
from tiebreak.core.store.connection import Store
from tiebreak.core.store.predictions import find_run, save_origin, save_predictions, saved_predictions, start_run

_SEEN, _ANSWER, _PART = 1, 2, 4  # flags of a text that this load has read


class LoadedPredictor:
    """Takes the records of one predictor. A byte of flags for each example keeps what the load has read of it."""

    def __init__(self, store: Store, name: str, label_map: LabelMap, source: str) -> None:
        """Set up a predictor that first occurs in the file `source`."""
        self._store = store
        self._name = name
        self._label_map = label_map
        self._source = source
        self._sources: dict[str, float | None] = {}  # of this load -> Unix seconds when it was written
        self._fingerprint = run_fingerprint("file", label_map) if label_map.names is not None else "file"
        self._run_id = find_run(store, name, self._fingerprint)
        self._is_started = False
        self._known = bytearray()
        self._questions: dict[int, int] = {}  # example -> `Said.question`

    def take(
        self, records: Sequence[tuple[int, Record]], loaded: LoadSummary, source: str, written: float | None
    ) -> int | None:
        """Save the predictions of these records. Returns how many changed; None if the records have no predictions.

        The records are from `source`. It was `written` at that time, in Unix seconds; None if unknown.
        """
        predictions = [_prediction(example_id, said) for example_id, said in self._predictions(records, loaded).items()]
        if not predictions:
            return None
        is_new, self._sources[source] = source not in self._sources, written
        if self._run_id is None or not self._is_started:
            self._run_id, self._is_started = self._start_run(), True
        elif is_new:
            save_origin(self._store, self._run_id, self._origin())
        return save_predictions(self._store, self._run_id, predictions)

    def _start_run(self) -> int:
        return start_run(
            self._store,
            predictor=self._name,
            kind="file",
            fingerprint=self._fingerprint,
            model=self._source,
            label_map=str(self._label_map),
            origin=self._origin(),
        )

    def _origin(self) -> RunOrigin:
        """Return the first source, how many more there are, and when the newest was written."""
        first, *more = self._sources
        times = [each for each in self._sources.values() if each is not None]
        return RunOrigin(f"{first} and {len(more)} more" if more else first, max(times, default=None))

    def _predictions(self, records: Sequence[tuple[int, Record]], loaded: LoadSummary) -> dict[int, Annotation]:
        """Return the predictor's present prediction of each example that these records decide on."""
        task = self._store.task
        earlier = self._earlier(records)
        now: dict[int, Annotation] = {}
        for example_id, record in records:
            before = now.get(example_id) or earlier.get(example_id)
            said = annotation_of(record, task, self._label_map, before)
            if said is None:
                loaded.unaccepted += 1
            elif not (said.is_part and said.is_empty):
                loaded.decisions += said.is_part and said.spans is not None
                loaded.decisions += _shows_decision_before(before, said)
                if before is not None and (said.is_part or self._flags(example_id) & _SEEN):
                    said, gave_way = merged(before, said, task)
                    loaded.gave_way += gave_way
                now[example_id] = said
                self._note(example_id, said)
        return now

    def _earlier(self, records: Sequence[tuple[int, Record]]) -> dict[int, Annotation]:
        """Return the earlier predictions of examples that this load has read, or that a record decides in part."""
        wanted = {
            example_id
            for example_id, record in records
            if record.one_label or record.is_decision or self._flags(example_id) & _SEEN
        }
        if self._run_id is None or not wanted:
            return {}
        saved = saved_predictions(self._store, self._run_id, sorted(wanted))
        return {example_id: self._earlier_of(prediction) for example_id, prediction in saved.items()}

    def _earlier_of(self, prediction: Prediction) -> Annotation:
        flags = self._flags(prediction.example_id)
        return Annotation(
            prediction.spans if prediction.cats is None else None,
            prediction.cats,
            is_part=bool(flags & _PART),
            is_answer=bool(flags & _ANSWER),
            question=self._questions.get(prediction.example_id),
        )

    def _note(self, example_id: int, said: Annotation) -> None:
        if example_id >= len(self._known):
            self._known.extend(bytes(max(example_id + 1, 2 * len(self._known)) - len(self._known)))
        self._known[example_id] = _SEEN | _ANSWER * said.is_answer | _PART * said.is_part
        if said.question is not None:
            self._questions[example_id] = said.question

    def _flags(self, example_id: int) -> int:
        return self._known[example_id] if example_id < len(self._known) else 0


def _shows_decision_before(before: Annotation | None, said: Annotation) -> bool:
    """Return whether the record before was a decision, too: only this record shows that."""
    return before is not None and not before.is_part and before.question is not None and said.is_part


def _prediction(example_id: int, said: Annotation) -> Prediction:
    """Return the prediction of records, with an LLM's recorded `response` and its `unplaced` mentions."""
    fields = {} if said.record is None else said.record.other_fields
    response, unplaced = fields.get("response"), fields.get("unplaced")
    return Prediction(
        example_id,
        said.spans or (),
        cats=said.cats,
        dropped=unplaced if isinstance(unplaced, list) and unplaced else None,
        calls=(LLMCall(None, response, None),) if isinstance(response, str) else (),
        labels=said.labels,
    )
