"""The texts that estimates rest on: known texts, a random sample of the rest, and missing texts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from tiebreak.core.insight.beside import OutsideCounts
from tiebreak.core.insight.given_out import GivenOutText, Traits, traits_of
from tiebreak.core.insight.tallied import Tallied, given_out_texts
from tiebreak.core.insight.tallying import Tallying
from tiebreak.core.records import Marks
from tiebreak.core.store.connection import Store
from tiebreak.core.store.measured import (
    ComparedText,
    Sums,
    TextGroup,
    accepted_by_auto,
    answers_that_count,
    compared_texts,
    skipped_texts,
    sums_of,
    text_groups,
)
from tiebreak.core.store.slices import SliceText, slice_texts


class Rest(NamedTuple):
    """The texts that no annotator was shown: their number, those on which all models agree, and their traits."""

    texts: int
    agreeing: int
    traits: Traits


@dataclass(frozen=True)
class Sampled:
    """A part of the texts, as estimates see it; `sums` are over all its compared texts.

    `sample` has the answered slice texts that no order has reached. They are a random sample of these and of the
    `rest`, the texts that no annotator was shown. `missing_sample` has such texts without a usable answer.

    Of the other slice texts, `known` are answered, and `missing` were given out without a usable answer. `beside`
    counts texts outside the slice that were given out. `listed` is the number of slice texts that wait to be given out.
    """

    group: TextGroup
    sums: Sums
    rest: Rest
    known: Sequence[GivenOutText] = ()
    sample: Sequence[GivenOutText] = ()
    missing_sample: Sequence[GivenOutText] = ()
    missing: Sequence[GivenOutText] = ()
    beside: OutsideCounts = field(default_factory=OutsideCounts)
    listed: int = 0
    is_auto_accepted: bool = False


@dataclass
class _Standing:
    """The ids of texts by where they stand; `listed` texts wait to be given out as slice texts."""

    sample: set[int] = field(default_factory=set)
    missing: set[int] = field(default_factory=set)
    listed: set[int] = field(default_factory=set)


def sampled_groups(store: Store, to_keep: list[Tallying] | None = None) -> list[Sampled]:
    """Return all parts of the texts, each with its sample; by annotators, and then in the order of loading.

    The new counts join `to_keep`; the caller calls `keep` of each once no snapshot is held.
    """
    with store.snapshot():
        groups, of_slice = text_groups(store), slice_texts(store)
        ids = {each.example_id for each in of_slice}
        answers = answers_that_count(store, ids)
        off = skipped_texts(store)
        off_slice = (off & ids) - answers.keys()
        compared = compared_texts(store, ids)
        standing = _standing(groups, of_slice, answers, off_slice, compared)
        texts = given_out_texts(store, answers, off_slice | standing.missing, compared, of_slice)
        tallied = Tallied(store, groups, ids, off)
        found = [_sampled(store, group, standing, texts, tallied) for group in groups]
    if to_keep is not None:
        to_keep += tallied.to_keep
    return found


def prefix(listed: Sequence[SliceText], waits: Collection[int]) -> list[SliceText]:
    """Return the slice texts of a part's list before the first that waits to be given out.

    A text that was given out and waits for its answer is among them only if a text after it was given out, too.
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
    groups: Sequence[TextGroup],
    of_slice: Sequence[SliceText],
    answers: Mapping[int, Marks | None],
    off: Collection[int],
    compared: Mapping[int, ComparedText],
) -> _Standing:
    standing = _Standing()
    waits = {
        each.example_id
        for each in of_slice
        if each.example_id in compared and each.example_id not in answers and each.example_id not in off
    }
    for group in groups:
        listed = [
            each for each in of_slice if group.first <= each.example_id <= group.last and each.example_id in compared
        ]
        standing.listed |= waits.intersection(each.example_id for each in listed)
        found = prefix(listed, waits)
        standing.missing |= waits.intersection(each.example_id for each in found)
        standing.sample |= {each.example_id for each in found if not each.is_reached}
    return standing


def _sampled(
    store: Store, group: TextGroup, standing: _Standing, texts: Mapping[int, GivenOutText], tallied: Tallied
) -> Sampled:
    within = [each for each in texts.values() if group.first <= each.id <= group.last]
    in_sample = [each for each in within if each.id in standing.sample]
    others = [each for each in within if each.id not in standing.sample]
    marks, beside = tallied.marks[group], tallied.beside[group]
    sums = sums_of(store, group, marks["marks"], marks["at_differences"])
    return Sampled(
        group,
        sums,
        _rest(sums, within, beside),
        [each for each in others if each.answered is not None],
        [each for each in in_sample if each.answered is not None],
        [each for each in in_sample if each.answered is None],
        [each for each in others if each.answered is None],
        beside,
        len([each for each in standing.listed if group.first <= each <= group.last]),
        accepted_by_auto(store, group) > 0,
    )


def _rest(sums: Sums, one_by_one: Sequence[GivenOutText], beside: OutsideCounts) -> Rest:
    """Return the sums without the texts that were given out."""
    marks, at_differences = Counter(sums.marks), Counter(sums.at_differences)
    all_traits = [beside.traits(), *map(traits_of, one_by_one)]
    for traits in all_traits:
        marks.subtract(traits.marks)
        at_differences.subtract(traits.at_differences)
    differences = sums.differences - sum(traits.differences for traits in all_traits)
    agreeing = sums.agreeing - beside.agreeing() - sum(not text.differences for text in one_by_one)
    texts = sums.texts - beside.texts() - len(one_by_one)
    return Rest(texts, agreeing, Traits(marks, at_differences, differences))
