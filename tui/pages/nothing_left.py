"""The review screen's text when no example is left: why, and what to press or type."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from tiebreak.core.queue.nothing_left import NothingLeft, Why
from tiebreak.tui import commands
from tiebreak.tui.text.render import shorten
from tiebreak.tui.text.values import counted

_SITUATIONS: Mapping[Why, str] = {
    Why.ON_OTHER_SCREENS: "Nothing else is left: {elsewhere}.",
    Why.FOR_NOW: "Nothing is left to review for now; new examples will show here.",
    Why.NO_TEXTS: "The store holds no texts yet. Load some:",
    Why.NOT_COMPARED: (
        "Nothing is compared yet: a comparison needs predictions of two models on one text, "
        "and the store has {predictors}."
    ),
    Why.ALL_AGREE: "All models agree on all {compared} compared examples.",
    Why.ALL_ANSWERED: "Nothing left to review: every disagreement has an answer.",
    Why.COMPARED_DONE: "Nothing left to review: every compared example has an answer.",
    Why.NONE_AGREED: "The models agree on no example: they differ on all {compared} compared examples.",
    Why.AGREED_DONE: "Nothing left to review: every example on which the models agree has an answer.",
    Why.NONE_OPEN: "Two models or more have read every text, so no text is open.",
    Why.OPEN_DONE: "Nothing left to review: every text that fewer than two models have read has an answer.",
    Why.SHARE_DONE: "Nothing in your share waits for an answer.",
    Why.NONE_FAILED: "No prediction failed.",
    Why.NONE_ANSWERED: "No example has an answer yet.",
    Why.NONE_DISPUTED: "There is no example on which annotators differ and that has no adjudication yet.",
    Why.NONE_TO_ADJUDICATE: "Nothing is left to adjudicate: annotators differ on no other example.",
    Why.FILTER_DONE: "Nothing is left in this filter: every example that it finds has an answer.",
    Why.FILTER_FINDS_NOTHING: "Nothing matches this filter.",
    Why.FILTER_FINDS_NONE_WAITING: "Nothing matches this filter, or every match has an answer.",
}
_LEAVE = "{quit} leaves, {undo} goes back to your last answer"
_FILTER = "{filter} changes the filter (to go on with everything, empty it and press {take}), {list} lists the examples"
_WAYS_ON: Mapping[Why, str] = {
    Why.ON_OTHER_SCREENS: f"Examples that stay unanswered there come here. {_LEAVE}",
    Why.FOR_NOW: _LEAVE,
    Why.NO_TEXTS: "  tiebreak load {store} SOURCE",
    Why.NOT_COMPARED: (
        "  tiebreak predict {store} PIPELINE\n\nThe first disagreement will show here. To review with one model, or "
        "without any, name the labels:"
        "\n\n  tiebreak review {store} --label ORG,PERSON"
    ),
    Why.ALL_AGREE: "  --include-agreed shows them, --auto-accept accepts them",
    Why.ALL_ANSWERED: f"{_LEAVE}. To export what was settled:\n\n  tiebreak export {{store}} reviewed.jsonl",
    Why.COMPARED_DONE: f"{_LEAVE}. To export what was settled:\n\n  tiebreak export {{store}} reviewed.jsonl",
    Why.NONE_AGREED: _FILTER,
    Why.AGREED_DONE: f"{_FILTER}, {{undo}} undoes",
    Why.NONE_OPEN: _FILTER,
    Why.OPEN_DONE: (
        f"{_LEAVE}. To export what was settled:\n\n  tiebreak export {{store}} reviewed.jsonl\n\n"
        "To see how good a model is on these texts, run `tiebreak predict`, then `tiebreak report`; your answers stay."
    ),
    Why.SHARE_DONE: f"{_LEAVE}; `tiebreak team` shows the shares",
    Why.NONE_FAILED: _FILTER,
    Why.NONE_ANSWERED: _FILTER,
    Why.NONE_DISPUTED: _FILTER,
    Why.NONE_TO_ADJUDICATE: (
        "--overlap 0.1 gives a tenth of the examples to all annotators; {quit} leaves, {undo} goes back to your last "
        "adjudication"
    ),
    Why.FILTER_DONE: f"{_FILTER}, {{undo}} undoes",
    Why.FILTER_FINDS_NOTHING: _FILTER,
    Why.FILTER_FINDS_NONE_WAITING: f"{_FILTER}; with status:all the filter finds answered examples, too",
}
_KEYS = ("quit", "undo", "filter", "list")  # the commands whose keys are named

_OF_COMPARED = (Why.ALL_AGREE, Why.ALL_ANSWERED, Why.COMPARED_DONE)  # all compared examples are done

# Then open texts may wait, and texts on which a prediction failed.
_OPEN = (
    "{texts} that fewer than two models have read {wait}: {filter} status:open finds {them}, as does\n\n"
    "  tiebreak review {store} --filter status:open"
)
_FAILED = "On {texts} a prediction failed, which is not agreement: {filter} status:failed finds {them}"


def situation(nothing: NothingLeft) -> str:
    """Return why no example is left."""
    return _SITUATIONS[nothing.why].format(
        predictors=_predictions_of(nothing.predictors),
        compared=nothing.compared,
        elsewhere=_elsewhere(nothing.elsewhere),
    )


def _predictions_of(predictors: int) -> str:
    """Return whose predictions the store has, in words that follow "predictions ... , and the store has"."""
    return f"those of {counted(predictors, 'model')}" if predictors else "none"


def _elsewhere(names: Sequence[str]) -> str:
    """Return how many examples are on other screens, and the annotators there."""
    annotators = shorten(", ".join(dict.fromkeys(names)), 40)
    if len(names) == 1:
        return f"1 example that waits is on another screen ({annotators})"
    return f"{len(names)} examples that wait are on other screens ({annotators})"


def _texts(count: int) -> tuple[str, str, str]:
    """Return so many texts, with the verb and the pronoun that fit."""
    return counted(count, "text"), *(("waits", "it") if count == 1 else ("wait", "them"))


def nothing_left_text(nothing: NothingLeft, store: Path, key_of: Callable[[str], str]) -> str:
    """Return why no example is left, and what to do; `key_of` returns the key of a command of the review screen."""
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
