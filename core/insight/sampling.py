"""Which texts estimates rest on: those that are known, a random sample of the rest, and those that are missing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from tiebreak.core.records import Category, Marks, Span
from tiebreak.core.store.comparisons import current_ok_predictions
from tiebreak.core.store.connection import Store, in_parts
from tiebreak.core.store.measured import (
    Compared,
    Part,
    Sums,
    accepted_by_auto,
    answers_that_count,
    compared_texts,
    exported_of_slice,
    parts_of,
    put_off,
    sums_of,
)
from tiebreak.core.store.slices import SliceText, slice_texts

Set = frozenset[Span | Category]


class Text(NamedTuple):
    """A compared text that was given out: what each model says, what all of them say, and what was `answered`.

    `answered` is None if it was rejected, ignored, or put off. `expected_errors` is what was learned of it; None if
    nothing was. `exported` is what would go out of a slice text if nobody had answered it; None if nobody knows.
    """

    id: int
    readings: Mapping[str, Set]
    agreed: Set
    differences: int
    answered: Set | None
    expected_errors: float | None = None
    exported: Set | None = None
    is_unmarked: bool = False
    is_put_off: bool = False


class Traits(NamedTuple):
    """What is known of one text, or of many, before anyone answers: sums of this can be expected alike.

    By model its marks, and those of them that lie at differences; and how many differences there are.
    """

    marks: Mapping[str, float]
    at_differences: Mapping[str, float]
    differences: float


class Rest(NamedTuple):
    """The texts that nobody was shown: how many, on how many of them all models agree, and the sum of their traits."""

    texts: int
    agreeing: int
    traits: Traits


@dataclass(frozen=True)
class Sampled:
    """A part of the texts, as estimates see it; `sums` are over all of its compared ones.

    `sample` are the slice texts that no order has reached: at random of these and of the rest, which nobody was shown.
    `missing_sample` are those of them without a usable answer. Beside it, `known` texts are answered, and `missing`
    ones were given out and are not. `listed` texts of the slice wait to be given out.
    """

    part: Part
    sums: Sums
    rest: Rest
    known: Sequence[Text] = ()
    sample: Sequence[Text] = ()
    missing_sample: Sequence[Text] = ()
    missing: Sequence[Text] = ()
    listed: int = 0
    is_auto_accepted: bool = False


@dataclass
class _Standing:
    """Where each text stands; `listed` ones wait to be given out as of the slice."""

    sample: set[int] = field(default_factory=set)
    missing: set[int] = field(default_factory=set)
    listed: set[int] = field(default_factory=set)


def traits_of(text: Text) -> Traits:
    """Return the traits of one text."""
    marks = {name: float(len(said)) for name, said in text.readings.items()}
    at_differences = {name: count - len(text.agreed) for name, count in marks.items()}
    return Traits(marks, at_differences, text.differences)


def sampled_parts(store: Store) -> list[Sampled]:
    """Return all parts of the texts, each with its sample; by annotators, and then in the order of loading."""
    with store.snapshot():
        parts = parts_of(store)
        answers = answers_that_count(store)
        off = put_off(store) - answers.keys()
        of_slice = slice_texts(store)
        compared = compared_texts(store, {*answers, *off, *(each.example_id for each in of_slice)})
        standing = _standing(parts, of_slice, answers, off, compared)
        texts = _texts(store, answers, off | standing.missing, compared, of_slice)
        return [_sampled(store, part, standing, texts) for part in parts]


def prefix(listed: Sequence[SliceText], waits: Collection[int]) -> list[SliceText]:
    """Return the slice texts of a part's list before the first one that waits to be given out.

    One that was given out and waits for its answer is among them only if one behind it was given out, too.
    """
    found = []
    for each in listed:
        if not each.is_drawn:
            if each.example_id in waits:
                break
            continue
        found.append(each)
    while found and found[-1].example_id in waits:
        found.pop()
    return found


def _standing(
    parts: Sequence[Part],
    of_slice: Sequence[SliceText],
    answers: Mapping[int, Marks | None],
    off: Collection[int],
    compared: Mapping[int, Compared],
) -> _Standing:
    standing = _Standing()
    waits = {
        each.example_id
        for each in of_slice
        if each.example_id in compared and each.example_id not in answers and each.example_id not in off
    }
    for part in parts:
        listed = [
            each for each in of_slice if part.first <= each.example_id <= part.last and each.example_id in compared
        ]
        standing.listed |= waits.intersection(each.example_id for each in listed)
        found = prefix(listed, waits)
        standing.missing |= waits.intersection(each.example_id for each in found)
        standing.sample |= {each.example_id for each in found if not each.is_reached}
    return standing


def _texts(
    store: Store,
    answers: Mapping[int, Marks | None],
    without: Collection[int],
    compared: Mapping[int, Compared],
    of_slice: Sequence[SliceText],
) -> dict[int, Text]:
    """The texts that were given out, by their ids."""
    rules, exported = store.rules, exported_of_slice(store)
    unmarked = {each.example_id for each in of_slice if each.is_unmarked}
    texts = {}
    for marks, part in in_parts(sorted({*answers, *without})):
        for example_id, said in current_ok_predictions(store, marks, part).items():
            readings = {name: rules.marks_of(each) for name, each in said.items()}
            sets = {name: frozenset(marks) for name, marks in readings.items()}
            answered, said_of_slice = answers.get(example_id), exported.get(example_id)
            texts[example_id] = Text(
                example_id,
                sets,
                frozenset.intersection(*sets.values()) if sets else frozenset(),
                compared[example_id].differences,
                None if answered is None else frozenset(answered),
                compared[example_id].errors,
                None if said_of_slice is None else frozenset(said_of_slice),
                is_unmarked=example_id in unmarked,
                is_put_off=example_id not in answers,
            )
    return texts


def _sampled(store: Store, part: Part, standing: _Standing, texts: Mapping[int, Text]) -> Sampled:
    within = [each for each in texts.values() if part.first <= each.id <= part.last]
    in_sample = [each for each in within if each.id in standing.sample]
    beside = [each for each in within if each.id not in standing.sample]
    sums = sums_of(store, part)
    return Sampled(
        part,
        sums,
        _rest(sums, within),
        [each for each in beside if each.answered is not None],
        [each for each in in_sample if each.answered is not None],
        [each for each in in_sample if each.answered is None],
        [each for each in beside if each.answered is None],
        len([each for each in standing.listed if part.first <= each <= part.last]),
        accepted_by_auto(store, part) > 0,
    )


def _rest(sums: Sums, given_out: Sequence[Text]) -> Rest:
    """What the sums leave if these texts are taken away."""
    marks, at_differences = Counter(sums.marks), Counter(sums.at_differences)
    for text in given_out:
        for name, said in text.readings.items():
            marks[name] -= len(said)
            at_differences[name] -= len(said) - len(text.agreed)
    differences = sums.differences - sum(text.differences for text in given_out)
    agreeing = sums.agreeing - sum(not text.differences for text in given_out)
    return Rest(sums.texts - len(given_out), agreeing, Traits(marks, at_differences, differences))
