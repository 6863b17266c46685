"""report: what the answers taught."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from tiebreak.tui.cli.annotators import checked_annotator, known_annotator
from tiebreak.tui.cli.application import app
from tiebreak.tui.cli.common import AsJson, Database, print_json, waiting

if TYPE_CHECKING:
    from tiebreak.core.store.connection import Store


@app.command()
def report(
    database: Database,
    session: Annotated[
        str, typer.Option("--session", metavar="SESSION", help="Only this session: last, all, or the id of a session.")
    ] = "all",
    annotator: Annotated[
        str | None, typer.Option("--annotator", metavar="NAME", help="Only this annotator's answers.")
    ] = None,
    anchoring: Annotated[
        bool,
        typer.Option(
            "--anchoring", help="Only the effect of standing first, by answers given with review --anchoring."
        ),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Print what the answers taught, as Markdown. It says how good the models and the export are, and what is left."""
    from tiebreak.core.insight.estimates import make_estimates
    from tiebreak.core.insight.learned import learned_alike
    from tiebreak.core.insight.reflection import reflect
    from tiebreak.core.insight.report import find_session, make_report
    from tiebreak.core.store.opening import open_store
    from tiebreak.tui.cli.json_objects import finding_object, report_object
    from tiebreak.tui.pages.report_page import report_markdown

    if annotator is not None:
        checked_annotator(annotator)
    with open_store(database) as store:
        annotator = None if annotator is None else known_annotator(store, annotator)
        if anchoring:
            _print_anchoring(store, find_session(store, session, annotator), annotator, as_json=as_json)
            return
        made = make_report(store, session=find_session(store, session, annotator), annotator=annotator)
        with waiting("making the report"):
            estimates = make_estimates(store)
            learned = learned_alike(store)
            findings = reflect(store).findings
    if as_json:
        print_json({**report_object(made, estimates, learned), "findings": list(map(finding_object, findings))})
    else:
        typer.echo(report_markdown(made, estimates, learned, findings=findings), nl=False)


def _print_anchoring(store: Store, session: str | None, annotator: str | None, *, as_json: bool) -> None:
    from tiebreak.core.insight.anchoring import anchoring_of
    from tiebreak.tui.cli.json_objects import anchoring_object
    from tiebreak.tui.pages.anchoring_page import anchoring_markdown

    found = anchoring_of(store, session, annotator)
    if as_json:
        print_json(anchoring_object(found))
    else:
        typer.echo(anchoring_markdown(found), nl=False)
