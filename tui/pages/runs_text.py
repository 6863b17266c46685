"""Runs as text: the name of each, where it came from, and how its prompt changed since the previous run."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence

from tiebreak.core.store.status import RunStatus
from tiebreak.tui.text.render import shorten, visible
from tiebreak.tui.text.values import counted

_CHANGES = 20  # lines of a diff that are shown at most
_WIDTH = 200  # characters; a longer line of a diff is cut
_DIGITS = 12  # digits of a fingerprint that are shown, enough to distinguish runs


def origin_text(run: RunStatus) -> str:
    """Return where a run came from, and the time of that file."""
    if run.path is None:
        return "from an unknown source"
    written = "" if run.file_time is None else f", written {_time_text(run.file_time)}"
    return f"from {visible(run.path)}{written}"


def _time_text(moment: float) -> str:
    try:
        return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(moment))
    except (ValueError, OverflowError, OSError):
        return f"{moment:g}"  # beyond the years that this machine can format


def change_lines(run: RunStatus) -> Iterator[str]:
    """Yield how an LLM's prompt changed since the previous run of its predictor; `run` is not the first."""
    if run.kind != "llm":
        return
    if run.changes is None:
        yield "prompt: what changed since the previous run is unknown"
    elif not run.changes:
        yield "prompt: the same as in the previous run"
    else:
        yield "prompt, since the previous run:"
        yield from (f"  {shorten(line, _WIDTH)}" if line.strip() else "  " for line in run.changes[:_CHANGES])
        if len(run.changes) > _CHANGES:
            yield f"  and {counted(len(run.changes) - _CHANGES, 'more line')}"


def by_predictor(runs: Sequence[RunStatus]) -> dict[str, list[RunStatus]]:
    """Return the runs of each predictor, in their order."""
    found: dict[str, list[RunStatus]] = {}
    for run in runs:
        found.setdefault(run.predictor, []).append(run)
    return found


def firsts(runs: Sequence[RunStatus]) -> set[int]:
    """Return the ids of each predictor's first run; `runs` are the oldest first."""
    return {own[0].id for own in by_predictor(runs).values()}


def predictor_lines(runs: Sequence[RunStatus]) -> Iterator[str]:
    """Yield the lines on each predictor with its runs, the oldest first."""
    first = firsts(runs)
    for name, own in by_predictor(runs).items():
        yield f"{visible(name)}: {'left out of the comparison' if own[0].left_out else 'compared'}"
        for run in own:
            yield from (f"    {line}" for line in _run_lines(run, is_first=run.id in first))


def _run_lines(run: RunStatus, *, is_first: bool) -> Iterator[str]:
    failed = f", {run.failed} failed" if run.failed else ""
    current = ", current" if run.current else ""
    yield f"run {run.id}{current}: {visible(run.model)}; {run.ok} read{failed}; since {run.started_at}"
    yield f"    {origin_text(run)}"
    yield f"    {run.kind}, fingerprint {visible(run.fingerprint)[:_DIGITS]}{_label_map(run)}"
    if not is_first:
        yield from (f"    {line}" for line in change_lines(run))


def _label_map(run: RunStatus) -> str:
    return f", label map {visible(run.label_map)}" if run.label_map else ""
