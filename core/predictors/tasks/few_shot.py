"""Examples for the prompt, in any of three forms: Tiebreak's, Prodigy's, spacy-llm's."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

from tiebreak.core.compare.cats import THRESHOLD
from tiebreak.core.errors import ConfigError
from tiebreak.core.predictors.placing import Mention, place
from tiebreak.core.predictors.tasks.options import find_file, read_text
from tiebreak.core.records import Span

_NOT_ACCEPTED = ("reject", "ignore")  # Prodigy's values of `answer` besides `accept`
_OF_SLICE = "_slice"  # the export marks slice texts with this field: a text in the prompt cannot measure the model
_NONE = "==NONE=="  # spacy-llm's word for no category


class FewShot(NamedTuple):
    """A text, and its answer as the prompt shows it: JSON."""

    text: str
    answer: str


def same_text(text: str) -> str:
    """Normalise white space, so that texts that differ only in it become equal."""
    return " ".join(text.split())


class _Given(NamedTuple):
    """One example as the user wrote it; `where` names its file and line for messages."""

    where: str
    fields: Mapping[str, Any]

    def error(self, reason: str) -> ConfigError:
        return ConfigError(f"{self.where}: {reason}")

    @property
    def text(self) -> str:
        text = self.fields.get("text")
        if not isinstance(text, str) or not text.strip():
            raise self.error("it has no text")
        return text

    def items(self, key: str) -> list[Any]:
        value = self.fields.get(key)
        if not isinstance(value, list | tuple):
            raise self.error(f"{key} is not a list")
        return list(value)


def read_examples(task: str, examples: Any, labels: Sequence[str]) -> list[_Given]:
    """Read examples from a list, a file (.json, .jsonl) or a reader of spacy-llm's; keep those that are accepted.

    Slice texts are left out as well. Raises ConfigError, naming file and line, if an example is wrong or none is left.
    """
    if isinstance(examples, str | Path):
        path = find_file(task, "examples", str(examples))
        given = _read_file(task, path)
    else:
        try:
            records = list(examples() if callable(examples) else examples or ())
        except (ValueError, TypeError, OSError) as error:
            raise ConfigError(f"{task}: examples: cannot be read: {error}") from error
        given = [(f"{task}: examples: number {number}", record) for number, record in enumerate(records, 1)]
    for where, record in given:
        if not isinstance(record, Mapping):
            raise ConfigError(f"{where}: not an object")
    left_out = [answer for answer in _NOT_ACCEPTED if answer not in labels]
    outside = [(where, record) for where, record in given if not record.get(_OF_SLICE)]
    if given and not outside:
        raise ConfigError(
            f"{task}: examples: all belong to the slice; it measures the models, so its texts must not be in a prompt"
        )
    accepted = [_Given(where, record) for where, record in outside if record.get("answer") not in left_out]
    if given and not accepted:
        raise ConfigError(f"{task}: examples: none is accepted: the `answer` of each is one of {', '.join(left_out)}")
    return accepted


def _read_file(task: str, path: Path) -> list[tuple[str, Any]]:
    content = read_text(task, "examples", path)
    where = f"{task}: examples: {path}"
    try:
        if path.suffix == ".json":
            records = json.loads(content)
            if not isinstance(records, list):
                raise ConfigError(f"{where}: not a list of examples")
            return [(f"{where}: number {number}", record) for number, record in enumerate(records, 1)]
        if path.suffix == ".jsonl":
            lines = [(number, line) for number, line in enumerate(content.split("\n"), 1) if line.strip()]
            return [(f"{where}: line {number}", _decode(f"{where}: line {number}", line)) for number, line in lines]
    except ValueError as error:
        raise ConfigError(f"{where}: not JSON: {error}") from error
    raise ConfigError(f"{where}: neither .json nor .jsonl")


def _decode(where: str, line: str) -> Any:
    try:
        return json.loads(line)
    except ValueError as error:
        raise ConfigError(f"{where}: not JSON: {error}") from error


def with_spans(given: Iterable[_Given], labels: Sequence[str], *, overlap: bool) -> list[FewShot]:
    """Turn examples into few-shot examples of mentions, in text order; an example may have none."""
    examples = []
    for example in given:
        text = example.text
        spans = sorted(_spans(example, text, overlap=overlap))
        for span in spans:
            _check_label(example, span.label, labels)
        entities = [{"text": text[span.start : span.end], "label": span.label} for span in spans]
        examples.append(FewShot(text, _json({"entities": entities})))
    return examples


def _spans(example: _Given, text: str, *, overlap: bool) -> list[Span]:
    entities = example.fields.get("entities")
    if isinstance(entities, Mapping):
        if not all(isinstance(many, list) for many in entities.values()):
            raise example.error("entities is not an object of labels and lists")
        named = [_mention(example, {"text": words, "label": label}) for label in entities for words in entities[label]]
    elif entities is not None:
        named = [_mention(example, item) for item in example.items("entities")]
    elif example.fields.get("spans") is None:
        return []
    else:
        items = [item for item in example.items("spans") if not _is_denied(item)]
        if all(isinstance(item, Mapping) and "start" in item for item in items):
            return _apart(example, [_offsets(example, text, item) for item in items], overlap=overlap)
        named = [_mention(example, item) for item in items]
    placed = place(text, [Mention(words, label) for words, label in named], overlap=overlap)
    if placed.dropped:
        first = placed.dropped[0]
        raise example.error(f"{first['text']!r} cannot be placed in the text: {first['reason']}")
    return list(placed.spans)


def _is_denied(item: Any) -> bool:
    """Return whether the item, in the form of spacy-llm's NER.v3, is marked as not an entity."""
    return isinstance(item, Mapping) and item.get("is_entity") is False


