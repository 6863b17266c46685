"""The filter and the order of a queue, as a person writes them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple, get_args

from tiebreak.core.errors import FilterError
from tiebreak.core.records import Kind

KINDS: tuple[str, ...] = get_args(Kind)
STATUSES = ("disagreeing", "agreed", "open", "answered", "failed", "disputed", "all")
KEYS = ("label", "kind", "pair", "says", "status", "is", "has", "note", "annotator", "score")
VALUES = {"kind": KINDS, "status": STATUSES, "is": ("flagged",), "has": ("note",)}  # of the keys with fixed values
MOST_WORDS = 64  # words; a filter with more is refused
META = "meta."  # begins a key, followed by the name of a field, or the names of nested fields with dots
_OF_PEOPLE = frozenset(("is", "has", "note", "annotator"))  # these keys ask for something that a person left

_QUOTED = r'"(?:[^"\\]|\\.)*(?:"|\Z)'
_VALUE = rf'(?:{_QUOTED}|[^\s,"][^\s,]*)'
_KEY = r'(?:meta\.[^\s:",]+|[a-z]+)'
_PART = re.compile(
    rf"\s*(?:(?P<key>{_KEY}):(?P<values>{_VALUE}?(?:,{_VALUE}?)*)|(?P<quoted>{_QUOTED})(?P<star>\*?)|(?P<word>\S+))",
    re.DOTALL,
)
_VALUES = re.compile(rf"({_VALUE}?)(?:,|\Z)", re.DOTALL)
_ESCAPE = re.compile(r"\\(?:u\{([0-9a-f]{1,6})\}|(.))", re.DOTALL)
_SCORE = re.compile(r"(>=|<=|>|<|=)?(\d+\.?\d*|\.\d+)")
_META = re.compile(r"(>=|<=|>|<|=)?(.*)", re.DOTALL)


class Order(StrEnum):
    """The orders of a queue."""

    VALUE = "value"
    DISAGREEMENT = "disagreement"
    UNCERTAIN = "uncertain"
    RANDOM = "random"
    SOURCE = "source"
    SHORTEST = "shortest"
    RECENT = "recent"

    @property
    def shown_name(self) -> str:
        """The order as a person reads it."""
        return {"source": "as loaded", "recent": "most recent"}.get(self.value, self.value)

    @property
    def following(self) -> Order:
        """The next order; the first follows the last."""
        orders = list(Order)
        return orders[(orders.index(self) + 1) % len(orders)]


@dataclass(frozen=True, slots=True)
class FieldOrder:
    """The order by a field of `meta`, with the `key` of a filter: numbers first, then texts, then examples without it.

    With `descending` the values come in reverse, but examples without the field still come last.
    """

    key: str
    descending: bool = False

    @classmethod
    def parse(cls, text: str) -> FieldOrder:
        """Read `meta.date` or `meta.date:desc`. Raises FilterError."""
        key, colon, end = text.partition(":")
        if not (key.startswith(META) and is_key(key)) or (colon and end not in ("asc", "desc")):
            raise FilterError(f"no such order: {text}; a field of meta gives one, as in meta.date or meta.date:desc")
        return cls(key, end == "desc")

    @property
    def value(self) -> str:
        """The order as a person writes it."""
        return f"{self.key}:desc" if self.descending else self.key

    @property
    def shown_name(self) -> str:
        """The order as a person reads it."""
        return f"{self.key}, last first" if self.descending else self.key

    @property
    def following(self) -> Order:
        """The next order: the first of `Order`."""
        return next(iter(Order))


AnyOrder = Order | FieldOrder


class Word(NamedTuple):
    """A word or phrase in the text: its beginning, or with `whole` exactly that."""

    text: str
    whole: bool = False

    def __str__(self) -> str:
        bare = not self.whole and self.text.isprintable() and re.fullmatch(rf'(?!"|{_KEY}:)\S+', self.text)
        return self.text if bare else _quote(self.text) + "*" * (not self.whole)


class Condition(NamedTuple):
    """One of KEYS, or META and a field, with its values. Any value will do; `pair` has two predictors that differ."""

    key: str
    values: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.key}:{','.join(map(quoted_name, self.values))}"

    @property
    def chip(self) -> str:
        """The condition as a chip shows it."""
        if self.key in ("is", "has"):
            return f"{self.key} {self.values[0]}"
        if self.key == "says":
            return " or ".join(f"{value} nothing" if value.endswith("=") else value for value in self.values)
        return f"{self.key}: {(' against ' if self.key == 'pair' else ' or ').join(self.values)}"


@dataclass(frozen=True, slots=True)
class QueueFilter:
    """All `words` and `conditions` must hold; conditions on labels, kinds and pairs must hold at the same difference.

    Without a `status`, the filter is for disagreeing examples without an answer. If it asks for something that a person
    left (a flag, a note, an answer), it is for all examples.
    """

    words: tuple[Word, ...] = ()
    conditions: tuple[Condition, ...] = ()

    @classmethod
    def parse(cls, text: str) -> QueueFilter:
        """Read `paris "new york" label:ORG kind:label,boundary pair:spacy,llm score:>0.5`.

        Values with a space, a comma or a quote need quotes. A phrase needs them too, and matches whole words only. In
        quotes, `\\"`, `\\\\` and `\\u{1b}` stand for a character. A quote that is not closed ends with the line. Raises
        FilterError.
        """
        words: list[Word] = []
        conditions: list[Condition] = []
        for part in _PART.finditer(text.rstrip()):
            if part["key"] is not None:
                conditions.append(_condition(part["key"], part["values"]))
            elif (word := part["word"] or _unquote(part["quoted"])).strip():
                words.append(Word(word, part["word"] is None and not part["star"]))
        if len(words) > MOST_WORDS:
            raise FilterError(f"too many words to look for: {len(words)}; at most {MOST_WORDS}, or quote a phrase")
        return cls(tuple(words), tuple(conditions))

    def __str__(self) -> str:
        """Return the filter as `parse` reads it."""
        return " ".join(map(str, (*self.words, *self.conditions)))

    @property
    def statuses(self) -> tuple[str, ...]:
        asked = [value for each in self.conditions if each.key == "status" for value in each.values]
        if asked:
            return ("all",) if "all" in asked else tuple(status for status in STATUSES if status in asked)
        return ("all",) if any(each.key in _OF_PEOPLE for each in self.conditions) else ("disagreeing",)

    @property
    def wants_answered(self) -> bool:
        """Whether the filter asks for answered examples, too."""
        return bool({"answered", "failed", "disputed", "all"}.intersection(self.statuses))

    @property
    def only_status(self) -> bool:
        """Whether the filter asks for nothing but a status."""
        return not self.words and all(each.key == "status" for each in self.conditions)

    def with_statuses(self, *statuses: str) -> QueueFilter:
        """Return the same filter for examples of these statuses."""
        others = tuple(each for each in self.conditions if each.key != "status")
        return QueueFilter(self.words, (*others, Condition("status", statuses)))

    def or_statuses(self, *statuses: str) -> QueueFilter:
        """Return the same filter, for examples of these statuses unless it names statuses itself."""
        given = any(each.key == "status" for each in self.conditions)
        return self if given else self.with_statuses(*statuses)

    def order_after(self, order: AnyOrder) -> Order:
        """Return the next order, without disagreement if nothing is compared."""
        following = order.following
        is_open = {*self.statuses} <= {"open", "answered"} and "open" in self.statuses
        return following.following if is_open and following is Order.DISAGREEMENT else following

    @property
    def listed(self) -> QueueFilter:
        """The same filter, which also finds answered examples."""
        if self.statuses == ("open",):
            return self.with_statuses("open", "answered")
        given = any(each.key == "status" for each in self.conditions) or self.wants_answered
        return self if given else self.with_statuses("disagreeing", "answered")

    @property
    def chips(self) -> tuple[str, ...]:
        """The conditions, a short text each."""
        words = tuple(f"text: {word}" for word in self.words)
        return words + tuple(condition.chip for condition in self.conditions)


DISAGREEING = QueueFilter()
WITH_AGREED = DISAGREEING.with_statuses("disagreeing", "agreed")
OPEN = DISAGREEING.with_statuses("open")  # examples with fewer than two predictions
EVERYTHING = DISAGREEING.with_statuses("all")
DISPUTED = DISAGREEING.with_statuses("disputed")  # examples on which annotators differ


def is_key(name: str) -> bool:
    """Return whether the name can stand before a colon in a filter."""
    return re.fullmatch(_KEY, name) is not None


def quoted_name(name: str) -> str:
    """Return a value as a filter has it: in quotes if it needs them."""
    return name if name.isprintable() and re.fullmatch(r'[^\s,"\\]+', name) else _quote(name)


def _condition(key: str, values: str) -> Condition:
    if key not in KEYS and not key.startswith(META):
        known = _listed((*KEYS, f"{META}FIELD"))
        raise FilterError(f'there is no filter {key}:, only {known}; to find these words, quote them: "{key}: …"')
    found = [match[1] for match in _VALUES.finditer(values) if match[0]]
    names = tuple(_unquote(value) if value.startswith('"') else value for value in found)
    possible = VALUES.get(key, ())
    if not names or not all(names):
        raise FilterError(f"{key}: which one? {_listed(possible)}" if possible else f"{key}: a name is missing")
    if key == "pair" and len(names) > 2:
        raise FilterError("pair: takes two predictors (pair:spacy,llm), or one against any other (pair:llm)")
    if key == "says" and not all("=" in name for name in names):
        raise FilterError("says: takes a predictor and a label, as in says:llm=ORG, or says:llm= for no label")
    if key == "score" and not all(_SCORE.fullmatch(name) for name in names):
        raise FilterError("score: takes a number from 0 to 1, as in score:>0.5 or score:<=0.2")
    for name in names:
        if possible and name not in possible:
            raise FilterError(f"{key}:{name} is unknown; possible are {_listed(possible)}")
    return Condition(key, names)


def score_bound(value: str) -> tuple[str, float]:
    """Return the comparison and the number in a value of `score`."""
    match = _SCORE.fullmatch(value)
    if match is None:
        raise FilterError(f"score: takes a number from 0 to 1, not {value!r}")
    return match[1] or "=", float(match[2])


def meta_bound(value: str) -> tuple[str, str]:
    """Return the comparison and the bound in a value of a field of `meta`."""
    match = _META.fullmatch(value)
    assert match is not None
    return match[1] or "=", match[2]


def _listed(names: tuple[str, ...]) -> str:
    return ", ".join(names)


def _quote(text: str) -> str:
    escaped = "".join(
        f"\\{each}" if each in '"\\' else each if each.isprintable() else f"\\u{{{ord(each):x}}}" for each in text
    )
    return f'"{escaped}"'


def _unquote(quoted: str) -> str:
    body = quoted[1:]
    match = re.fullmatch(r'((?:[^"\\]|\\.)*)"', body, re.DOTALL)
    return _ESCAPE.sub(_character, match[1] if match else body)


def _character(escape: re.Match[str]) -> str:
    if escape[1] is None:
        return escape[2]
    code = int(escape[1], 16)
    return chr(code) if code < 0x110000 else "�"
