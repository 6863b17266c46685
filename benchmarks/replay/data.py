"""Texts with their gold labels and the predictions of several systems: read from JSON lines, put into a store."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from tiebreak.core.compare.spans import first_overlap
from tiebreak.core.records import Marks, Prediction, Record, Span, Spans, Task, TaskKind
from tiebreak.core.store.connection import Store
from tiebreak.core.store.examples import add_examples, add_labels
from tiebreak.core.store.predictions import save_predictions, start_run
from tiebreak.core.tasks.registry import rules_of


class BadDataError(Exception):
    """The file cannot be replayed; the message says why, and where."""


@dataclass(frozen=True, slots=True)
class GoldText:
    """A text, its gold marks, and the prediction of each system that has read it."""

    text: str
    gold: Marks
    predictions: Mapping[str, Prediction]

    @property
    def words(self) -> int:
        return len(self.text.split())


@dataclass(frozen=True)
class GoldData:
    """The texts of a file, each once; `systems` are the compared systems, the left one first."""

    task: Task
    systems: tuple[str, ...]
    labels: tuple[str, ...]
    texts: tuple[GoldText, ...]

    def marks(self, text: GoldText, system: str) -> Marks:
        """Return the marks of a system; none if it has not read the text."""
        prediction = text.predictions.get(system)
        return () if prediction is None else rules_of(self.task).marks_of(prediction)

    def left_errors(self, text: GoldText) -> int:
        """Return how many marks the left system has wrong or lacks."""
        return len({*self.marks(text, self.systems[0])} ^ {*text.gold})

    def shuffled(self, seed: int) -> GoldData:
        """Return the texts in the order of `seed`; 0 is the order of the file."""
        texts = list(self.texts)
        if seed:
            random.Random(seed).shuffle(texts)
        return replace(self, texts=tuple(texts))


def read_gold(path: Path, systems: Sequence[str], task: Task | None = None) -> GoldData:
    """Read `text`, `spans` or `cats`, and `preds` (the same by system) of each line, of the `systems` only.

    Without a `task` it follows from the file, by `_task_of`. A text that comes again is left out. Raises BadDataError.
    """
    try:
        lines = path.read_bytes().decode("utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise BadDataError(f"{path}: {getattr(error, 'strerror', None) or error}") from error
    records = {
        f"{path}:{number}": _object(f"{path}:{number}", line) for number, line in enumerate(lines, 1) if line.strip()
    }
    if not records:
        raise BadDataError(f"{path}: the file has no texts")
    _check_systems(path, list(records.values()), systems)
    kind = task.kind if task is not None else _kind_of(list(records.values()), systems)
    predictions = {where: _predictions(where, record, systems, kind) for where, record in records.items()}
    task = task or _task_of(list(predictions.values()), kind)
    return _gold_data(task, systems, {where: (records[where]["text"], each) for where, each in predictions.items()})


def fill(store: Store, data: GoldData, seed: int) -> dict[int, GoldText]:
    """Put the texts and the systems' predictions into an empty store; return the texts by the ids of their examples.

    The seed decides which of two examples with the same score comes first; with 0 the product's own order does.
    """
    ids, _ = add_examples(store, [Record(text.text) for text in data.texts], "replay")
    by_id = dict(zip(ids, data.texts, strict=True))
    add_labels(store, set(data.labels))
    for system in data.systems:
        run_id = start_run(store, predictor=system, kind="file", fingerprint="1", model=system)
        predictions = [
            text.predictions[system]._replace(example_id=each)
            for each, text in by_id.items()
            if system in text.predictions
        ]
        save_predictions(store, run_id, predictions)
    if seed:
        ties = random.Random(seed)
        with store.transaction() as connection:
            connection.executemany(
                "UPDATE queue SET tie = ? WHERE example_id = ?", [(ties.randbytes(16), each) for each in sorted(by_id)]
            )
    return by_id


def _object(where: str, line: str) -> dict[str, Any]:
    try:
        record = json.loads(line)
    except ValueError as error:
        raise BadDataError(f"{where}: not a JSON object: {error}") from error
    if not isinstance(record, dict) or not isinstance(record.get("text"), str):
        raise BadDataError(f"{where}: not a JSON object with a text")
    if not isinstance(record.get("preds"), dict):
        raise BadDataError(f"{where}: no preds: an object of each system's predictions, by its name")
    return record


def _check_systems(path: Path, records: Sequence[Mapping[str, Any]], systems: Sequence[str]) -> None:
    known = list(dict.fromkeys(name for record in records for name in record["preds"]))
    for name in systems:
        if name not in known:
            raise BadDataError(f"{path}: no system {name!r} in it; it has {', '.join(known) or 'none'}")
    if len(set(systems)) < 2 or len(set(systems)) < len(systems):
        raise BadDataError(f"{path}: name two different systems or more; it has {', '.join(known)}")


def _kind_of(records: Sequence[Mapping[str, Any]], systems: Sequence[str]) -> TaskKind:
    """Return spans if any system's prediction has bounds, as a text may have gold labels of both kinds."""
    for record in records:
        for predicted in (record["preds"].get(system) for system in systems):
            if isinstance(predicted, list) and any(isinstance(each, dict) for each in predicted):
                return TaskKind.SPANS
    return TaskKind.CATEGORIES if any(record.get("cats") is not None for record in records) else TaskKind.SPANS


