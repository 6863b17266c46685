"""agreement: how well the annotators of a store agree."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from tiebreak.core.errors import ConfigError, UsageError
from tiebreak.core.records import TaskKind
from tiebreak.tui.cli.annotators import checked_annotator, known_annotator
from tiebreak.tui.cli.application import app
from tiebreak.tui.cli.common import AsJson, Database, plural, print_json

if TYPE_CHECKING:
    from tiebreak.core.compare.pairing import Confusion
    from tiebreak.core.insight.agreement import Agreement, Matches, Measures
    from tiebreak.core.store.connection import Store

_PAIRED = 10  # cells; an annotator's name in a pair is cut to fit
_NAME = 16  # cells; a label at the head of a row is cut to fit
_COLUMN = 8  # cells; a label at the head of a column is cut to fit
_MATRIX = 5  # labels; with more, the confusions are listed, not drawn as a matrix
_LARGEST = 12  # confusions that are listed at most
_NOTHING = "–"  # a measure that is not defined
_ALONE = "agreement needs two annotators; name another as well"
NOBODY = (
    "No example was answered by two annotators, so there is no agreement to measure. "
    "To have every annotator answer the same tenth of the examples: `tiebreak review DB --overlap 0.1`"
)


@app.command()
def agreement(
    database: Database,
    annotators: Annotated[
        list[str] | None,
        typer.Option("--annotator", metavar="NAME", help="Only these annotators; name two or more (may be repeated)."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Print how well annotators agree, and what they confuse. By verdicts, F1, kappa and alpha."""
    from tiebreak.core.insight.agreement import measure
    from tiebreak.core.store.agreements import answered_by_several
    from tiebreak.core.store.opening import open_store
    from tiebreak.tui.cli.json_objects import agreement_object

    typed = list(map(checked_annotator, annotators or []))
    if len({*typed}) == 1:
        raise UsageError(f"--annotator {typed[0]}: {_ALONE}")
    with open_store(database) as store:
        names = [known_annotator(store, name) for name in typed]
        _check_names(store, names)
        found = measure(answered_by_several(store, names), store.task)
    if as_json:
        print_json(agreement_object(found))
    else:
        typer.echo("\n".join(agreement_lines(found)))


def _check_names(store: Store, names: Sequence[str]) -> None:
    """Raise ConfigError if the store does not know a name, or if all the names are one."""
    from tiebreak.core.store.reporting import annotator_names

    known = annotator_names(store) if names else []
    for name in names:
        if name not in known:
            raise ConfigError(
                f"--annotator {name}: no answers by that name; the store has answers by {', '.join(known) or 'nobody'}"
            )
    if len({*names}) == 1:
        raise ConfigError(f"--annotator {names[0]}: {_ALONE}")


def agreement_lines(found: Agreement) -> Iterator[str]:
    """Yield the agreement as plain text: a table of the pairs and of all, then labels and confusions of each."""
    if not found.pairs:
        yield NOBODY
        return
    yield from _summary(found)
    if len(found.pairs) > 1:
        yield from _details("All pairs of annotators together", found.overall, "alpha", None)
    for names, pair in found.pairs.items():
        yield from _details(" and ".join(_cut(name, 32) for name in names), pair, "kappa", names)


_UNITS = {TaskKind.SPANS: "token", TaskKind.CATEGORIES: "text"}


def _summary(found: Agreement) -> Iterator[str]:
    yield f"{plural(found.overall.examples, 'example')} answered by two annotators or more"
    yield ""
    rows = [
        (f"{_cut(one, _PAIRED)} · {_cut(other, _PAIRED)}", *_measured(pair))
        for (one, other), pair in found.pairs.items()
    ]
    rows.append(("all (alpha)", *_measured(found.overall)))
    yield from _table(("", "common", "same", "kappa", "accepted", "F1", "partial", "labels"), rows)
    yield ""
    yield "same and kappa are of the verdicts (accept, reject, ignore) on common examples;"
    yield f"F1, partial (F1) and labels (kappa by {_UNITS[found.task.kind]}) are of those that both accepted."


