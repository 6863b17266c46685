"""Which examples a queue holds, and in which order: as a person writes it."""

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
VALUES = {"kind": KINDS, "status": STATUSES, "is": ("flagged",), "has": ("note",)}  # of the keys with a fixed choice
MOST_WORDS = 64
META = "meta."  # and the name of a field begins a key: of those in others, the names with dots between them
_OF_PEOPLE = frozenset(("is", "has", "note", "annotator"))  # these ask for what mostly has an answer

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
    def told(self) -> str:
        """The order as a person reads it."""
        return {"source": "as loaded", "recent": "most recent"}.get(self.value, self.value)

    @property
    def following(self) -> Order:
        """The next one, from the last round to the first."""
        orders = list(Order)
        return orders[(orders.index(self) + 1) % len(orders)]


@dataclass(frozen=True, slots=True)
class FieldOrder:
    """By a field of `meta`, whose `key` is that of a filter: numbers first, then texts, then what has none.

    With `descending` the last comes first, and what has none still last.
    """

    key: str
    descending: bool = False

    @classmethod
    def parse(cls, text: str) -> FieldOrder:
        """Read `meta.date` or `meta.date:desc`. Raises FilterError."""
        key, colon, end = text.partition(":")
        if not (key.startswith(META) and is_key(key)) or (colon and end not in ("asc", "desc")):
            raise FilterError(f"no such order: {text}; a field of meta is one, as in meta.date or meta.date:desc")
        return cls(key, end == "desc")

    @property
    def value(self) -> str:
        """The order as a person writes it."""
        return f"{self.key}:desc" if self.descending else self.key

    @property
    def told(self) -> str:
        """The order as a person reads it."""
        return f"{self.key}, last first" if self.descending else self.key

    @property
    def following(self) -> Order:
        """The next one: the first of the others."""
        return next(iter(Order))


AnyOrder = Order | FieldOrder


class Word(NamedTuple):
    """What the text has to hold: the beginning of a word or phrase, or with `whole` exactly that."""

    text: str
    whole: bool = False

    def __str__(self) -> str:
        bare = not self.whole and self.text.isprintable() and re.fullmatch(rf'(?!"|{_KEY}:)\S+', self.text)
        return self.text if bare else _quote(self.text) + "*" * (not self.whole)


class Condition(NamedTuple):
    """One of KEYS, or META and a field, with its values, of which any will do; the two of `pair` differ."""

    key: str
    values: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.key}:{','.join(map(quoted_name, self.values))}"

    @property
    def told(self) -> str:
        """The condition as a chip says it."""
        if self.key in ("is", "has"):
            return f"{self.key} {self.values[0]}"
        if self.key == "says":
            return " or ".join(f"{value} nothing" if value.endswith("=") else value for value in self.values)
        return f"{self.key}: {(' against ' if self.key == 'pair' else ' or ').join(self.values)}"


