"""The label map: the one place where a predictor's labels are renamed, kept or dropped."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass

from tiebreak.core.errors import ConfigError
from tiebreak.core.records import Span, Spans


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
        for part in split_labels(value, "label map"):
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


def split_labels(value: str, what: str) -> list[str]:
    """The parts of `A,B` or of a list that came as a text, `[A, "B"]`: a config gives that where quotes are missing.

    Raises ConfigError, which says `what` the value is, where a bracket or a quote is left over.
    """
    inner = value.strip()
    if inner.startswith("[") and inner.endswith("]"):
        inner = inner[1:-1]
    parts = [part.strip() for part in inner.split(",")]
    parts = [part[1:-1] if len(part) > 1 and part[0] == part[-1] and part[0] in _QUOTES else part for part in parts]
    for part in parts:
        if part.startswith(_QUOTES) or part.endswith(_QUOTES) or part.count("[") != part.count("]"):
            raise ConfigError(f"{what}: {part!r} has a bracket or a quote too many, in {value!r}")
    return parts


def _decoded(value: str) -> Mapping[str, str]:
    try:
        names = json.loads(value)
    except ValueError as error:
        raise ConfigError(f"label map: not JSON: {error}, in {value!r}") from None
    if not isinstance(names, dict) or not all(isinstance(name, str) for name in names.values()):
        raise ConfigError(f"label map: each label has one name, in {value!r}")
    return names


_QUOTES = ('"', "'")
KEEP_ALL = LabelMap()
