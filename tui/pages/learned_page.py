"""What was learned, as a part of the report's page: who was right where, and what would be exported there now."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from textwrap import wrap

from tiebreak.core.compare.alike import Alike, Outcome
from tiebreak.core.insight.learned import LearnedAlike
from tiebreak.tui.pages.markdown import escaped

_MOST = 12  # patterns that a page shows
_WIDTH = 80
_NAME = 24  # characters of a model or label that are shown

ABOUT = (
    "Where the models say such labels, over all sessions: how often each was right, and whose reading "
    "`tiebreak export --include best` would take now at the open places, in the 10,000 texts that are worth most."
)
ABOUT_SETTLED = (
    "Where the models say such labels, over all sessions: how often each was right. `tiebreak report` adds what would "
    "be exported at the open places."
)
NOTHING = (
    "Nothing was learned yet of places where models differ: it comes with your answers to such places, while "
    "`tiebreak review` is open, or by `tiebreak learn`."
)


def learned_lines(learned: Sequence[LearnedAlike], *, with_open: bool) -> Iterator[str]:
    """The part of the page, as lines of Markdown, 80 columns wide."""
    yield "## What was learned"
    yield ""
    if not learned:
        yield from wrap(NOTHING, _WIDTH)
        yield ""
        return
    yield from wrap(ABOUT if with_open else ABOUT_SETTLED, _WIDTH)
    yield ""
    for each in learned[:_MOST]:
        yield from _item("- ", f"**{escaped(each.alike.kind)}**: {_said(each.alike)}")
        yield from _item("  - ", _right(each))
        if each.open:
            yield from _item("  - ", _open(each))
    if len(learned) > _MOST:
        yield f"- and {len(learned) - _MOST} more (`tiebreak report --json` has them)"
    yield ""


def _item(mark: str, text: str) -> list[str]:
    return wrap(
        text,
        _WIDTH,
        initial_indent=mark,
        subsequent_indent=" " * len(mark),
        break_long_words=False,
        break_on_hyphens=False,
    )


def _said(alike: Alike) -> str:
    """Which models say what there: those that say the same stand together, those that say nothing last."""
    by_labels: dict[tuple[str, ...], list[str]] = {}
    for name, labels in alike.said:
        by_labels.setdefault(labels, []).append(name)
    return ", ".join(
        f"{_names(names)} {' + '.join(escaped(label, _NAME) for label in labels) or 'nothing'}"
        for labels, names in sorted(by_labels.items(), key=lambda said: not said[0])
    )


def _right(each: LearnedAlike) -> str:
    if not each.settled:
        return "no such place is settled yet"
    right = [
        f"{escaped(name, _NAME)} {times} of {each.settled} ({times / each.settled:.0%})"
        for name, times in each.right.items()
    ]
    nobody = each.held["neither"] + each.held["other"]
    return f"right: {', '.join(right)}{f', no model {nobody}' if nobody else ''}"


def _open(each: LearnedAlike) -> str:
    exported = ", ".join(f"{times} {_as(outcome)}" for outcome, times in each.likely.most_common())
    return f"open: {each.open}; exported now {exported}; {each.probability:.0%} sure on average"


def _as(outcome: Outcome) -> str:
    if isinstance(outcome, tuple):
        return f"as {_names(outcome)}"
    return "with nothing there" if outcome == "neither" else "as no model has it"


def _names(names: Sequence[str]) -> str:
    return " and ".join(escaped(name, _NAME) for name in names)
