"""The part of a report on what was learned: which model was right where, and what would be exported there now."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from textwrap import wrap

from tiebreak.core.compare.alike import Alike, Outcome
from tiebreak.core.insight.learned import MOST_OPEN, LearnedAlike
from tiebreak.tui.pages.markdown import escaped

_MOST = 12  # patterns that a page shows
_WIDTH = 80
_NAME = 24  # characters; a longer name of a model or label is cut

ABOUT = (
    "How often each model was right, over all sessions, at places where the models say such labels. Also whose reading "
    "`tiebreak export --include best` would take now at the open places{where}."
)
WHERE = f" of the {MOST_OPEN:,} most valuable texts"  # if more texts have no answer
ABOUT_SETTLED = (
    "How often each model was right, over all sessions, at places where the models say such labels. `tiebreak report` "
    "adds what would be exported at the open places."
)
NOTHING = (
    "Nothing was learned yet about places where models differ. Answer some with `tiebreak review`, which learns while "
    "it is open, or run `tiebreak learn`."
)


def learned_lines(learned: Sequence[LearnedAlike], *, with_open: bool, unanswered: int = 0) -> Iterator[str]:
    """Yield this part of the page as lines of Markdown, 80 columns wide; so many texts are `unanswered`."""
    yield "## What was learned"
    yield ""
    if not learned:
        yield from wrap(NOTHING, _WIDTH)
        yield ""
        return
    about = ABOUT.format(where=WHERE if unanswered > MOST_OPEN else "")
    yield from wrap(about if with_open else ABOUT_SETTLED, _WIDTH)
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
    """Return the labels of each model there: models that say the same stand together, silent models last."""
    by_labels: dict[tuple[str, ...], list[str]] = {}
    for name, labels in alike.labels:
        by_labels.setdefault(labels, []).append(name)
    return ", ".join(
        f"{_names(names)} {' + '.join(escaped(label, _NAME) for label in labels) or 'nothing'}"
        for labels, names in sorted(by_labels.items(), key=lambda item: not item[0])
    )


def _right(each: LearnedAlike) -> str:
    if not each.settled:
        return "no such place is settled yet"
    right = [
        f"{escaped(name, _NAME)} {times} of {each.settled} ({times / each.settled:.0%})"
        for name, times in each.right.items()
    ]
    no_model = each.held["neither"] + each.held["other"]
    return f"right: {', '.join(right)}{f', no model {no_model}' if no_model else ''}"


def _open(each: LearnedAlike) -> str:
    exported = ", ".join(f"{times} {_as(outcome)}" for outcome, times in each.likely.most_common())
    return f"open: {each.open}; exported now {exported}; {each.probability:.0%} sure on average"


def _as(outcome: Outcome) -> str:
    if isinstance(outcome, tuple):
        return f"as {_names(outcome)}"
    return "with nothing there" if outcome == "neither" else "as no model has it"


def _names(names: Sequence[str]) -> str:
    return " and ".join(escaped(name, _NAME) for name in names)
