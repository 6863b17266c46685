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
    """Renames, keeps or drops labels. `names` maps a predictor's label to the store's; None keeps all unchanged."""

    names: Mapping[str, str] | None = None

    @classmethod
    def parse(cls, value: str | Mapping[str, str] | None) -> LabelMap:
        """Read `'ORG:ORGANISATION,PERSON'` (rename ORG, keep PERSON, drop the rest), also in brackets, or a mapping,
        also as JSON.

        Raises ConfigError if a part is empty or a label is mapped twice.
        """
        if value is None:
            return cls()
        if isinstance(value, str) and value.lstrip().startswith("{"):
            value = _decoded(value)
        if not isinstance(value, str):
            if not value or not all(label.strip() and name.strip() for label, name in value.items()):
                raise ConfigError(f"label map: no labels, or an empty label, in {dict(value)!r}")
            return cls(dict(value))
        names: dict[str, str] = {}
        for part in split_labels("label map", value):
            label, colon, name = (piece.strip() for piece in part.partition(":"))
            if not label or (colon and not name):
                what = part or "an empty part"
                raise ConfigError(f"label map: {what!r} is neither LABEL nor LABEL:NAME in {value!r}")
            if label in names:
                raise ConfigError(f"label map: {label!r} appears twice in {value!r}")
            names[label] = name or label
        return cls(names)

    def name_of(self, label: str) -> str | None:
        """Return the store's name for a predictor's label; None if the map drops it."""
        return label if self.names is None else self.names.get(label)

    def apply(self, spans: Iterable[Span]) -> Spans:
        """Return the spans under the store's labels, sorted and without repetitions; drop those without a name."""
        if self.names is None:
            spans = tuple(spans)
            return tuple(sorted(set(spans))) if len(spans) > 1 else spans
        names = self.names
        return tuple(sorted({Span(span.start, span.end, names[span.label]) for span in spans if span.label in names}))

    def apply_to_cats(self, cats: Mapping[str, float] | None) -> dict[str, float] | None:
        """Return the categories under the store's labels; if two become one, the higher score stays."""
        if cats is None or self.names is None:
            return dict(cats) if cats is not None else None
        renamed: dict[str, float] = {}
        for label, score in cats.items():
            if label in self.names:
                name = self.names[label]
                renamed[name] = max(score, renamed.get(name, score))
        return renamed

    def __str__(self) -> str:
        """Return the map as `parse` reads it, sorted by label; "" keeps all.

        It is JSON if a label has characters that the short form cannot express.
        """
        if self.names is None:
            return ""
        text = ",".join(label if label == name else f"{label}:{name}" for label, name in sorted(self.names.items()))
        with suppress(ConfigError):
            if LabelMap.parse(text).names == self.names:
                return text
        return json.dumps(dict(self.names), ensure_ascii=False, sort_keys=True)


def split_labels(where: str, text: str) -> list[str]:
    """Split a text with commas into its parts. Brackets around the text and quotes around a part are optional: without
    quotes around the labels of a list, a config gives such a text. Parts may be empty.

    Raises ConfigError with `where` for an unmatched bracket or quote, which would end up in a label.
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
        raise ConfigError(f'{where}: {text!r} is not a list; write it as ["ONE", "OTHER"], each label in double quotes')
    return labels


def _unquoted(label: str) -> str:
    is_quoted = len(label) > 1 and _QUOTES.get(label[0]) == label[-1]
    return label[1:-1].strip() if is_quoted else label


def _is_closed(label: str) -> bool:
    """Return whether each bracket and quote of `label` has its counterpart; an apostrophe in a word needs none."""
    if label[:1] in _QUOTES or label[-1:] in (*_QUOTES, *_QUOTES.values()) or "\n" in label:
        return False
    return all(label.count(first) == label.count(last) for first, last in _BRACKETS)


def _decoded(value: str) -> Mapping[str, str]:
    try:
        names = json.loads(value)
    except ValueError as error:
        raise ConfigError(f"label map: invalid JSON: {error}, in {value!r}") from None
    if not isinstance(names, dict) or not all(isinstance(name, str) for name in names.values()):
        raise ConfigError(f"label map: each label needs one name, as text, in {value!r}")
    return names


KEEP_ALL = LabelMap()
