"""backup, check, history, restore: keeping the annotators' answers safe."""

from __future__ import annotations

import shlex
import time
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tiebreak.core.errors import ConfigError, UsageError
from tiebreak.tui.cli.annotators import checked_annotator, known_annotator
from tiebreak.tui.cli.application import app
from tiebreak.tui.cli.common import AsJson, Database, plural, print_json, print_note

if TYPE_CHECKING:
    from tiebreak.core.store.checking import Problem
    from tiebreak.core.store.history import LogEntry


@app.command()
def backup(
    database: Database,
    out: Annotated[
        Path | None, typer.Argument(metavar="OUT", help="The file to write (default: beside DB, with the time).")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Copy the store while others work on it. The copy is of one moment, verified, and whole or not there at all."""
    from tiebreak.core.store.backup import back_up, backup_name
    from tiebreak.tui.cli.json_objects import backup_object

    target = out or backup_name(database)
    size = back_up(database, target)
    if as_json:
        print_json(backup_object(target, size))
    else:
        print_note(f"{target}: {size:,} bytes, verified")


@app.command()
def check(
    database: Database,
    repair: Annotated[
        bool, typer.Option("--repair", help="Repair what can be repaired without loss, after a backup.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Check that everything in the store fits together. The exit status is 1 if something does not."""
    from tiebreak.core.store import integrity
    from tiebreak.core.store.backup import back_up, backup_name
    from tiebreak.core.store.checking import check_store, damage_of, repair_store
    from tiebreak.core.store.opening import open_store
    from tiebreak.tui.cli.json_objects import problems_object

    done: list[str] = []
    saved: Path | None = None
    with integrity.open_unchanged(database, as_it_is=True) as unchanged:
        old = integrity.is_old(unchanged)
        found = damage_of(unchanged) if old else []
    if not found:  # a damaged store of an older schema stays as it is
        with open_store(database, as_it_is=True) as store:
            found = check_store(store)
            if repair and any(each.can_repair for each in found):
                saved = backup_name(database, "before-repair.")
                back_up(database, saved, verify=False)  # it may hold the faults that are about to be repaired
                done = repair_store(store)
    if done:  # check again: a repaired store of an older schema is now migrated
        with open_store(database, as_it_is=True) as store:
            found = check_store(store)
    if as_json:
        print_json(problems_object(found, done, saved, was_old=old))
    else:
        _print_findings(database, found, done, saved)
    if any(each.is_fault for each in found):
        raise typer.Exit(1)


def _print_findings(database: Path, found: list[Problem], done: list[str], saved: Path | None) -> None:
    from tiebreak.tui.text.render import visible

    if saved is not None:
        typer.echo(f"backup from before the repair: {visible(str(saved))}")
    for line in done:
        typer.echo(f"repaired: {visible(line)}")
    for each in found:
        kind = "can be repaired" if each.can_repair else "wrong" if each.is_fault else "note"
        typer.echo(f"{kind}: {visible(each.what)}")
    if not any(each.is_fault for each in found):
        typer.echo("the store is whole")
    elif any(each.can_repair for each in found):
        print_note(f"To repair what can be repaired: tiebreak check {shlex.quote(str(database))} --repair")
    else:
        back = f"tiebreak restore BACKUP {shlex.quote(str(database))} --force"
        print_note(f"Nothing of this can be repaired without loss. To go back to a backup: {back}")


@app.command()
def history(
    database: Database,
    example: Annotated[
        int | None, typer.Option("--example", metavar="ID", help="Only this example (`queue --json` prints the ids).")
    ] = None,
    annotator: Annotated[
        str | None, typer.Option("--annotator", metavar="NAME", help="Only this annotator's answers.")
    ] = None,
    limit: Annotated[int | None, typer.Option("--limit", min=1, help="Only the newest answers, this many.")] = None,
    as_json: AsJson = False,
) -> None:
    """Print the log of answers. With time, annotator and text of each, and whether it was taken back."""
    from tiebreak.core.store.history import answer_log
    from tiebreak.core.store.opening import open_store
    from tiebreak.tui.cli.json_objects import entry_object

    count = 0
    if annotator is not None:
        checked_annotator(annotator)
    with open_store(database) as store:
        annotator = None if annotator is None else known_annotator(store, annotator)
        for entry in answer_log(store, example_id=example, annotator=annotator, limit=limit):
            if not as_json and not count:
                typer.echo(f"{'when':<19}  {'example':>7}  {'annotator':<12}  {'answer':<9}  what, and the text")
            count += 1
            if as_json:
                print_json(entry_object(entry))
            else:
                typer.echo(entry_text(entry))
    if not count:
        print_note("no answer in the log matches")


def _time_text(moment: float) -> str:
    try:
        return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(moment))
    except (ValueError, OverflowError, OSError):
        return f"{moment:g}"  # beyond the years that this machine can format


def entry_text(entry: LogEntry) -> str:
    """Return an answer of the log as a line of `history`."""
    from tiebreak.tui.text.render import shorten

    when = _time_text(entry.answered_at)
    said = ", ".join(f"{label}:{text}" if text else label for label, text in entry.said) or "nothing"
    state = "↶" if entry.undone_at is not None else " " if entry.in_force else "·"
    view = "" if entry.view == "review" else f" ({entry.view})"
    what = f"{shorten(said, 48)}{view}  “{shorten(entry.text, 40)}”"
    return f"{when}  {entry.example_id:>7}  {shorten(entry.annotator, 12):<12}  {state} {entry.answer:<7}  {what}"


@app.command()
def restore(
    source: Annotated[
        Path, typer.Argument(metavar="BACKUP", help="The backup to restore; with --as-of it may be any store.")
    ],
    database: Annotated[Path, typer.Argument(metavar="DB", help="The store to write, whole or not at all.")],
    as_of: Annotated[
        str | None,
        typer.Option(
            "--as-of",
            metavar="TIME",
            help="Keep only the answers in force then, e.g. '2026-11-26 15:30' (this machine's time zone; UTC with Z).",
        ),
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Replace DB if it exists; the old store is kept beside it.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Put a verified copy of BACKUP in place of DB. BACKUP stays as it is."""
    from tiebreak.core.store.replacing import restore
    from tiebreak.tui.cli.json_objects import restored_object

    moment = None if as_of is None else parse_time(as_of)
    if database.exists() and not force:
        raise ConfigError(
            f"{database}: exists already; name a new file, or use --force, which keeps the old file beside the new one"
        )
    kept, left_out = restore(source, database, moment, replace=force)
    if as_json:
        print_json(restored_object(database, source, kept, moment, left_out))
        return
    if kept is not None:
        print_note(f"{kept}: the old {database}")
    if moment is None:
        print_note(f"{database}: {database.stat().st_size:,} bytes, verified, from {source}")
        return
    later = (
        f"{plural(left_out['answers'], 'answer')}, {plural(left_out['remarks'], 'remark')} and "
        f"{plural(left_out['undone_answers'], 'undo')}"
    )
    print_note(f"{database}: as of {_time_text(moment)}, without what came later: {later}")


def parse_time(line: str) -> float:
    """Return an ISO 8601 time as Unix seconds, in this machine's time zone by default. Raises UsageError."""
    try:
        return float(datetime.fromisoformat(line.strip()).timestamp())
    except (ValueError, OverflowError, OSError):
        raise UsageError(
            f"--as-of {line}: not a time; write it as in '2026-11-26 15:30', 2026-11-26T15:30:00Z or 2026-11-26"
        ) from None
