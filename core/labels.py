"""The label map: the one place where a predictor's labels are renamed, kept or dropped."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from tiebreak.core.errors import ConfigError
from tiebreak.core.records import Span, Spans


@dataclass(frozen=True, slots=True)
class LabelMap:
    """Renames, keeps or drops labels. `names` maps a predictor's label to the store's; None keeps all as they are."""

    names: Mapping[str, str] | None = None

    @classmethod
    def parse(cls, value: str | Mapping[str, str] | None) -> LabelMap:
        """Read `'ORG:ORGANISATION,PERSON'` (rename ORG, keep PERSON, drop the rest) or a mapping.

        Raises ConfigError where a part is empty or a label is mapped twice.
        """
        if value is None:
            return cls()
        if not isinstance(value, str):
            if not value or not all(label.strip() and name.strip() for label, name in value.items()):
                raise ConfigError(f"label map: a label is empty, or there is none, in {dict(value)!r}")
            return cls(dict(value))
        names: dict[str, str] = {}
        for part in value.split(","):
            label, colon, name = (piece.strip() for piece in part.partition(":"))
            if not label or (colon and not name):
                raise ConfigError(
                    f"label map: {part.strip() or 'an empty part'!r} is neither LABEL nor LABEL:NAME in {value!r}"
                )
            if label in names:
                raise ConfigError(f"label map: {label!r} stands twice in {value!r}")
            names[label] = name or label
        return cls(names)

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
        """The map as `parse` reads it, in order of label; JSON where a label holds a comma or a colon; "" keeps all."""
        if self.names is None:
            return ""
        if any("," in label or ":" in label for pair in self.names.items() for label in pair):
            return json.dumps(dict(self.names), ensure_ascii=False, sort_keys=True)
        return ",".join(label if label == name else f"{label}:{name}" for label, name in sorted(self.names.items()))


KEEP_ALL = LabelMap()
