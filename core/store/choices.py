"""The choice at each difference of an answer, as the column `choices` keeps it: one JSON object a difference."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from tiebreak.core.records import Difference, SettledDifference, Span
from tiebreak.core.store.encoding import broken, decode_json, number, spans_from
from tiebreak.core.tasks.protocol import TaskRules

_TYPES = {"start": int, "end": int, "kind": str, "choice": str, "confirmed": bool, "spans": list}


def choice_objects(choices: Iterable[SettledDifference], rules: TaskRules) -> list[dict[str, Any]]:
    """Return the JSON objects of `choices`."""
    return [_object(choice, rules) for choice in choices]


def _object(choice: SettledDifference, rules: TaskRules) -> dict[str, Any]:
    difference = choice.difference
    return {
        "start": difference.start,
        "end": difference.end,
        "kind": difference.kind,
        "choice": choice.choice,
        "confirmed": choice.confirmed,
        "predictors": list(choice.predictors),
        "spans": _spans(rules.stored(choice.marks)),
        "readings": {name: _spans(rules.stored(marks)) for name, marks in difference.readings.items()},
        **({"label": difference.label} if difference.is_category else {}),
        **({} if choice.first is None else {"first": _spans(rules.stored(choice.first))}),
        **({} if choice.probability is None else {"probability": choice.probability}),
        **({} if choice.instead is None else {"instead": _spans(rules.stored(choice.instead))}),
    }


def _spans(spans: Iterable[Span]) -> list[dict[str, Any]]:
    return [span._asdict() for span in spans]


def decode_choices(value: str | None, rules: TaskRules) -> tuple[SettledDifference, ...]:
    """Return the choices of a value of the column `choices`. Raises StoreError if it is malformed."""
    return read_choices(decode_json(value) if value else [], rules)


def read_choices(objects: Any, rules: TaskRules) -> tuple[SettledDifference, ...]:
    """Return the choices of a list of JSON objects. Raises StoreError if it is malformed."""
    if not isinstance(objects, list):
        raise broken(f"choices that are {objects!r:.60}")
    return tuple([_choice(each, rules) for each in objects])


def _choice(value: Any, rules: TaskRules) -> SettledDifference:
    if not isinstance(value, dict):
        raise broken(f"a choice {value!r}")
    for name, kind in _TYPES.items():
        if not isinstance(value.get(name), kind):
            raise broken(f"a choice whose {name} is {value.get(name)!r}")
    marks = rules.restored(spans_from(value["spans"]))
    readings = value.get("readings") or {}
    if not isinstance(readings, dict):
        raise broken(f"a choice whose readings are {readings!r}")
    predictors = value.get("predictors") or []
    if not (isinstance(predictors, list) and all(isinstance(name, str) for name in predictors)):
        raise broken(f"a choice whose predictors are {predictors!r}")
    marks_of = {name: rules.restored(spans_from(spans)) for name, spans in readings.items()}
    difference = Difference(value["start"], value["end"], value["kind"], marks_of)
    first, probability, instead = value.get("first"), value.get("probability"), value.get("instead")
    return SettledDifference(
        difference,
        value["choice"],
        marks,
        value["confirmed"],
        tuple(predictors),
        None if first is None else rules.restored(spans_from(first)),
        None if probability is None else number(probability),
        None if instead is None else rules.restored(spans_from(instead)),
    )
