"""The results of one Label Studio annotation of a task's text: spans, or categories of the whole text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from tiebreak.core.errors import RecordError
from tiebreak.core.formats.fields import type_of, typed
from tiebreak.core.formats.label_studio_objects import Result, TextObject, has_place, is_markup, object_name
from tiebreak.core.formats.offset_evidence import MISQUOTED, Quotable
from tiebreak.core.records import Task, TaskKind

CATEGORIES = ("choices", "taxonomy")
OTHER_OBJECT = "results of another object of the task than its text: left out"
_UNCLEAR = "results of several objects, none known to show the text: left out"
_GUESSED = "results of an object that is not named like the text: taken for results of the text"
_OF_REGION = "choices of a region, not of the whole text: left out"
_TYPES = frozenset(
    ("labels", *CATEGORIES, "textarea", "rating", "number", "datetime", "pairwise", "ranker", "relation")
)
_STEP = "/"  # separates the steps of a path


def fields_of(
    results: Sequence[object], text: object, about: TextObject, task: Task, notes: Counter[str]
) -> dict[str, Any]:
    """Return the `spans` or `cats` of a record; nothing if all results belong to other objects or types.

    `notes` counts the results that are left out. Raises RecordError.
    """
    all_of = [result for result in results if isinstance(result, dict)]
    own = [result for result in all_of if object_name(result) not in about.others]
    if left_out := len(all_of) - len(own):
        notes[_UNCLEAR if about.is_unclear else OTHER_OBJECT] += left_out
    take, read = _READ[task.kind]
    taken = list(take(own, task, notes))
    if about.is_guessed and taken:
        notes[_GUESSED] += len(taken)
    if results and not taken:
        return {}
    return read(taken, text, notes)


def _labels(results: Sequence[Result], task: Task, notes: Counter[str]) -> Iterator[Result]:
    """Yield the results that are spans: labels, and taxonomy paths that label regions."""
    labelled = {_id(result) for result in results if result.get("type") == "labels"}
    for result in results:
        kind = result.get("type")
        if isinstance(kind, str) and kind.endswith("labels"):
            if is_markup(result):
                raise RecordError(f"a result in HTML or a dialogue ({kind[:40]!r}), not a span of a plain text")
            if kind != "labels":
                raise RecordError(f"a result of the type {kind[:40]!r}, not a span of a plain text")
            yield result
        elif kind == "taxonomy" and has_place(result) and _id(result) not in labelled:
            yield result
        else:
            notes[_left_out(kind, task)] += 1


def _choices(results: Sequence[Result], task: Task, notes: Counter[str]) -> Iterator[Result]:
    """Yield the results that are categories of the whole text: results on a region have its place or its id."""
    regions = {_id(result) for result in results if has_place(result)} - {None}
    for result in results:
        kind = result.get("type")
        if not (isinstance(kind, str) and kind in CATEGORIES):
            notes[_left_out(kind, task)] += 1
        elif has_place(result) or _id(result) in regions or result.get("parentID"):
            notes[_OF_REGION] += 1
        else:
            yield result


def _id(result: Result) -> str | int | None:
    """Return the id of the result's region, which all results on the region share."""
    id = result.get("id")
    return id if isinstance(id, str | int) else None


def _left_out(kind: object, task: Task) -> str:
    name = f"of the type {kind}" if isinstance(kind, str) and kind in _TYPES else "of other types"
    return f"results {name}: left out, the task is {task.value}"


def _value(result: Result) -> dict[str, Any]:
    value = typed(result, "value", dict)
    if value is None:
        raise RecordError("a result has no value")
    return dict(value)


def _categories(result: Result) -> Iterator[str]:
    value = _value(result)
    for name in CATEGORIES:
        for choice in typed(value, name, list) or ():
            yield _path(choice)


def _path(choice: object) -> str:
    """Return a choice as one label: its name, or the steps to a nested choice."""
    steps: list[Any] = choice if isinstance(choice, list) and choice else [choice]
    for step in steps:
        if not isinstance(step, str):
            raise RecordError(f"a choice is {type_of(step)}, not a string")
    return _STEP.join(steps)


def _spans(results: Sequence[Result], text: str, notes: Counter[str]) -> Iterator[dict[str, Any]]:
    quotable = Quotable(text)
    for result in results:
        value = _value(result)
        start, end, quote = value.get("start"), value.get("end"), value.get("text")
        if isinstance(quote, str) and not quotable.has(start, end, quote):
            notes[MISQUOTED] += 1
        labels = [*(typed(value, "labels", list) or ()), *map(_path, typed(value, "taxonomy", list) or ())]
        for label in labels:
            yield {"start": start, "end": end, "label": label, "text": quote}


def _as_cats(results: Sequence[Result], text: object, notes: Counter[str]) -> dict[str, Any]:
    return {"cats": {label: 1.0 for result in results for label in _categories(result)}}


def _as_spans(results: Sequence[Result], text: object, notes: Counter[str]) -> dict[str, Any]:
    return {"spans": list(_spans(results, text, notes)) if isinstance(text, str) else []}


_READ = {TaskKind.SPANS: (_labels, _as_spans), TaskKind.CATEGORIES: (_choices, _as_cats)}