def _mention(example: _Given, item: Any) -> tuple[str, str]:
    words, label = (item.get("text"), item.get("label")) if isinstance(item, Mapping) else (None, None)
    if not isinstance(words, str) or not isinstance(label, str):
        raise example.error(f"{item!r} is not an entity: an entity has text and label")
    return words, label


def _offsets(example: _Given, text: str, item: Mapping[str, Any]) -> Span:
    start, end, label = item.get("start"), item.get("end"), item.get("label")
    if not (isinstance(start, int) and isinstance(end, int) and isinstance(label, str)):
        raise example.error(f"{dict(item)!r} is not a span: a span has start, end and label")
    if not 0 <= start < end <= len(text):
        raise example.error(f"the span {start}-{end} is not within the text")
    return Span(start, end, label)


def _apart(example: _Given, spans: list[Span], *, overlap: bool) -> list[Span]:
    for before, after in pairwise(sorted(spans)):
        if not overlap and after.start < before.end:
            raise example.error(f"the spans {before[:2]} and {after[:2]} overlap; entities may not")
    return spans


def with_categories(
    given: Iterable[_Given], labels: Sequence[str], *, exclusive: bool, allow_none: bool
) -> list[FewShot]:
    """Turn examples into few-shot examples of categories; the answer has the form that the task asks for."""
    examples = []
    for example in given:
        named = _categories(example, labels)
        for label in named:
            _check_label(example, label, labels)
        if exclusive and len(named) != 1 and not (allow_none and not named):
            raise example.error(f"{len(named)} categories, but the classes are exclusive")
        answer = {"label": named[0] if named else None} if exclusive else {"labels": named}
        examples.append(FewShot(example.text, _json(answer)))
    return examples


def _categories(example: _Given, labels: Sequence[str]) -> list[str]:
    fields = example.fields
    answer = fields.get("answer", "accept")
    if not any(key in fields for key in ("accept", "labels", "label", "cats")) and (
        answer != "accept" or "accept" in labels
    ):
        return _answered(example, labels)
    for key in ("accept", "labels", "label"):
        value = fields.get(key)
        if isinstance(value, str):
            return [value]
        if value is not None:
            return list(dict.fromkeys(map(str, example.items(key))))
    cats = fields.get("cats") or {}
    if not isinstance(cats, Mapping) or not all(isinstance(score, int | float) for score in cats.values()):
        raise example.error("cats is not an object of labels and scores")
    return [str(label) for label, score in cats.items() if score >= THRESHOLD]


def _answered(example: _Given, labels: Sequence[str]) -> list[str]:
    """Return the categories of an example in spacy-llm's form: its `answer` is the model's answer."""
    answer = example.fields["answer"]
    if not isinstance(answer, str):
        raise example.error("answer is not a text")
    if len(labels) == 1 and answer.strip().upper() in ("POS", "NEG"):
        return list(labels) if answer.strip().upper() == "POS" else []
    return [each for each in dict.fromkeys(map(str.strip, answer.split(","))) if each and each != _NONE]


def _check_label(example: _Given, label: str, labels: Sequence[str]) -> None:
    if label not in labels:
        raise example.error(f"{label!r} is not one of the labels ({', '.join(labels)})")


def _json(answer: dict[str, Any]) -> str:
    return json.dumps(answer, ensure_ascii=False)
