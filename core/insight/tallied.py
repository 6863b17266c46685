"""Counts over many texts that estimates keep: of texts given out beside the slice, and of all predictions."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

from tiebreak.core.insight.beside import OutsideCounts
from tiebreak.core.insight.given_out import GivenOutText
from tiebreak.core.insight.tallying import Tallying
from tiebreak.core.records import Marks
from tiebreak.core.store.comparisons import current_ok_predictions
from tiebreak.core.store.connection import Store, in_batches
from tiebreak.core.store.measured import (
    ComparedText,
    TextGroup,
    answers_that_count,
    compared_by_part,
    compared_texts,
    exported_of_slice,
    marks_of_models,
)
from tiebreak.core.store.slices import SliceText
from tiebreak.core.store.standing import standing_answers
from tiebreak.core.store.tallies import PART
from tiebreak.core.store.teaching import is_due, learned_stamp, predictions_stamp

_AT_ONCE = 250  # texts; few enough that the cache of decoded marks serves both answers and predictions of a text

GivenOut = tuple[int, int]  # the ids of a text and of an answer in force; 0 if the text was put off


class _Cell(NamedTuple):
    """The texts of one part within `PART` ids that were given out beside the slice, and the basis of their counts."""

    last: int
    compared: object
    given: Sequence[GivenOut]


class Tallied:
    """The counts of some parts of the texts, from kept counts if possible; `to_keep` has the counts to keep."""

    def __init__(
        self, store: Store, groups: Sequence[TextGroup], of_slice: Collection[int], off: Collection[int]
    ) -> None:
        self._store = store
        self._compared = compared_by_part(store, PART)
        self._basis = predictions_stamp(store), learned_stamp(store)
        self._texts, self._marks = Tallying(store, "texts given out"), Tallying(store, "marks of models")
        self.to_keep = [] if is_due(store) else [self._texts, self._marks]
        self.beside = self._count_beside(groups, of_slice, off)
        self.marks = self._count_marks(groups)

    def _count_beside(
        self, groups: Sequence[TextGroup], of_slice: Collection[int], off: Collection[int]
    ) -> Mapping[TextGroup, OutsideCounts]:
        """Count the texts that were given out beside the slice, by part."""
        part_of = {
            max(group.first, chunk * PART): group
            for group in groups
            for chunk in range(group.first // PART, group.last // PART + 1)
        }
        firsts = sorted(part_of)
        given: dict[int, list[GivenOut]] = {}
        standing = ((each.example_id, each.id) for each in standing_answers(self._store))
        for each in (*standing, *((example_id, 0) for example_id in sorted(off))):
            if each[0] not in of_slice:
                given.setdefault(firsts[bisect_right(firsts, each[0]) - 1], []).append(each)
        cells = {
            first: [_Cell(part_of[first].last, self._compared.get(first // PART), its)] for first, its in given.items()
        }
        found = {group: OutsideCounts() for group in groups}
        counted = self._texts.count(cells, self._basis, lambda cell: self._counted(cell[0].given))
        for first, counts in zip(sorted(cells), counted, strict=True):
            found[part_of[first]].add_up(counts)
        return found

    def _counted(self, given: Sequence[GivenOut]) -> dict[str, Any]:
        found = OutsideCounts()
        ids = sorted({example_id for example_id, _ in given})
        for at in range(0, len(ids), _AT_ONCE):
            part = ids[at : at + _AT_ONCE]
            answers = answers_that_count(self._store, part)
            compared = compared_texts(self._store, part)
            texts = given_out_texts(self._store, answers, compared.keys() - answers.keys(), compared, ())
            for text in texts.values():
                found.add(text)
        return found.as_json()

    def _count_marks(self, groups: Sequence[TextGroup]) -> Mapping[TextGroup, Mapping[str, Mapping[str, int]]]:
        """Count the marks of each model, and its marks at differences, by part."""
        wanted = {group.first: [group] for group in groups}
        basis = self._basis, self._compared
        counted = self._marks.count(wanted, basis, lambda its: marks_of_models(self._store, its[0]))
        return {wanted[first][0]: each for first, each in zip(sorted(wanted), counted, strict=True)}


def given_out_texts(
    store: Store,
    answers: Mapping[int, Marks | None],
    without: Collection[int],
    compared: Mapping[int, ComparedText],
    of_slice: Sequence[SliceText],
) -> dict[int, GivenOutText]:
    """Return texts that were given out, by id: the texts with `answers`, and those `without`."""
    rules, exported = store.rules, exported_of_slice(store) if of_slice else {}
    unmarked = {each.example_id for each in of_slice if each.is_unmarked}
    texts = {}
    for marks, part in in_batches(sorted({*answers, *without})):
        for example_id, predictions in current_ok_predictions(store, marks, part).items():
            sets = {name: frozenset(rules.marks_of(each)) for name, each in predictions.items()}
            answered, exported_here = answers.get(example_id), exported.get(example_id)
            texts[example_id] = GivenOutText(
                example_id,
                sets,
                frozenset.intersection(*sets.values()) if sets else frozenset(),
                compared[example_id].differences,
                None if answered is None else frozenset(answered),
                compared[example_id].errors,
                None if exported_here is None else frozenset(exported_here),
                is_unmarked=example_id in unmarked,
                is_put_off=example_id not in answers,
            )
    return texts
