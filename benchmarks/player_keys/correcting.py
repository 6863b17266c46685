"""The fewest keys found that leave exactly the gold spans in a text that one model has read."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from benchmarks.player_keys.deciding import Player, best_tour
from benchmarks.player_keys.marking import Marking
from benchmarks.player_keys.standing import Standing, commands_of
from benchmarks.player_keys.text_moves import Keys, TextMoves
from tiebreak.core.records import Span, Spans
from tiebreak.core.review.edit_place import go_to_difference
from tiebreak.core.review.editing import SpanEditor
from tiebreak.core.review.spans import SpanReview
from tiebreak.tui.text.layout import TextLayout

_CHEAP = (1, 2)  # keys; if the text is edited anyway, rows that take at most this many are still settled as rows


class Correcting:
    """Plans the keys of one text that was just opened: rows first, then the rest in edit mode."""

    def __init__(self, review: SpanReview, labels: Sequence[str], layout: TextLayout, gold: Collection[Span]) -> None:
        self.review = review
        self.labels = labels
        self.gold = frozenset(gold)
        self.moves = TextMoves(layout, review.tokens, review.task)
        player = Player(labels)
        self.wanted = player.wanted(review, gold)
        stands = [choice.marks for choice in review.choices]
        self.needed: dict[int, Keys | None] = {
            at: player.keys_at(review, at, spans) for at, spans in enumerate(self.wanted) if spans != stands[at]
        }

    def keys(self) -> Keys | None:
        """Return all keys, the accepting key last; None if no way was found."""
        known = {at: keys for at, keys in self.needed.items() if keys is not None and "e" not in commands_of(keys)}
        most = max((len(keys) for keys in known.values()), default=0)
        sets = {frozenset(at for at, keys in known.items() if len(keys) <= least) for least in (0, *_CHEAP, most)}
        ways = [way for rows in sets if (way := self._way({at: known[at] for at in rows})) is not None]
        return min(ways, key=len, default=None)

    def _way(self, rows: dict[int, Keys]) -> Keys | None:
        """Return the keys that settle these as rows, and the rest in edit mode."""
        needed = [rows.get(at, ()) for at in range(len(self.wanted))]
        order, keys = best_tour(needed, frozenset(range(len(needed))))
        spans = self._standing_after(rows)
        if self.gold == {*spans}:
            return (*keys, "a")
        editor = SpanEditor(self.review.item.example.text, self.review.tokens, spans, self.review.task)
        if self.review.differences:
            go_to_difference(editor, self.review, order[-1] if order else 0)
        standing = Standing(editor, self.labels, {}, marks=False)
        edit = Marking(self.moves, self.gold, takes_all=False).keys(standing)
        return None if edit is None else (*keys, "e", *edit, "a")

    def _standing_after(self, rows: Collection[int]) -> Spans:
        """Return the spans once these rows are settled; others that overlap give way if the task forbids overlap."""
        settled = {span for at in rows for span in self.wanted[at]}
        others = {
            span for at, choice in enumerate(self.review.choices) if at not in rows for span in choice.marks
        }.union(self.review.base)
        if not self.review.task.allows_overlap:
            others = {span for span in others if not any(span.overlaps(each) for each in settled)}
        return tuple(sorted(settled | others))
