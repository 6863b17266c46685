"""Categories in Prodigy's and spaCy's records: `cats`, choices (`options`, `accept`) and binary `label`s."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tiebreak.core.compare.cats import THRESHOLD, decided
from tiebreak.core.errors import RecordError
from tiebreak.core.formats.fields import typed
from tiebreak.core.records import Answer, AnswerValue, Example, Task

_LARGEST_SCORE = 1e300
_ROUNDING = 1e-6  # by which a score may lie outside 0..1
_CHOICE_STYLES = {Task.TEXTCAT: "single", Task.TEXTCAT_MULTILABEL: "multiple"}


def check_categories(fields: Mapping[str, Any]) -> None:
    """Raise RecordError unless `cats`, `label`, `options` and `accept` have Prodigy's and spaCy's types."""
    cats = typed(fields, "cats", dict)
    for label, score in (cats or {}).items():
        if type(score) not in (int, float, bool) or abs(score) > _LARGEST_SCORE:
            raise RecordError(f"cats: the score of {label!r} is {str(score)[:40]!r}, not a valid number")
    typed(fields, "label", str)
    for option in typed(fields, "options", list) or ():
        if not isinstance(option, dict) or not isinstance(option.get("id"), str | int):
            raise RecordError("options: each must be an object with an `id`")
    for accepted in typed(fields, "accept", list) or ():
        if not isinstance(accepted, str | int):
            raise RecordError(f"accept: {accepted!r} is not an option's id")


def read_cats(fields: Mapping[str, Any], answer: AnswerValue | None) -> dict[str, float] | None:
    """Return categories as label -> score, from `cats` or from a choice that was made; None without categories."""
    if (cats := fields.get("cats")) is not None:
        return {label: float(score) for label, score in cats.items()}
    return _choice(fields, answer)


def take_categories(
    fields: dict[str, Any], answer: AnswerValue | None, task: Task
) -> tuple[dict[str, float] | None, bool]:
    """Remove the categories from a record's other fields. Return label -> score, and whether only one label was asked
    for.

    The sources are, in this order: `cats`; the options ticked in a choice; the `label` of a binary record, which its
    answer accepts or rejects. Ticked options prevail if `cats` contradicts them, since they are the person's last word.
    `options` and `config` stay.
    """
    cats, ticked = read_cats(fields, answer), _choice(fields, answer)
    if cats is not None:
        _check_scores(cats, task)
        if ticked is not None and decided(cats, task) != decided(ticked, task):
            cats = ticked
            _check_scores(cats, task)
        cats = {label: min(max(score, 0.0), 1.0) for label, score in cats.items()}
        for name in ("cats", "accept"):
            fields.pop(name, None)
        return cats, False
    for name in ("cats", "accept"):
        fields.pop(name, None)
    label = fields.pop("label", None)
    return ({label: float(answer != "reject")}, True) if label else (None, False)


def _choice(fields: Mapping[str, Any], answer: AnswerValue | None) -> dict[str, float] | None:
    """Return the ticked options: each option with 1 or 0. None without a choice, or if it was not made yet."""
    accepted = fields.get("accept")
    if accepted is None and (answer is None or not fields.get("options")):
        return None
    ticked = {str(option["id"]): 0.0 for option in fields.get("options") or ()}
    return ticked | {str(each): 1.0 for each in accepted or ()}


def _check_scores(cats: Mapping[str, float], task: Task) -> None:
    for label, score in cats.items():
        if not label:
            raise RecordError("cats: a label is empty")
        if not -_ROUNDING <= score <= 1.0 + _ROUNDING:
            raise RecordError(f"cats: the score of {label!r} is {score:g}, not between 0 and 1")
    likely = [label for label, score in cats.items() if score > THRESHOLD]
    if task is Task.TEXTCAT and len(likely) > 1:
        raise RecordError(
            f"cats: {likely[0]!r} and {likely[1]!r} both hold, but the task {task.value} takes one; a store of "
            f"the task {Task.TEXTCAT_MULTILABEL.value} takes both"
        )


def choice_fields(example: Example, answer: Answer, task: Task) -> dict[str, Any]:
    """Return the answer as Prodigy's choice: the original `options` and `config`, completed; `accept`; and spaCy's
    `cats`.
    """
    cats = answer.cats or {}
    came = [option for option in example.other_fields.get("options") or () if str(option["id"]) in cats]
    known = {str(option["id"]) for option in came}
    options = [*came, *({"id": label, "text": label} for label in cats if label not in known)]
    config = example.other_fields.get("config")
    return {
        "options": options,
        "accept": [option["id"] for option in options if cats[str(option["id"])] >= THRESHOLD],
        "cats": cats,
        "config": {**(config if isinstance(config, dict) else {}), "choice_style": _CHOICE_STYLES[task]},
    }
