"""A text that is answered place by place: the places that wait in it, and its draft after an answer to a place."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from itertools import product

from tiebreak.core.queue.places import PlaceKey, TextPlaces, WaitingPlace, place_value
from tiebreak.core.records import Category, SettledDifference, Span
from tiebreak.core.review.review import AnyReview
from tiebreak.core.store.drafts import PlaceAnswer, PlaceDraft, Stood


def keys_of(settled: Sequence[SettledDifference]) -> list[PlaceKey]:
    """Return the keys of the places of a text, which stay the same when other predictions come in."""
    return [(each.difference.start, each.difference.end, each.instead) for each in settled]


def waiting_in(review: AnyReview) -> TextPlaces:
    """Return the unsettled places with their values; none if the text is marked from scratch."""
    if review.is_unread:
        return TextPlaces((), 0)
    settled = review.settled()
    waiting = [
        WaitingPlace(key, place_value(each.marks, learned))
        for key, each, learned in zip(keys_of(settled), settled, review.learned, strict=True)
        if not each.confirmed
    ]
    return TextPlaces(waiting, len(settled))


def restore_draft(kept: PlaceDraft, review: AnyReview) -> None:
    """Go on with a draft in a newly opened `review`; places that are not settled start as without the draft."""
    if tuple([each.difference for each in kept.settled]) == review.differences:
        kept = _refreshed(kept, review)
        review.begin_as(kept.settled, review.rests_on)
    review.restore(kept.settled, kept.marks)


def _refreshed(kept: PlaceDraft, review: AnyReview) -> PlaceDraft:
    """Return the draft with the first readings of `review` at the places that the annotator has not touched."""
    settled, marks = list(kept.settled), {*kept.marks}
    for at, (was, now) in enumerate(zip(kept.settled, review.settled(), strict=True)):
        if was != now and not was.confirmed and was.marks == was.first:
            others = marks.difference(was.marks)
            if review.task.allows_overlap or not any(_overlap(*each) for each in product(now.marks, others)):
                settled[at], marks = now, others.union(now.marks)
    return replace(kept, settled=tuple(settled), marks=tuple(sorted(marks)))


def _overlap(mark: Span | Category, other: Span | Category) -> bool:
    return isinstance(mark, Span) and isinstance(other, Span) and mark.overlaps(other)


def begun(review: AnyReview, kept: PlaceDraft | None = None) -> PlaceDraft:
    """Return the draft of a review that was just opened.

    It goes on from the draft that the store `kept`. Place answers can be taken back if their places still exist.
    """
    draft = PlaceDraft(review.item.example.id, review.settled(), review.marks)
    if kept is None:
        return draft
    numbers = {key: at for at, key in enumerate(keys_of(draft.settled))}
    at = {was: numbers[key] for was, key in enumerate(keys_of(kept.settled)) if key in numbers}
    places = [
        replace(each, at=at[each.at], before=tuple([replace(was, at=at[was.at]) for was in each.before]))
        for each in kept.places
        if {each.at, *(was.at for was in each.before)} <= at.keys()
    ]
    return replace(draft, places=tuple(places), seconds=kept.seconds, keys=kept.keys)


def answered(draft: PlaceDraft, review: AnyReview, *, seconds: float, keys: int) -> PlaceDraft:
    """Return the draft with the answer to the focused place of `review`, which was opened from this draft."""
    settled, marks = review.settled(), {*review.marks}
    before = [
        Stood(at, was.choice, was.marks, was.confirmed)
        for at, (was, now) in enumerate(zip(draft.settled, settled, strict=True))
        if (was.choice, was.marks, was.confirmed) != (now.choice, now.marks, now.confirmed)
    ]
    answer = PlaceAnswer(
        review.focus,
        seconds,
        keys,
        time.time(),
        tuple(before),
        tuple(sorted(marks.difference(draft.marks))),
        tuple(sorted({*draft.marks} - marks)),
    )
    return replace(
        draft,
        settled=settled,
        marks=review.marks,
        places=(*draft.places, answer),
        seconds=draft.seconds + seconds,
        keys=draft.keys + keys,
    )
