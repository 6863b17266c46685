"""What the review screen says where no example is left: why, and what to press or type then."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping
from pathlib import Path

from tiebreak.core.queue.nothing_left import NothingLeft, Why
from tiebreak.tui import commands

_SITUATIONS: Mapping[Why, str] = {
    Why.FOR_NOW: "Nothing is left to review for now; what comes in shows here.",
    Why.NO_TEXTS: "The store holds no texts yet. Load some:",
    Why.NOT_COMPARED: (
        "Nothing is compared yet: that takes predictions of two models, and the store has those of {predictors}."
    ),
    Why.ALL_AGREE: "All models agree on all {compared} compared examples.",
    Why.ALL_ANSWERED: "Nothing left to review: every disagreement has an answer.",
    Why.OPEN_DONE: "Nothing left to review: every text that fewer than two models have read has an answer.",
    Why.SHARE_DONE: ("Nothing is left of your share: all of it has an answer, or another annotator has it on screen."),
    Why.FILTER_DONE: "Nothing is left in this filter: all that it finds has an answer.",
    Why.FILTER_FINDS_NOTHING: "Nothing matches this filter, or all that does has an answer.",
    Why.NONE_DISPUTED: "Nothing is left to adjudicate: annotators differ on no example that has no adjudication yet.",
}
_LEAVE = "{quit} leaves, {undo} goes back to your last answer"
_FILTER = "{filter} changes the filter (empty it, and {take} goes on with everything), {list} lists the examples"
_WAYS_ON: Mapping[Why, str] = {
    Why.FOR_NOW: _LEAVE,
    Why.NO_TEXTS: "  tiebreak load {store} SOURCE",
    Why.NOT_COMPARED: (
        "  tiebreak predict {store} PIPELINE\n\nThe first disagreement shows here. To review with one model, or none, "
        "name the labels:"
        "\n\n  tiebreak review {store} --label ORG,PERSON"
    ),
    Why.ALL_AGREE: "  --include-agreed shows them, --auto-accept accepts them",
    Why.ALL_ANSWERED: f"{_LEAVE}. Export what was settled:\n\n  tiebreak export {{store}} reviewed.jsonl",
    Why.OPEN_DONE: (
        f"{_LEAVE}. Export what was settled:\n\n  tiebreak export {{store}} reviewed.jsonl\n\n"
        "What a model makes of the texts `tiebreak predict` and then `tiebreak report` tell; your answers stay."
    ),
    Why.SHARE_DONE: f"{_LEAVE}; `tiebreak team` says who has what",
    Why.FILTER_DONE: f"{_FILTER}, {{undo}} undoes",
    Why.FILTER_FINDS_NOTHING: f"{_FILTER}; status:all in the filter finds the answered ones, too",
    Why.NONE_DISPUTED: (
        "--overlap 0.1 gives a tenth of the examples to all of them; {quit} leaves, {undo} goes back to your last "
        "adjudication"
    ),
}
_KEYS = ("quit", "undo", "filter", "list")  # the commands whose keys are named


# Where all that is compared is done, others may wait.
_OPEN = (
    "{texts} that fewer than two models have read {wait}: {filter} status:open finds {them}, as does\n\n"
    "  tiebreak review {store} --filter status:open"
)


def situation(nothing: NothingLeft) -> str:
    """Why no example is left."""
    return _SITUATIONS[nothing.why].format(predictors=nothing.predictors, compared=nothing.compared)


def nothing_left_text(nothing: NothingLeft, store: Path, key_of: Callable[[str], str]) -> str:
    """Why no example is left, and what to do then; `key_of` gives the key of a command of the review screen."""
    keys = {name: key_of(name) for name in _KEYS} | {"take": commands.key_of(commands.FILTER, "take")}
    path = shlex.quote(str(store))
    way_on = _WAYS_ON[nothing.why].format(store=path, **keys)
    if nothing.open and nothing.why in (Why.ALL_AGREE, Why.ALL_ANSWERED):
        texts, wait, them = (
            ("1 text", "waits", "it") if nothing.open == 1 else (f"{nothing.open:,} texts", "wait", "them")
        )
        way_on += "\n\n" + _OPEN.format(texts=texts, wait=wait, them=them, store=path, **keys)
    if nothing.why is Why.OPEN_DONE and nothing.predictors > 1:
        way_on += f"\n\n{_FILTER.format(**keys)}"
    return f"{situation(nothing)}\n\n{way_on}"
