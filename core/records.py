"""The words of the design as data: spans, examples, predictions, differences, answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Literal, NamedTuple, get_args


class Task(StrEnum):
    """What a store's predictions are: spans that may not overlap, or may; one category of several, or any of them."""

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
    """What a prediction is made of. All that depends on it is looked up by it, in a table or in `core.tasks`."""

    SPANS = "spans"
    CATEGORIES = "categories"


class OffsetUnit(StrEnum):
    """What the offsets of a file count: code points, as Python does, or UTF-16 units, as browsers do.

    A character beyond U+FFFF, an emoji for example, is one code point and two UTF-16 units.
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
    """A category that holds of a text."""

    label: str


Spans = tuple[Span, ...]
Categories = tuple[Category, ...]
Marks = tuple[Span | Category, ...]  # what a reading is made of: all spans, or all categories, by the task
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

    For categories it is one label, from 0 to 0 and of the kind `missing`: who says that it holds, and who does not.
    An offer is a place, too, at which all readings are the same: of a mark on which all agree, or of nothing.
    """

    start: int
    end: int
    kind: Kind | OfferKind
    readings: Mapping[str, Marks]

    @property
    def is_offer(self) -> bool:
        """Whether no predictor differs here: something else was learned to be probable."""
        return self.kind in OFFER_KINDS

    @property
    def is_category(self) -> bool:
        """Whether it is about a category."""
        return any(isinstance(mark, Category) for marks in self.readings.values() for mark in marks)

    @property
    def label(self) -> str:
        """The label that a difference between categories is about; of spans the first of them, "" without any."""
        return next((mark.label for marks in self.readings.values() for mark in marks), "")


@dataclass(frozen=True, slots=True)
class SettledDifference:
    """What an answer holds at a difference: the `marks`, how they were chosen, and whether the person confirmed them.

    `predictors` are those whose reading was chosen. `first` is what the screen showed first here, and `probability` how
    probable that was, 0..1; None where nothing had been learned. An answer of an older version may know no readings,
    and no `first`. `instead` is what was offered instead of what all predictors say; None at a difference.
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
        """The first label that is spoken of: of categories, what the place is about."""
        return self.difference.label or next((mark.label for mark in self.instead or ()), "")


class Likely(NamedTuple):
    """What may hold at a difference, and its probability, 0..1."""

    marks: Marks
    probability: float


class LearnedPlace(NamedTuple):
    """What was learned of one difference: the candidates, the most probable first.

    `edit` is the probability that none of all candidates holds; what the candidates leave out makes up the rest.
    `held` of `seen` settled differences alike (the same predictors say the same labels) had the outcome that the first
    candidate would be.
    """

    candidates: tuple[Likely, ...]
    edit: float
    held: int = 0
    seen: int = 0


class Offer(NamedTuple):
    """A place at which no predictor differs, of the kind `agreed` or `unmarked`, and what may hold there instead.

    The `readings` of the `place` all say what stands there. `learned` has that and the other candidates.
    """

    place: Difference
    learned: LearnedPlace

    @property
    def instead(self) -> Marks | None:
        """The most probable candidate other than what stands; None without one."""
        stands = next(iter(self.place.readings.values()), ())
        return next((each.marks for each in self.learned.candidates if each.marks != stands), None)


class Learned(NamedTuple):
    """What was learned of an example: a place for each difference, and the number of answers that this rests on.

    `offers` are the other places that are worth a row of their own, in text order.
    """

    answers: int
    places: tuple[LearnedPlace, ...]
    offers: tuple[Offer, ...] = ()


class Value(NamedTuple):
    """What an answer to an example is expected to bring, and to take: corrections of the export, and seconds."""

    errors: float
    seconds: float

    @property
    def rate(self) -> float:
        """Expected corrections a second, by which examples are ordered."""
        return round(self.errors / max(self.seconds, 1.0), 6)


class Record(NamedTuple):
    """One line of a source: a text, and what came with it. `spans` and `cats` are None where the record has none.

    `one_label` says that `cats` is the verdict on one label alone, as in Prodigy's binary records, and `is_decision`
    that its answer is about these spans alone; None where the record does not say how it was made. `is_version` says
    that it is what one of several said of the text of the record before it. `span_fields` are the spans that hold more
    than bounds and label, whole; `token_fields` has, by number, what else a token holds.
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

    `span_fields` and `token_fields` are those of the record that it came from; only an export reads them.
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
    """What went to an LLM and what came back, for one example; of a recorded call the answer alone is known.

    `request` is the digest of all that decides the answer: model, parameters and prompt. `finish_reason` is the
    endpoint's word for why the answer ended. `tries` counts the requests it took; `cost` is in the currency of the
    config's prices. `reused`: the answer was there already, so that nothing was sent or paid. `is_good`: it is no
    fault of this answer if the prediction failed. `is_kept`: the store has the call already.
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
    """What a run came from: `path` is the file, config or pipeline as it was named, `file_time` when that was last
    written, in Unix seconds, and `prompt` what its prompts are made of, by part. None is unknown.
    """

    path: str | None = None
    file_time: float | None = None
    prompt: Mapping[str, str] | None = None


UNKNOWN_ORIGIN = RunOrigin()


class Prediction(NamedTuple):
    """What one run says of one example. `error` says why it failed; a failed prediction has no spans.

    `dropped` holds mentions of an LLM's answer that could not be placed, each with its `reason`; `mentions` counts all
    of them by what became of them. `scores` has one for each span, where the component gives them. `labels` are those
    of the predictor, before a label map, one a span or category; None where there is no label map.
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

    Categories are those that the scores `cats` decide for. `verdict` is `reject` or `ignore` if it is an annotator's
    answer that was one.
    """

    predictor: str
    marks: Marks
    error: str | None = None
    dropped: tuple[dict[str, Any], ...] = ()
    cats: Mapping[str, float] = field(default_factory=dict)
    verdict: str = ""

    @property
    def labels(self) -> set[str]:
        """The labels that it speaks of, also those that do not hold."""
        return {*self.cats, *(mark.label for mark in self.marks)}


@dataclass(frozen=True, slots=True)
class QueueItem:
    """One compared example in the queue: `score` 0..1, its differences in text order, and whether it is answered.

    `value` is what was learned of it; None where nothing was, or where nothing learned may show.
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
    """One example in a list: the beginning of its text, `score` 0..1 or None where it is not compared, the kinds of
    its differences in text order, and (annotator, answer) of each answer in force. `failed`: some prediction did.
    `value` is what was learned of it, None as in the queue. `of_slice`: it was given out as a text of the slice.
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
    """What a person decided for one example, and what it takes to learn from it later.

    `choices` has one item a difference, `offered` one for each offer that was on screen. Where the task is categories
    `spans` is empty and `cats` has each known label. `shown` is the answer as the screen first showed it. `screen` says
    which predictors stood from left to right, whether their names were hidden, what the answer started with (`first`)
    and how many answers that rested on (`answers`), and how the example came to be reviewed (`selected_by`). `seconds`
    is time on screen, `keys` the keys pressed.
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
    """A text, its tokens (character offsets; none: those of `text.tokens`), and what each annotator answered."""

    text: str
    tokens: tuple[Token, ...]
    answers: Mapping[str, Answer]


@dataclass(frozen=True, slots=True)
class Remark:
    """What an annotator remarked on an example: a flag, a note, or both. `made_at` is in Unix seconds."""

    example_id: int
    annotator: str
    session: str
    flagged: bool = False
    note: str = ""
    made_at: float = 0.0
