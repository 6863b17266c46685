"""The effect of standing first, as a page of Markdown."""

from __future__ import annotations

from collections.abc import Iterator

from tiebreak.core.insight.anchoring import LIKELIER, OTHER, Anchoring, Shown
from tiebreak.tui.text.values import counted

NOTHING = (
    "Nothing to measure yet. `tiebreak review DB --anchoring 5%` shows the runner-up first at some places where two "
    "candidates are about as likely."
)
_RANKS = {LIKELIER: "the likelier candidate", OTHER: "the runner-up"}


def anchoring_markdown(found: Anchoring) -> str:
    """Return the page."""
    return "\n".join(_lines(found)) + "\n"


def _lines(found: Anchoring) -> Iterator[str]:
    yield "# Anchoring: how often the candidate that stood first became the answer"
    yield ""
    if not found.places:
        yield NOTHING
        return
    places = counted(found.places, "place")
    yield f"At {places} two candidates were about as likely; {found.swapped} of them showed the runner-up first."
    yield ""
    yield "| became the answer | shown first | shown second | more often when first | 95% sure |"
    yield "|---|---|---|---|---|"
    for rank, shown in found.by_rank.items():
        yield f"| {_RANKS[rank]} | {_share(shown.taken_first, shown.first)} | " + _rest(shown)
    yield ""
    yield "If an interval holds 0, standing first may have no effect. If it lies above 0, answers lean to the first."


def _rest(shown: Shown) -> str:
    low, high = shown.interval
    gap = "–" if shown.gap is None else f"{shown.gap:+.0%}"
    return f"{_share(shown.taken_second, shown.second)} | {gap} | {low:+.0%} to {high:+.0%} |"


def _share(part: int, whole: int) -> str:
    return f"{part}/{whole} ({part / whole:.0%})" if whole else "–"