def _predictions(
    where: str, record: Mapping[str, Any], systems: Sequence[str], kind: TaskKind
) -> dict[str, Prediction]:
    """Return the gold, under the name "", and the prediction of each system that has read the text."""
    name = "cats" if kind is TaskKind.CATEGORIES else "spans"
    preds = record["preds"]
    found = {"": record.get(name), **{system: preds[system] for system in systems if system in preds}}
    if found[""] is None:
        raise BadDataError(f"{where}: no {name}: the gold labels of the text")
    try:
        if kind is TaskKind.CATEGORIES:
            return {name: Prediction(0, cats=_cats(each)) for name, each in found.items()}
        return {name: Prediction(0, _spans(each, len(record["text"]))) for name, each in found.items()}
    except (KeyError, TypeError, ValueError) as error:
        raise BadDataError(f"{where}: {name} that cannot be read: {error!r}") from error


def _spans(objects: Sequence[Mapping[str, Any]], length: int) -> Spans:
    spans = {Span(int(each["start"]), int(each["end"]), str(each["label"])) for each in objects}
    for span in spans:
        if not 0 <= span.start < span.end <= length:
            raise ValueError(f"{span.start}-{span.end} is not in the text, which has {length} code points")
    return tuple(sorted(spans))


def _cats(value: Mapping[str, Any] | Sequence[str]) -> dict[str, float]:
    if isinstance(value, Mapping):
        return {str(label): float(score) for label, score in value.items()}
    return {str(label): 1.0 for label in value}


def _task_of(predictions: Sequence[Mapping[str, Prediction]], kind: TaskKind) -> Task:
    """Return the task of a file.

    For categories, textcat if the gold has exactly one for each text. For spans, spancat if any overlap.
    """
    if kind is TaskKind.CATEGORIES:
        multilabel = rules_of(Task.TEXTCAT_MULTILABEL)
        is_one = all(len(multilabel.marks_of(each[""])) == 1 for each in predictions)
        return Task.TEXTCAT if is_one else Task.TEXTCAT_MULTILABEL
    overlaps = any(first_overlap(each.spans) for by_system in predictions for each in by_system.values())
    return Task.SPANCAT if overlaps else Task.NER


def _gold_data(
    task: Task, systems: Sequence[str], read: Mapping[str, tuple[str, Mapping[str, Prediction]]]
) -> GoldData:
    rules = rules_of(task)
    texts: dict[str, GoldText] = {}
    labels: set[str] = set()
    for where, (text, predictions) in read.items():
        if task is Task.NER and any(first_overlap(each.spans) for each in predictions.values()):
            raise BadDataError(f"{where}: spans overlap, which the task ner does not allow. Add --task spancat.")
        labels.update(label for each in predictions.values() for label in rules.labels_of(each))
        gold = rules.marks_of(predictions[""])
        texts.setdefault(text, GoldText(text, gold, {name: each for name, each in predictions.items() if name}))
    if not any(rules.differences(_readings(task, each)) for each in texts.values()):
        raise BadDataError(f"{next(iter(read)).rsplit(':', 1)[0]}: {', '.join(systems)} never differ")
    return GoldData(task, tuple(systems), tuple(sorted(labels)), tuple(texts.values()))


def _readings(task: Task, text: GoldText) -> dict[str, Marks]:
    return {name: rules_of(task).marks_of(each) for name, each in text.predictions.items()}
