"""The keys of a person who goes through the rows of a text in order, and edits what a row's keys cannot reach."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from benchmarks.player_keys.deciding import Player
from benchmarks.player_keys.marking import Marking
from benchmarks.player_keys.standing import TO_LETTER, Standing, commands_of
from benchmarks.player_keys.text_moves import Keys, TextMoves
from tiebreak.core.records import Span, Spans
from tiebreak.core.review.edit_place import go_to_difference
from tiebreak.core.review.editing import SpanEditor
from tiebreak.core.review.spans import SpanReview
from tiebreak.tui.text.layout import TextLayout

_MOST_ON_ROW = 3  # keys on a row; what takes more is edited
_GO_ON = frozenset(("left", "right", "0", "b"))  # keys that, like digits, go on to the next row if that is set
_AGAIN = "up"  # back to the row that a key has left


@dataclass(frozen=True)
class Habits:
    """A person's habits with the rows.

    `picks_on`: picks with the key that goes on to the next row. `goes_on`: has set that each choice goes on. `at_once`:
    takes the remaining rows with one key if they are right.
    """

    picks_on: bool = False
    goes_on: bool = False
    at_once: bool = False


class Habit:
    """Plans the keys of one text that was just opened; `all_of_it`: the gold must stand outside the rows too."""

    def __init__(
        self,
        review: SpanReview,
        labels: Sequence[str],
        layout: TextLayout,
        gold: Collection[Span],
        habits: Habits,
        *,
        all_of_it: bool,
    ) -> None:
        self.review = review
        self.labels = labels
        self.gold = frozenset(gold)
        self.habits = habits
        self.all_of_it = all_of_it
        self._moves = TextMoves(layout, review.tokens, review.task)
        self._player = Player(labels)

    def keys(self) -> Keys | None:
        """Return all keys, the accepting key last; None if no way was found."""
        wanted = self._player.wanted(self.review, self.gold)
        standing = [choice.marks for choice in self.review.choices]
        wrong = [at for at, marks in enumerate(wanted) if marks != standing[at]]
        rows = range(wrong[-1] + 1 if wrong and self.habits.at_once else 0 if self.habits.at_once else len(wanted))
        keys: list[str] = []
        for at in rows:
            pressed = self._on_row(at, wanted, standing)
            if pressed is None:
                return None
            keys += pressed
            standing[at] = wanted[at]
            if at + 1 < len(wanted) and not self._has_gone_on(pressed):
                commands = commands_of(pressed)
                is_pick = self.habits.picks_on and pressed[-1] in ("left", "right") and "e" not in commands
                keys[-1:] = [f"shift+{keys[-1]}"] if is_pick else [keys[-1], "tab"]
        return self._accepted(keys, self._stands(standing), takes_rest=len(rows) < len(wanted))

    def _on_row(self, at: int, wanted: Sequence[Spans], standing: Sequence[Spans]) -> Keys | None:
        if wanted[at] == standing[at]:
            return ("tab",) if self.review.differences[at].is_offer and not wanted[at] else ("enter",)
        keys = self._player.keys_at(self.review, at, wanted[at])
        if keys is not None and len(keys) <= _MOST_ON_ROW:
            return self._held(keys) if at + 1 < len(wanted) else keys
        after = [*standing[:at], wanted[at], *standing[at + 1 :]]
        edits = []
        for number, pick in ((None, ""), *((number, key) for number, key in self._picks(at, standing))):
            before = list(standing)
            if number is not None:
                before[at] = self.review.readings[at][number].marks
            edit = self._edit(self._stands(before), self._stands(after), at)
            if edit is not None:
                edits.append(self._picked(pick, edit))
        return min([(*edit, "enter") for edit in edits], key=len, default=None)

    def _picks(self, at: int, standing: Sequence[Spans]) -> list[tuple[int, str]]:
        """Return the reading that does not stand, if there are two, with the key that takes it."""
        readings = self.review.readings[at]
        if len(readings) != 2:
            return []
        return [(n, key) for n, key in enumerate(("left", "right")) if readings[n].marks != standing[at]]

    def _picked(self, pick: str, edit: Keys) -> Keys:
        """Return the edit after a reading was taken: on the row, or within the edit if a choice would go on."""
        if not pick:
            return edit
        if self.habits.goes_on:
            return (edit[0], {"left": "left_square_bracket", "right": "right_square_bracket"}[pick], *edit[1:])
        return (pick, *edit)

    def _held(self, keys: Keys) -> Keys:
        """Return the keys with a step back to the row wherever a choice before the last key would leave it."""
        if not self.habits.goes_on:
            return keys
        held: list[str] = []
        for at, key in enumerate(keys):
            held.append(key)
            if at < len(keys) - 1 and self._has_gone_on(keys[: at + 1]):
                held.append(_AGAIN)
        return tuple(held)

    def _has_gone_on(self, keys: Keys) -> bool:
        """Return whether the last of these keys on a row leads to the next row."""
        if len(keys) > 1 and keys[-2] in TO_LETTER:
            return False
        if keys[-1] == "tab" or (keys[-1] == "enter" and "e" not in commands_of(keys)):
            return True
        return self.habits.goes_on and (keys[-1] in _GO_ON or keys[-1].isdigit() or keys[-1] == "enter")

    def _accepted(self, keys: Sequence[str], stands: frozenset[Span], *, takes_rest: bool) -> Keys | None:
        if not self.all_of_it or stands == self.gold:
            return (*keys, "A" if takes_rest else "a")
        places = self.review.differences
        edit = self._edit(stands, self.gold, len(places) - 1)
        return None if edit is None else (*keys, *edit, "a")

    def _edit(self, before: frozenset[Span], after: frozenset[Span], at: int) -> Keys | None:
        """Return the keys of an edit that begins at the difference `at`, without the key that ends it."""
        review = self.review
        editor = SpanEditor(review.item.example.text, review.tokens, tuple(sorted(before)), review.task)
        if review.differences:
            go_to_difference(editor, review, at)
        standing = Standing(editor, self.labels, {}, marks=False)
        keys = Marking(self._moves, after, takes_all=False).step_by_step(standing)
        return None if keys is None else ("e", *keys)

    def _stands(self, rows: Sequence[Spans]) -> frozenset[Span]:
        """Return all spans with these at the rows; spans outside the rows give way if the task forbids overlap."""
        spans = {span for marks in rows for span in marks}
        if self.review.task.allows_overlap:
            return frozenset(spans.union(self.review.base))
        others = {each for each in self.review.base if not any(each.overlaps(span) for span in spans)}
        return frozenset(spans | others)
