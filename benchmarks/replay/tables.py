"""The figures of a replay as tables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

_OTHERS = {
    "calibration_error": "calibration error of the first reading",
    "minutes_by_itself": "minutes for all texts",
    "learning_ms": "ms to learn after an answer",
}


def lines(found: Mapping[str, Any]) -> Iterator[str]:
    """Yield the lines of all tables; a figure is the mean of the seeds, with their range."""
    yield (
        f"{found['file']}, {' against '.join(found['systems'])} ({found['task']}): {found['texts']:,} texts, "
        f"{found['differences']:,} differences, {found['minutes']:.1f} minutes, {found['seeds']} seeds"
    )
    moments = found["f1"]
    yield from _table(
        "F1 of the whole export", {rest: {at: moments[at][rest] for at in moments} for rest in _rests(moments)}
    )
    yield from _table(
        "first reading right", {name: {"over the run": each} for name, each in found["first_reading_right"].items()}
    )
    yield from _table(
        "left system's errors fixed", {name: {"at 20%": each} for name, each in found["errors_fixed"].items()}
    )
    reached = {name: {"minutes": each} for name, each in found["minutes_to_prodigys_hour"].items()}
    yield from _table("time to the F1 of simulated Prodigy's hour", reached)
    offers = found["offers"]
    kinds = {kind: {"rows": offers[kind], "right": offers[f"{kind}_right"]} for kind in ("added", "dropped")}
    yield from _table("marks offered where no system differs", kinds)
    others = {what: {"": found[name]} for name, what in _OTHERS.items()}
    yield from _table("in the order by itself", others)
    yield from _table("keys a difference, by the real bindings", _keys_rows(found["keys"]))
    yield from _targets_table(found["targets"])


def _targets_table(targets: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    if targets:
        yield ""
        yield f"{'what it must reach':<72}{'measured':>10}{'against':>10}{'':>10}  {'reach':<17}ok?"
    for each in targets:
        against = "" if each["against"] is None else f"{each['against']:.3f}"
        value = f"{each['value']:.2f}×" if each["is_ratio"] else f"{each['value']:+.3f}" if against else ""
        bound = f"{each['word']} {each['bound']:g}{'×' if each['is_ratio'] else ''}"
        ok = "yes" if each["ok"] else "NO"
        yield f"  {each['what']:<70}{each['measured']:>10.3f}{against:>10}{value:>10}  {bound:<17}{ok}"


def _keys_rows(keys: Mapping[str, Any]) -> dict[str, Any]:
    """Return the figures of each game by its name, with the number of texts that it gave up."""
    rows = {}
    for name, game in keys.items():
        given_up = f" (texts given up: {game['given_up']['mean']:g})" if game["given_up"]["most"] else ""
        cells = {"in all": game["a_difference"], "without accepting": game["a_difference_without_accepting"]}
        rows[f"{name}{given_up}"] = cells
    return rows


def _rests(moments: Mapping[str, Any]) -> list[str]:
    return list(next(iter(moments.values())))


def _table(title: str, rows: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    """Yield a table: a line for each row, under the names of the columns."""
    if not rows:
        return
    columns = list(next(iter(rows.values())))
    yield ""
    yield f"{title:<44}" + "".join(f"{name:>20}" for name in columns)
    for name, cells in rows.items():
        yield f"  {name:<42}" + "".join(f"{_cell(cells[column]):>20}" for column in columns)


def _cell(figure: Mapping[str, Any]) -> str:
    if figure["mean"] is None:
        return "none"
    return f"{figure['mean']:.3f} ({figure['least']:.3f}-{figure['most']:.3f})"