@dataclass(frozen=True, slots=True)
class QueueFilter:
    """All of `words` and `conditions` hold; those on labels, kinds and pairs at one and the same difference.

    Without a `status` these are the disagreeing examples without an answer, or, where something is asked for that a
    person left (a flag, a note, an answer), all examples.
    """

    words: tuple[Word, ...] = ()
    conditions: tuple[Condition, ...] = ()

    @classmethod
    def parse(cls, text: str) -> QueueFilter:
        """Read `paris "new york" label:ORG kind:label,boundary pair:spacy,llm score:>0.5`.

        Values with a space, a comma or a quote are quoted, as are phrases, which hold whole words; `\\"`, `\\\\` and
        `\\u{1b}` stand for a character in quotes. A quote that is not closed ends with the line. Raises FilterError.
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
        """The filter as `parse` reads it."""
        return " ".join(map(str, (*self.words, *self.conditions)))

    @property
    def statuses(self) -> tuple[str, ...]:
        asked = [value for each in self.conditions if each.key == "status" for value in each.values]
        if asked:
            return ("all",) if "all" in asked else tuple(status for status in STATUSES if status in asked)
        return ("all",) if any(each.key in _OF_PEOPLE for each in self.conditions) else ("disagreeing",)

    @property
    def wants_answered(self) -> bool:
        """Whether answered examples are among those asked for."""
        return bool({"answered", "failed", "disputed", "all"}.intersection(self.statuses))

    @property
    def only_status(self) -> bool:
        """Whether nothing but a status is asked for."""
        return not self.words and all(each.key == "status" for each in self.conditions)

    def with_statuses(self, *statuses: str) -> QueueFilter:
        """The same filter for examples of these statuses."""
        others = tuple(each for each in self.conditions if each.key != "status")
        return QueueFilter(self.words, (*others, Condition("status", statuses)))

    def or_statuses(self, *statuses: str) -> QueueFilter:
        """The same filter, for examples of these statuses unless it says itself which."""
        given = any(each.key == "status" for each in self.conditions)
        return self if given else self.with_statuses(*statuses)

    def order_after(self, order: AnyOrder) -> Order:
        """Return the next order; where nothing is compared disagreement is none."""
        following = order.following
        is_open = {*self.statuses} <= {"open", "answered"} and "open" in self.statuses
        return following.following if is_open and following is Order.DISAGREEMENT else following

    @property
    def listed(self) -> QueueFilter:
        """The same filter, with what was answered already."""
        if self.statuses == ("open",):
            return self.with_statuses("open", "answered")
        given = any(each.key == "status" for each in self.conditions) or self.wants_answered
        return self if given else self.with_statuses("disagreeing", "answered")

    @property
    def chips(self) -> tuple[str, ...]:
        """What is asked for, a short text each."""
        words = tuple(f"text: {word}" for word in self.words)
        return words + tuple(condition.told for condition in self.conditions)


DISAGREEING = QueueFilter()
WITH_AGREED = DISAGREEING.with_statuses("disagreeing", "agreed")
OPEN = DISAGREEING.with_statuses("open")  # what fewer than two predictors have read
EVERYTHING = DISAGREEING.with_statuses("all")
DISPUTED = DISAGREEING.with_statuses("disputed")  # what annotators differ on


def is_key(name: str) -> bool:
    """Whether the name can stand before a colon in a filter."""
    return re.fullmatch(_KEY, name) is not None


def quoted_name(name: str) -> str:
    """A value as it stands in a filter: in quotes where it takes them."""
    return name if name.isprintable() and re.fullmatch(r'[^\s,"\\]+', name) else _quote(name)


def _condition(key: str, values: str) -> Condition:
    if key not in KEYS and not key.startswith(META):
        known = _told((*KEYS, f"{META}FIELD"))
        raise FilterError(f'there is no filter {key}:, only {known}; to find the words, quote them: "{key}: …"')
    found = [match[1] for match in _VALUES.finditer(values) if match[0]]
    names = tuple(_unquote(value) if value.startswith('"') else value for value in found)
    possible = VALUES.get(key, ())
    if not names or not all(names):
        raise FilterError(f"{key}: which one? {_told(possible)}" if possible else f"{key}: a name is missing")
    if key == "pair" and len(names) > 2:
        raise FilterError("pair: takes two predictors (pair:spacy,llm), or one that differs from any other")
    if key == "says" and not all("=" in name for name in names):
        raise FilterError("says: takes a predictor and a label, as in says:llm=ORG; says:llm= where it says nothing")
    if key == "score" and not all(_SCORE.fullmatch(name) for name in names):
        raise FilterError("score: takes a number from 0 to 1, as in score:>0.5 or score:<=0.2")
    for name in names:
        if possible and name not in possible:
            raise FilterError(f"{key}:{name} is not known; possible are {_told(possible)}")
    return Condition(key, names)


def score_bound(value: str) -> tuple[str, float]:
    """The comparison and the number of a value of `score`."""
    match = _SCORE.fullmatch(value)
    if match is None:
        raise FilterError(f"score: takes a number from 0 to 1, not {value!r}")
    return match[1] or "=", float(match[2])


def meta_bound(value: str) -> tuple[str, str]:
    """The comparison and the bound of a value of a field of `meta`."""
    match = _META.fullmatch(value)
    assert match is not None
    return match[1] or "=", match[2]


def _told(names: tuple[str, ...]) -> str:
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
