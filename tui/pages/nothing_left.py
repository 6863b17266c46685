"""What the review screen says where no example is left: why, and what to press or type then."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from tiebreak.core.queue.nothing_left import NothingLeft, Why
from tiebreak.tui import commands
from tiebreak.tui.text.render import shorten

_SITUATIONS: Mapping[Why, str] = {
    Why.ON_OTHER_SCREENS: "Nothing else is left: {elsewhere}.",
    Why.FOR_NOW: "Nothing is left to review for now; what comes in shows here.",
    Why.NO_TEXTS: "The store holds no texts yet. Load some:",
    Why.NOT_COMPARED: (
        "Nothing is compared yet: that takes predictions of two models on one text, "
        "and the store has those of {predictors}."
    ),
    Why.ALL_AGREE: "All models agree on all {compared} compared examples.",
    Why.ALL_ANSWERED: "Nothing left to review: every disagreement has an answer.",
    Why.COMPARED_DONE: "Nothing left to review: every compared example has an answer.",
    Why.NONE_AGREED: "The models agree on no example: they differ on all {compared} compared ones.",
    Why.AGREED_DONE: "Nothing left to review: every example on which the models agree has an answer.",
    Why.NONE_OPEN: "Two models or more have read every text, so that none is open.",
    Why.OPEN_DONE: "Nothing left to review: every text that fewer than two models have read has an answer.",
    Why.SHARE_DONE: "Nothing in your share waits for an answer.",
    Why.NONE_FAILED: "No prediction failed.",
    Why.NONE_ANSWERED: "No example has an answer yet.",
    Why.NONE_DISPUTED: "Annotators differ on no example that has no adjudication yet.",
    Why.NONE_TO_ADJUDICATE: (
        "Nothing is left to adjudicate: annotators differ on no example that has no adjudication yet."
    ),
    Why.FILTER_DONE: "Nothing is left in this filter: all that it finds has an answer.",
    Why.FILTER_FINDS_NOTHING: "Nothing matches this filter.",
    Why.FILTER_FINDS_NONE_WAITING: "Nothing matches this filter, or all that does has an answer.",
}
_LEAVE = "{quit} leaves, {undo} goes back to your last answer"
_FILTER = "{filter} changes the filter (empty it, and {take} goes on with everything), {list} lists the examples"
_WAYS_ON: Mapping[Why, str] = {
    Why.ON_OTHER_SCREENS: f"What is left there without an answer comes here. {_LEAVE}",
    Why.FOR_NOW: _LEAVE,
    Why.NO_TEXTS: "  tiebreak load {store} SOURCE",
    Why.NOT_COMPARED: (
        "  tiebreak predict {store} PIPELINE\n\nThe first disagreement shows here. To review with one model, or none, "
        "name the labels:"
        "\n\n  tiebreak review {store} --label ORG,PERSON"
    ),
    Why.ALL_AGREE: "  --include-agreed shows them, --auto-accept accepts them",
    Why.ALL_ANSWERED: f"{_LEAVE}. Export what was settled:\n\n  tiebreak export {{store}} reviewed.jsonl",
    Why.COMPARED_DONE: f"{_LEAVE}. Export what was settled:\n\n  tiebreak export {{store}} reviewed.jsonl",
    Why.NONE_AGREED: _FILTER,
    Why.AGREED_DONE: f"{_FILTER}, {{undo}} undoes",
    Why.NONE_OPEN: _FILTER,
    Why.OPEN_DONE: (
        f"{_LEAVE}. Export what was settled:\n\n  tiebreak export {{store}} reviewed.jsonl\n\n"
        "What a model makes of the texts `tiebreak predict` and then `tiebreak report` tell; your answers stay."
    ),
    Why.SHARE_DONE: f"{_LEAVE}; `tiebreak team` says who has what",
    Why.NONE_FAILED: _FILTER,
    Why.NONE_ANSWERED: _FILTER,
    Why.NONE_DISPUTED: _FILTER,
    Why.NONE_TO_ADJUDICATE: (
        "--overlap 0.1 gives a tenth of the examples to all of them; {quit} leaves, {undo} goes back to your last "
        "adjudication"
    ),
    Why.FILTER_DONE: f"{_FILTER}, {{undo}} undoes",
    Why.FILTER_FINDS_NOTHING: _FILTER,
    Why.FILTER_FINDS_NONE_WAITING: f"{_FILTER}; status:all in the filter finds the answered ones, too",
}
_KEYS = ("quit", "undo", "filter", "list")  # the commands whose keys are named

_OF_COMPARED = (Why.ALL_AGREE, Why.ALL_ANSWERED, Why.COMPARED_DONE)  # where all that is compared is done

# Others may wait then, and a model that failed said nothing.
_OPEN = (
    "{texts} that fewer than two models have read {wait}: {filter} status:open finds {them}, as does\n\n"
    "  tiebreak review {store} --filter status:open"
)
_FAILED = "On {texts} a prediction failed, which is no agreement: {filter} status:failed finds {them}"


def situation(nothing: NothingLeft) -> str:
    """Why no example is left."""
    return _SITUATIONS[nothing.why].format(
        predictors=nothing.predictors, compared=nothing.compared, elsewhere=_elsewhere(nothing.elsewhere)
    )


def _elsewhere(names: Sequence[str]) -> str:
    """How many examples are on other screens, and whose."""
    who = shorten(", ".join(dict.fromkeys(names)), 40)
    if len(names) == 1:
        return f"1 example that waits is on another screen ({who})"
    return f"{len(names)} examples that wait are on other screens ({who})"


def _texts(count: int) -> tuple[str, str, str]:
    """So many texts, with the verb and the pronoun that fit."""
    return ("1 text", "waits", "it") if count == 1 else (f"{count:,} texts", "wait", "them")


def nothing_left_text(nothing: NothingLeft, store: Path, key_of: Callable[[str], str]) -> str:
    """Why no example is left, and what to do then; `key_of` gives the key of a command of the review screen."""
    keys = {name: key_of(name) for name in _KEYS} | {"take": commands.key_of(commands.FILTER, "take")}
    path = shlex.quote(str(store))
    parts = [situation(nothing), _WAYS_ON[nothing.why].format(store=path, **keys)]
    if nothing.failed:
        texts, _, them = _texts(nothing.failed)
        parts.append(_FAILED.format(texts=texts, them=them, **keys))
    if nothing.open and nothing.why in _OF_COMPARED:
        texts, wait, them = _texts(nothing.open)
        parts.append(_OPEN.format(texts=texts, wait=wait, them=them, store=path, **keys))
    if nothing.why is Why.OPEN_DONE and nothing.predictors > 1:
        parts.append(_FILTER.format(**keys))
    return "\n\n".join(parts)