def _measured(measures: Measures) -> tuple[str, ...]:
    return (
        str(measures.comparisons),
        _share(measures.equal_share),
        _number(measures.verdict_chance),
        str(measures.accepted),
        _share(measures.matches.f1),
        _share(measures.matches.partial_f1),
        _number(measures.chance),
    )


def _details(title: str, measures: Measures, chance: str, names: Sequence[str] | None) -> Iterator[str]:
    """Yield the labels and confusions of two annotators, or of all if `names` is None."""
    yield ""
    yield title
    if not measures.accepted:
        yield "  accepted no example in common"
        return
    if not measures.labels:
        yield "  no labels in what they accepted"
        return
    yield ""
    heads = [_cut(name, _COLUMN) for name in names] if names else ["in all"]
    yield from _table(
        ("label", "equal", *heads, "F1", "partial", chance),
        [
            (_cut(label, _NAME), *_counts(each, bool(names)), _number(measures.label_chances[label]))
            for label, each in measures.labels.items()
        ],
    )
    yield ""
    yield from _confusions(measures.confusions, names)


def _counts(matches: Matches, apart: bool) -> tuple[str, ...]:
    counts = (matches.first, matches.second) if apart else (matches.first + matches.second,)
    return str(matches.both), *map(str, counts), _share(matches.f1), _share(matches.partial_f1)


def _confusions(confusions: Mapping[Confusion, int], names: Sequence[str] | None) -> Iterator[str]:
    """Yield a matrix of the first annotator's labels (rows) by the second's; for many labels, the largest confusions.

    Without names, a confusion counts in either direction.
    """
    if not confusions:
        return
    labels = sorted({label for each in confusions for label in each if label is not None})
    one, other = (_cut(name, _NAME) for name in names or ("one", "other"))
    if len(labels) <= _MATRIX:
        yield f"labels given to the same: rows {one}, columns {other}" if names else "labels given to the same"
        sides = [*labels, None]
        yield from _table(
            ("", *(_cut(_label(label), _COLUMN) for label in sides)),
            [(_cut(_label(row), _NAME), *(str(confusions.get((row, column), 0)) for column in sides)) for row in sides],
        )
        return
    apart = [(pair, times) for pair, times in confusions.items() if pair[0] != pair[1]]
    apart.sort(key=lambda each: (-each[1], *map(_label, each[0])))
    yield f"the most frequent confusions of {len(labels)} labels" if apart else "nothing was confused"
    if apart:
        rows = [(_cut(_label(a), 32), _cut(_label(b), 32), str(times)) for (a, b), times in apart[:_LARGEST]]
        yield from _table((one, other, "times"), rows, left=2)
    if len(apart) > _LARGEST:
        yield f"and {len(apart) - _LARGEST} more (`--json` has them)"


def _label(label: str | None) -> str:
    return "(none)" if label is None else label


def _share(value: float | None) -> str:
    return _NOTHING if value is None else f"{value:.0%}"


def _number(value: float | None) -> str:
    return _NOTHING if value is None else f"{round(value, 2) + 0.0:.2f}"  # and no -0.00


def _cut(text: str, width: int) -> str:
    """Return `text` made visible, cut to `width` cells."""
    from tiebreak.tui.text.render import fit, visible

    return fit(visible(text), width).rstrip()


def _table(head: Sequence[str], rows: Sequence[Sequence[str]], left: int = 1) -> Iterator[str]:
    """Yield aligned columns, two spaces apart: the first `left` aligned left, the others right."""
    from rich.cells import cell_len

    widths = [max(cell_len(row[column]) for row in (head, *rows)) for column in range(len(head))]
    for row in (head, *rows):
        cells = []
        for column, text in enumerate(row):
            blanks = " " * (widths[column] - cell_len(text))
            cells.append(text + blanks if column < left else blanks + text)
        yield "  ".join(cells).rstrip()
