"""The task `tiebreak.TextCat.v1` for spacy-llm: categories as JSON."""

from __future__ import annotations

from typing import Any

from spacy.tokens import Doc

from tiebreak.core.errors import AnswerError, ConfigError
from tiebreak.core.predictors.placing import PLACED
from tiebreak.core.predictors.tasks.answers import (
    Labels,
    bare_words,
    is_categories,
    json_in,
    one_line,
    read_categories,
)
from tiebreak.core.predictors.tasks.base import JSONTask
from tiebreak.core.predictors.tasks.ending import is_closed
from tiebreak.core.predictors.tasks.few_shot import read_examples, with_categories
from tiebreak.core.predictors.tasks.prompt import json_schema

_NO_LABEL = Labels(("none", "==NONE==", "null"))  # models write these for "no category"


class TextCatTask(JSONTask):
    """Asks for one of the categories, `{"label"}`, or for any of them, `{"labels": []}`."""

    assigns = "cats"
    shipped = "textcat.jinja"

    def __init__(self, name: str, *, examples: Any, exclusive_classes: bool, allow_none: bool, **options: Any) -> None:
        super().__init__(name, **options)
        if exclusive_classes and not allow_none and len(self.labels) == 1:
            raise ConfigError(
                f"{name}: exclusive_classes: a single label would apply to every text; write `exclusive_classes = "
                "false` or `allow_none = true`"
            )
        self.exclusive_classes = exclusive_classes
        self.allow_none = allow_none
        self.examples = with_categories(
            read_examples(name, examples, self.labels), self.labels, exclusive=exclusive_classes, allow_none=allow_none
        )
        self.prepare()

    def variables(self) -> dict[str, Any]:
        return {
            **super().variables(),
            "exclusive_classes": self.exclusive_classes,
            "allow_none": self.allow_none,
        }

    def response_format(self) -> dict[str, Any]:
        if not self.exclusive_classes:
            labels = {"type": "string", "enum": list(self.labels)}
            return json_schema("categories", {"labels": {"type": "array", "items": labels}})
        if self.allow_none:
            return json_schema("category", {"label": {"type": ["string", "null"], "enum": [*self.labels, None]}})
        return json_schema("category", {"label": {"type": "string", "enum": list(self.labels)}})

    def comes_to_its_end(self, response: str) -> bool:
        if self._known.get(bare_words(response)):
            return is_closed(response)
        return super().comes_to_its_end(response)

    def write(self, doc: Doc, response: str) -> None:
        bare = self._known.get(bare_words(response))
        named, lost = ([bare], []) if bare else read_categories(json_in(response, is_categories), self._known)
        lost = [each for each in lost if not _NO_LABEL.get(each["label"])]
        holding = set(named)
        if self.exclusive_classes and len(holding) > 1:
            raise AnswerError(f"the answer names several categories, but one was asked for: {one_line(response)}")
        if self.exclusive_classes and not holding and not self.allow_none:
            raise AnswerError(f"the answer names none of the task's categories: {one_line(response)}")
        doc.cats = {**doc.cats, **{label: float(label in holding) for label in self.labels}}
        counts = {PLACED: len(holding)} if holding else {}
        for each in lost:
            counts[each["reason"]] = counts.get(each["reason"], 0) + 1
        self.keep(doc, counts, lost)


def textcat_task(
    labels: list[str] | str = "",
    label_definitions: dict[str, str] | None = None,
    description: str | None = None,
    examples: Any = None,
    template: str | None = None,
    exclusive_classes: bool = True,
    allow_none: bool = False,
    max_examples: int | None = None,
) -> TextCatTask:
    """Make the task that spacy-llm finds as `tiebreak.TextCat.v1`. Raises ConfigError if an option is wrong."""
    return TextCatTask(
        "tiebreak.TextCat.v1",
        labels=labels,
        label_definitions=label_definitions,
        description=description,
        examples=examples,
        template=template,
        max_examples=max_examples,
        exclusive_classes=exclusive_classes,
        allow_none=allow_none,
    )
