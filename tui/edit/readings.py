"""The commands that take a model's reading in an edit."""

from __future__ import annotations

from tiebreak.core.review.edit_place import difference_here, take_reading
from tiebreak.tui.edit.view import EditController, EditView
from tiebreak.tui.text.readings import reading_letters
from tiebreak.tui.text.render import describe_spans

COMMANDS = ("left_reading", "right_reading")


class Readings(EditController):
    """Takes the reading on the left or right at the difference here; again, the next one of three or more."""

    def __init__(self, view: EditView) -> None:
        super().__init__(view)
        self._taken: tuple[int, str, int] | None = None  # the difference, the command and the number of the reading

    def before(self, name: str) -> None:
        """Prepare for a command: after any other one, a reading is taken at the difference under the cursor."""
        if name not in COMMANDS:
            self._taken = None

    def do_left_reading(self) -> None:
        self._take("left_reading")

    def do_right_reading(self) -> None:
        self._take("right_reading")

    def _take(self, name: str) -> None:
        view, review, before = self.view, self.view.review, self._taken
        at = difference_here(view.editor, review) if before is None else before[0]
        if at is None:
            view.say(f"no difference here or after it; {view.key_of('previous_difference')} goes back to the last one")
            return
        readings, step = review.readings[at], 1 if name == "left_reading" else -1
        is_again = before is not None and before[1] == name and len(readings) > 2
        number = (before[2] + step) % len(readings) if before and is_again else (0 if step > 0 else len(readings) - 1)
        take_reading(view.editor, review, at, number)
        view.selecting = False
        self._taken = at, name, number
        view.say(self._description(at, number))

    def _description(self, at: int, number: int) -> str:
        """Return a reading in words: its number, its models, its spans."""
        review = self.view.review
        readings = review.readings[at]
        numbers = {name: number for number, name in enumerate(review.item.predictions)}
        models = reading_letters(review.differences[at], readings[number], numbers)
        which = f"reading {number + 1} of {len(readings)}, " if len(readings) > 2 else ""
        marks = readings[number].marks
        return (
            f"{which}{models or 'offered'}: {describe_spans(self.view.editor.text, marks, 40) if marks else 'no span'}"
        )
