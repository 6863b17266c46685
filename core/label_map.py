"""The label map: the one place where a predictor's labels are renamed, kept or dropped."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass

from tiebreak.core.errors import ConfigError
from tiebreak.core.records import Span, Spans

_QUOTES = {'"': '"', "'": "'", "“": "”", "‘": "’", "«": "»"}
_ITEM = re.compile(r"""\s*("[^"]*"|'[^']*'|“[^”]*”|‘[^’]*’|«[^»]*»|[^,"'“‘«][^,]*|)\s*(,|\Z)""")
_BRACKETS = (("(", ")"), ("[", "]"), ("{", "}"))


@dataclass(frozen=True, slots=True)
class LabelMap:
    """Renames, keeps or drops labels. `names` maps a predictor's label to the store's; None keeps all as they are."""

    names: Mapping[str, str] | None = None

    @classmethod
    def parse(cls, value: str | Mapping[str, str] | None) -> LabelMap:
        """Read `'ORG:ORGANISATION,PERSON'` (rename ORG, keep PERSON, drop the rest), its like in brackets, a mapping as
        JSON, or a mapping.

        Raises ConfigError where a part is empty or a label is mapped twice.
        """
        if value is None:
            return cls()
        if isinstance(value, str) and value.lstrip().startswith("{"):
            value = _decoded(value)
        if not isinstance(value, str):
            if not value or not all(label.strip() and name.strip() for label, name in value.items()):
                raise ConfigError(f"label map: a label is empty, or there is none, in {dict(value)!r}")
            return cls(dict(value))
        names: dict[str, str] = {}
        for part in split_labels("label map", value):
            label, colon, name = (piece.strip() for piece in part.partition(":"))
            if not label or (colon and not name):
                what = part or "an empty part"
                raise ConfigError(f"label map: {what!r} is neither LABEL nor LABEL:NAME in {value!r}")
            if label in names:
                raise ConfigError(f"label map: {label!r} stands twice in {value!r}")
            names[label] = name or label
        return cls(names)

    def name_of(self, label: str) -> str | None:
        """What the map makes of a predictor's label; None where it leaves it out."""
        return label if self.names is None else self.names.get(label)

    def apply(self, spans: Iterable[Span]) -> Spans:
        """The spans under the store's labels, sorted and without repetitions; those with no name are dropped."""
        if self.names is None:
            spans = tuple(spans)
            return tuple(sorted(set(spans))) if len(spans) > 1 else spans
        names = self.names
        return tuple(sorted({Span(span.start, span.end, names[span.label]) for span in spans if span.label in names}))

    def apply_to_cats(self, cats: Mapping[str, float] | None) -> dict[str, float] | None:
        """The categories under the store's labels; where two become one the higher score stays."""
        if cats is None or self.names is None:
            return dict(cats) if cats is not None else None
        renamed: dict[str, float] = {}
        for label, score in cats.items():
            if label in self.names:
                name = self.names[label]
                renamed[name] = max(score, renamed.get(name, score))
        return renamed

    def __str__(self) -> str:
        """The map as `parse` reads it, in order of label; JSON where the signs in a label want that; "" keeps all."""
        if self.names is None:
            return ""
        text = ",".join(label if label == name else f"{label}:{name}" for label, name in sorted(self.names.items()))
        with suppress(ConfigError):
            if LabelMap.parse(text).names == self.names:
                return text
        return json.dumps(dict(self.names), ensure_ascii=False, sort_keys=True)


def split_labels(where: str, text: str) -> list[str]:
    """The parts of a text with commas, in brackets or not, each part in quotes or not: a config gives that where the
    quotes of a list are missing. Parts may be empty.

    Raises ConfigError, which names `where`, for a bracket or a quote that has no other: it would stand in a label.
    """
    inner = text.strip()
    if inner.startswith("[") and inner.endswith("]"):
        inner = inner[1:-1].rstrip().removesuffix(",")
    labels, at = [], 0
    while found := _ITEM.match(inner, at):
        labels.append(_unquoted(found[1].strip()))
        at = found.end()
        if not found[2]:
            break
    if found is None or not all(map(_is_closed, labels)):
        raise ConfigError(f'{where}: {text!r} is no list; write it as ["ONE", "OTHER"], each label in double quotes')
    return labels


def _unquoted(label: str) -> str:
    is_quoted = len(label) > 1 and _QUOTES.get(label[0]) == label[-1]
    return label[1:-1].strip() if is_quoted else label


def _is_closed(label: str) -> bool:
    """Whether no bracket or quote of `label` has its other one elsewhere; an apostrophe within a word is none."""
    if label[:1] in _QUOTES or label[-1:] in (*_QUOTES, *_QUOTES.values()) or "\n" in label:
        return False
    return all(label.count(first) == label.count(last) for first, last in _BRACKETS)


def _decoded(value: str) -> Mapping[str, str]:
    try:
        names = json.loads(value)
    except ValueError as error:
        raise ConfigError(f"label map: not JSON: {error}, in {value!r}") from None
    if not isinstance(names, dict) or not all(isinstance(name, str) for name in names.values()):
        raise ConfigError(f"label map: each label has one name, in {value!r}")
    return names


KEEP_ALL = LabelMap()
