"""Lines of the review screen on one review: its legend, its faults, and what was taken back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich.cells import cell_len
from rich.style import Style
from rich.text import Text

from tiebreak.core.review.choices import Choice
from tiebreak.core.review.review import AnyReview
from tiebreak.core.review.same_words import SameWords
from tiebreak.tui.text.cutting import cut_apart
from tiebreak.tui.text.render import Palette, describe_dropped, describe_spans, letter, shorten, visible
from tiebreak.tui.widgets.category_drawing import NO_CATEGORY
from tiebreak.tui.widgets.drawing import Drawing

_SHORTEST_NAME = 4  # cells; names are cut no shorter
_LONG, _MANY = 600, 12  # words and differences; a text with so many of both is very long


def shown_names(review: AnyReview, short: Mapping[str, str], *, blind: bool) -> dict[str, str]:
    """Return the name of each predictor on screen: as in `short`, or its letter if names are hidden."""
    return {name: letter(number) if blind else short[name] for number, name in enumerate(review.item.predictions)}


def faults_text(review: AnyReview, names: Mapping[str, str]) -> str:
    """Return the predictions that failed or lost mentions, in one line, or "".

    If names are hidden, so are reasons and lost mentions, which could give a model away.
    """
    faults = []
    for number, (name, prediction) in enumerate(review.item.predictions.items()):
        hidden = names[name] == letter(number) != name
        if prediction.error is not None:
            faults.append(f"{names[name]} failed" if hidden else f"{names[name]} failed: {prediction.error}")
        elif prediction.dropped and not hidden:
            faults.append(f"{names[name]} also named {describe_dropped(prediction.dropped)}")
    return shorten(" · ".join(faults), 300)


def taken_back_text(review: AnyReview, before: Sequence[Choice[Any]], outside: Sequence[Any], drawing: Drawing) -> str:
    """Return what was taken back and what stands there again; `before` are the choices before that.

    Of the marks `outside` the differences it says only that they changed.
    """
    if review.is_one_decision:
        return _decision_taken_back(review, _held(before, outside), _held(review.choices, review.base))
    elsewhere = f"outside the {row_word(review)}s"
    now, also = review.choices, "" if review.base == outside else f", and what lies {elsewhere}"
    changed = [at for at, (was, chosen) in enumerate(zip(before, now, strict=True)) if was != chosen]
    if not changed and not now:
        return "taken back: the last change"
    if not changed:
        return f"taken back: the change {elsewhere}"
    if len(changed) > 1:
        return f"taken back: the choices at {len(changed)} {row_word(review)}s{also}"
    at = changed[0]
    was, chosen = drawing.describe(review, at, before[at]), drawing.describe(review, at, now[at])
    open_again = "" if now[at].confirmed else ", not confirmed"
    if was == chosen:
        return f"taken back: {row_word(review)} {at + 1} is not confirmed any more ({chosen}){also}"
    return f"taken back at {row_word(review)} {at + 1}: {was}; it is {chosen} again{open_again}{also}"


def _decision_taken_back(review: AnyReview, was: str, chosen: str) -> str:
    if was == chosen:
        return f"taken back: {chosen} is not confirmed any more"
    return f"taken back: {was}; it is {chosen} again{', not confirmed' if review.unconfirmed else ''}"


def _held(choices: Sequence[Choice[Any]], outside: Sequence[Any]) -> str:
    """Return the category that holds by the choices and the marks outside of them."""
    held = [*(mark for choice in choices for mark in choice.marks), *outside]
    return ", ".join([visible(mark.label) for mark in held]) or NO_CATEGORY


def same_words_text(text: str, found: SameWords) -> str:
    """Return what was decided at the other places with the same words, and how many were left alone."""
    words = shorten(text[slice(*found.words)], 24)
    what = describe_spans(text, found.marks, 24) if found.marks else f"no span at {words}"
    alone = [
        f"{count} {why}"
        for count, why in ((found.in_the_way, "with other bounds"), (found.without_row, "without a row"))
        if count
    ]
    done = f"{found.done} more" if found.done else "nothing more to decide"
    return f"{what}: {done}" + (f"; left alone: {', '.join(alone)}" if alone else "")


def row_word(review: AnyReview) -> str:
    """Return the word for a row of the list: "difference", "row" if some are offers, "question" with one model."""
    if review.is_open_text:
        return "question"
    return "row" if any(place.is_offer for place in review.differences) else "difference"


def who_reads_text(review: AnyReview, names: Mapping[str, str]) -> str:
    """Return the legend's words beside the names: which colour agreement has, that it is hidden, or that no model read.

    It ends in two blanks, or is "".
    """
    readers = [names[name] for name in review.proposals]
    if not readers:
        return "no model has read this  "
    everyone = readers[0] if len(readers) == 1 else "both" if len(names) == 2 else "all"
    if len(readers) > 1 and len(readers) < len(names):  # a prediction failed, and has no reading
        everyone = " ".join(letter(number) for number, name in enumerate(names) if name in review.proposals)
    if review.hides_agreed:
        return f"what {everyone} {'says' if len(readers) == 1 else 'say'} is hidden  "
    return "" if len(readers) == 1 else f"{everyone} agree  "


def is_very_long(review: AnyReview) -> bool:
    """Return whether the text is so long that reviewing it place by place may be better."""
    return len(review.differences) >= _MANY and len(review.item.example.text.split()) >= _LONG


def place_text(review: AnyReview, begun: int) -> tuple[str, str]:
    """Return which place of its text is on screen, when one place is shown at a time; and what is open besides."""
    place = f"place {review.focus + 1} of {len(review.differences)} here"
    texts = f" · {begun} text{'s' * (begun != 1)} begun" if begun else ""
    return place, f", {review.unconfirmed} open{texts}"


def legend_text(
    review: AnyReview, names: Mapping[str, str], palette: Palette, width: int, places: tuple[str, str] | None = None
) -> Text:
    """Return the legend: the models with their letters, and how many differences are still to be settled.

    `places` is from `place_text`, if one place is shown at a time. If `width` is too small, the names are cut, so that
    each letter and the place still show.
    """
    count = review.row_count
    row = row_word(review)
    agree = who_reads_text(review, names)
    place = places[0] if places is not None else f"{row} {review.row + 1} of {count}" if count else ""
    flag = "  ⚑" if review.remark is not None and review.remark.flagged else ""
    shown = {name: "" if names[name] == letter(number) else names[name] for number, name in enumerate(names)}
    failed = {name for name, each in review.item.predictions.items() if each.error is not None}
    room = width - len(f" {place}{flag} …") - sum(5 if name else 4 for name in shown.values()) - 7 * len(failed)
    narrow = sum(map(cell_len, shown.values())) + len(agree) > room
    if narrow:
        shown = _cut(shown, room)
    legend = Text(" ")
    for number, name in enumerate(names):
        sign = f"{palette.line(number)}{letter(number)}"
        legend.append(f"{sign} {shown[name]}  " if shown[name] else f"{sign}  ", palette.style(number, bold=True))
        if name in failed:
            legend.right_crop(1)
            legend.append("failed", Style(color=palette.error, bold=True)).append("  ")
    if not narrow:
        legend.append(agree, "dim" if review.hides_agreed or review.is_open_text else palette.agreed)
    legend.append(place)
    unconfirmed = f", {review.unconfirmed} {'not confirmed' if review.sliced is None else 'open'}"
    if not review.unconfirmed:
        unconfirmed = ""
    if places is not None:
        unconfirmed = places[1]
    if not narrow or legend.cell_len + len(unconfirmed) + len(flag) <= width:
        legend.append(unconfirmed, "dim")
    legend.append(flag, "bold")
    if review.remark is not None and review.remark.note:
        legend.append(f"  {shorten(review.remark.note, 200)}", "dim italic")
    return legend


def _cut(names: Mapping[str, str], room: int) -> dict[str, str]:
    """Return the names, the longest cut until all have room or are as short as `_SHORTEST_NAME`."""
    longest = max(map(cell_len, names.values()), default=0)
    while longest > _SHORTEST_NAME and sum(min(cell_len(name), longest) for name in names.values()) > room:
        longest -= 1
    return dict(zip(names, cut_apart([*names.values()], [longest] * len(names)), strict=True))
