"""The words of the design as data: spans, examples, predictions, differences, answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Literal, NamedTuple, get_args


class Task(StrEnum):
    """The kind of predictions in a store: spans that may or may not overlap, or one or any of several categories."""

    NER = "ner"
    SPANCAT = "spancat"
    TEXTCAT = "textcat"
    TEXTCAT_MULTILABEL = "textcat_multilabel"

    @property
    def allows_overlap(self) -> bool:
        return self is Task.SPANCAT

    @property
    def is_exclusive(self) -> bool:
        """Whether a unit (a token, a text) has one label at most."""
        return self is Task.NER or self is Task.TEXTCAT

    @property
    def kind(self) -> TaskKind:
        return TaskKind.SPANS if self is Task.NER or self is Task.SPANCAT else TaskKind.CATEGORIES


class TaskKind(StrEnum):
    """What a prediction consists of. Everything that depends on it is looked up in a table or in `core.tasks`."""

    SPANS = "spans"
    CATEGORIES = "categories"


class OffsetUnit(StrEnum):
    """The unit of the offsets in a file: code points, as in Python, or UTF-16 units, as in browsers.

    A character beyond U+FFFF, such as an emoji, is one code point and two UTF-16 units.
    """

    CODE_POINTS = "code-points"
    UTF_16 = "utf-16"

    @property
    def words(self) -> str:
        """The unit in a sentence."""
        return "UTF-16 units" if self is OffsetUnit.UTF_16 else "code points"

    @property
    def other(self) -> OffsetUnit:
        return OffsetUnit.CODE_POINTS if self is OffsetUnit.UTF_16 else OffsetUnit.UTF_16


class Span(NamedTuple):
    """A labelled stretch of text: code points, `end` exclusive. A tuple, since millions of them are compared."""

    start: int
    end: int
    label: str

    def overlaps(self, other: Span) -> bool:
        return self.start < other.end and other.start < self.end


class Category(NamedTuple):
    """A category that holds for a text."""

    label: str


Spans = tuple[Span, ...]
Categories = tuple[Category, ...]
Marks = tuple[Span | Category, ...]  # of one reading: all spans or all categories, by the task
Kind = Literal["missing", "label", "boundary", "mixed"]
OfferKind = Literal["agreed", "unmarked"]
ChoiceName = Literal["left", "right", "reading", "neither", "both", "edited"]
AnswerValue = Literal["accept", "reject", "ignore"]
Token = tuple[int, int]
_NOTHING: Mapping[str, Any] = MappingProxyType({})
_NOTHING_OF_TOKENS: Mapping[int, Mapping[str, Any]] = MappingProxyType({})


OFFER_KINDS: tuple[OfferKind, ...] = get_args(OfferKind)


class Difference(NamedTuple):
    """One place where readings differ: the region `start`-`end`, its kind, and each predictor's reading of it.

    For categories it is one label, from 0 to 0 and of the kind `missing`: each reading has the label or is empty. An
    offer is also a place, but all its readings are the same: either the same mark or nothing.
    """

    start: int
    end: int
    kind: Kind | OfferKind
    readings: Mapping[str, Marks]

    @property
    def is_offer(self) -> bool:
        """Whether all predictors agree here, but learning found something else probable."""
        return self.kind in OFFER_KINDS

    @property
    def is_category(self) -> bool:
        """Whether the place is about a category."""
        return any(isinstance(mark, Category) for marks in self.readings.values() for mark in marks)

    @property
    def label(self) -> str:
        """The label that a difference between categories is about; for spans the first label, "" without spans."""
        return next((mark.label for marks in self.readings.values() for mark in marks), "")


@dataclass(frozen=True, slots=True)
class SettledDifference:
    """An answer's decision at a difference: the `marks`, how they were chosen, and whether the person confirmed them.

    `predictors` are those whose reading was chosen. `first` is the reading that the screen showed first, and
    `probability` its probability, 0..1, or None if nothing had been learned. Answers of older versions may lack the
    readings and `first`. `instead` is what was offered in place of the marks that all predictors have; None at a
    difference.
    """

    difference: Difference
    choice: ChoiceName
    marks: Marks
    confirmed: bool = False
    predictors: tuple[str, ...] = ()
    first: Marks | None = None
    probability: float | None = None
    instead: Marks | None = None

    @property
    def label(self) -> str:
        """The label that the place is about: the first of the readings, else the first of the offer."""
        return self.difference.label or next((mark.label for mark in self.instead or ()), "")


class Likely(NamedTuple):
    """Marks that may hold at a difference, and their probability, 0..1."""

    marks: Marks
    probability: float


class LearnedPlace(NamedTuple):
    """What was learned about one difference: the candidates, the most probable first.

    `edit` is the probability that no candidate at all holds. The candidates that are left out make up the rest.
    Differences are alike if the same predictors say the same labels. `seen` such differences are settled; at `held` of
    them the outcome was that of the first candidate.
    """

    candidates: tuple[Likely, ...]
    edit: float
    held: int = 0
    seen: int = 0


class Offer(NamedTuple):
    """A place where all predictors agree, of the kind `agreed` or `unmarked`, and the marks that may hold there
    instead.

    All `readings` of the `place` are the present marks. `learned` has these and the other candidates.
    """

    place: Difference
    learned: LearnedPlace

    @property
    def instead(self) -> Marks | None:
        """The most probable candidate other than the present marks; None without one."""
        stands = next(iter(self.place.readings.values()), ())
        return next((each.marks for each in self.learned.candidates if each.marks != stands), None)


class Learned(NamedTuple):
    """What was learned about an example: a place for each difference, and the number of answers behind it.

    `offers` are the other places that deserve a row of their own, in text order.
    """

    answers: int
    places: tuple[LearnedPlace, ...]
    offers: tuple[Offer, ...] = ()


class Value(NamedTuple):
    """What an answer to an example is expected to bring and to cost: corrections of the export, and seconds."""

    errors: float
    seconds: float

    @property
    def rate(self) -> float:
        """Expected corrections per second. The queue sorts examples by it."""
        return round(self.errors / max(self.seconds, 1.0), 6)


class Record(NamedTuple):
    """One line of a source: a text and what came with it. `spans` and `cats` are None if the record has none.

    `one_label`: `cats` is the verdict on one label alone, as in Prodigy's binary records. `is_decision`: the answer is
    about these spans alone; None if the record does not say how it was made. `is_version`: it is one of several
    versions of the record before it. `span_fields` are the spans with more than bounds and label, whole. `token_fields`
    maps the number of a token to its other fields.
    """

    text: str
    spans: Spans | None = None
    cats: dict[str, float] | None = None
    tokens: tuple[Token, ...] | None = None
    meta: dict[str, Any] | None = None
    input_hash: int | None = None
    task_hash: int | None = None
    annotator: str | None = None
    answer: AnswerValue | None = None
    other_fields: Mapping[str, Any] = _NOTHING
    one_label: bool = False
    is_decision: bool | None = None
    is_version: bool = False
    span_fields: tuple[Mapping[str, Any], ...] = ()
    token_fields: Mapping[int, Mapping[str, Any]] = _NOTHING_OF_TOKENS


@dataclass(frozen=True, slots=True)
class Example:
    """One text with its tokens (character offsets), `meta` and Prodigy's `input_hash`.

    `span_fields` and `token_fields` come from the example's record; only an export reads them.
    """

    id: int
    text: str
    input_hash: int
    task_hash: int | None = None
    tokens: tuple[Token, ...] = ()
    meta: dict[str, Any] | None = None
    other_fields: dict[str, Any] = field(default_factory=dict)
    span_fields: Sequence[Mapping[str, Any]] = ()
    token_fields: Mapping[int, Mapping[str, Any]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LLMCall:
    """The request to an LLM and its answer, for one example. Of a recorded call only the answer is known.

    `request` is the digest of everything that decides the answer: model, parameters and prompt. `finish_reason` is the
    endpoint's word for why the answer ended. `tries` counts the requests; `cost` is in the currency of the config's
    prices. `reused`: the answer existed already, so nothing was sent or paid. `is_good`: if the prediction failed, this
    answer is not to blame. `is_kept`: the store has the call already.
    """

    prompt: str | None
    response: str | None
    seconds: float | None
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    request: bytes | None = None
    finish_reason: str | None = None
    tries: int = 1
    cost: float | None = None
    reused: bool = False
    is_good: bool = False
    is_kept: bool = False


@dataclass(frozen=True, slots=True)
class RunOrigin:
    """The source of a run. None stands for unknown.

    `path` is the file, config or pipeline as the person named it; `file_time` is when it was last written, in Unix
    seconds. `prompt` has the parts of its prompts by name.
    """

    path: str | None = None
    file_time: float | None = None
    prompt: Mapping[str, str] | None = None


UNKNOWN_ORIGIN = RunOrigin()


class Prediction(NamedTuple):
    """The spans or cats that one run gives one example. `error` says why it failed; then it has no spans.

    `dropped` holds mentions of an LLM's answer that have no place in the text, each with its `reason`. `mentions`
    counts all mentions by their fate. `scores` has one score per span, if the component gives scores. `labels` are the
    predictor's own labels before the label map, one per span or category; None without a label map.
    """

    example_id: int
    spans: Spans = ()
    cats: dict[str, float] | None = None
    error: str | None = None
    tokens: tuple[Token, ...] | None = None
    dropped: list[dict[str, Any]] | None = None
    calls: tuple[LLMCall, ...] = ()
    mentions: dict[str, int] | None = None
    scores: tuple[float | None, ...] | None = None
    labels: tuple[str, ...] | None = None

    @property
    def status(self) -> Literal["ok", "failed"]:
        return "ok" if self.error is None else "failed"


@dataclass(frozen=True, slots=True)
class CurrentPrediction:
    """A prediction as the screen needs it: by predictor, failed or with its marks.

    Categories are those that the scores `cats` decide for. `verdict` is `reject` or `ignore` if the prediction is an
    annotator's answer with that verdict.
    """

    predictor: str
    marks: Marks
    error: str | None = None
    dropped: tuple[dict[str, Any], ...] = ()
    cats: Mapping[str, float] = field(default_factory=dict)
    verdict: str = ""

    @property
    def labels(self) -> set[str]:
        """All labels of the prediction, also those that do not hold."""
        return {*self.cats, *(mark.label for mark in self.marks)}


@dataclass(frozen=True, slots=True)
class QueueItem:
    """One compared example in the queue: `score` 0..1, its differences in text order, and whether it is answered.

    `value` is what was learned about it; None if nothing was learned, or if nothing learned may show.
    """

    example: Example
    score: float
    differences: tuple[Difference, ...]
    predictions: Mapping[str, CurrentPrediction]
    answered: bool = False
    value: Value | None = None

    @property
    def status(self) -> str:
        if self.answered:
            return "answered"
        if self.differences:
            return "disagreeing"
        return "open" if sum(each.error is None for each in self.predictions.values()) < 2 else "agreed"


@dataclass(frozen=True, slots=True)
class ExampleRow:
    """One example in a list, with the beginning of its text.

    `score` is 0..1, or None if the example is not compared. `kinds` are those of its differences in text order.
    `answers` has (annotator, answer) for each answer in force. `failed`: at least one prediction failed. `value` is
    what was learned, None as in the queue. `of_slice`: the example was handed out as part of the slice.
    """

    id: int
    text: str
    score: float | None = None
    kinds: tuple[str, ...] = ()
    answers: tuple[tuple[str, str], ...] = ()
    flagged: bool = False
    noted: bool = False
    failed: bool = False
    value: Value | None = None
    of_slice: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """A person's decision on one example, and what it takes to learn from it later.

    `choices` has one item per difference, `offered` one per offer that was on screen. If the task is categories,
    `spans` is empty and `cats` has every known label. `shown` is the answer as the screen first showed it. `seconds` is
    time on screen, `keys` the number of keys pressed.

    `screen` says how the example was shown: the predictors from left to right, and whether their names were hidden. It
    also has what the answer started with (`first`), how many answers that rested on (`answers`), and how the example
    came to be reviewed (`selected_by`).
    """

    example_id: int
    annotator: str
    session: str
    answer: AnswerValue
    spans: Spans
    choices: tuple[SettledDifference, ...] = ()
    shown: Marks = ()
    seconds: float = 0.0
    keys: int = 0
    view: str = "review"
    cats: dict[str, float] | None = None
    screen: dict[str, Any] | None = None
    id: int | None = None
    answered_at: float = 0.0
    offered: tuple[SettledDifference, ...] = ()


@dataclass(frozen=True, slots=True)
class AnsweredExample:
    """A text, its tokens (character offsets; if empty, those of `text.tokens`), and each annotator's answer."""

    text: str
    tokens: tuple[Token, ...]
    answers: Mapping[str, Answer]


@dataclass(frozen=True, slots=True)
class Remark:
    """An annotator's remark on an example: a flag, a note, or both. `made_at` is in Unix seconds."""

    example_id: int
    annotator: str
    session: str
    flagged: bool = False
    note: str = ""
    made_at: float = 0.0
