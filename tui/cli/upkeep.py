"""backup, check, history, restore: keeping what people have decided."""

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
from tiebreak.tui.cli.common import AsJson, Database, note, plural, print_json

if TYPE_CHECKING:
    from tiebreak.core.store.checking import Finding
    from tiebreak.core.store.history import LogEntry


@app.command()
def backup(
    database: Database,
    out: Annotated[
        Path | None, typer.Argument(metavar="OUT", help="The file to write (default: beside DB, with the time).")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Copy the store while others work on it. All of one moment, verified, whole or not at all."""
    from tiebreak.core.store.backup import back_up, backup_name
    from tiebreak.tui.cli.json_objects import backup_object

    target = out or backup_name(database)
    size = back_up(database, target)
    if as_json:
        print_json(backup_object(target, size))
    else:
        note(f"{target}: {size:,} bytes, verified")


@app.command()
def check(
    database: Database,
    repair: Annotated[
        bool, typer.Option("--repair", help="Put right what can be without losing anything, after a backup.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Look whether all that the store holds fits together. Exit status 1 if something does not."""
    from tiebreak.core.store import integrity
    from tiebreak.core.store.backup import back_up, backup_name
    from tiebreak.core.store.checking import check_store, damage_of, repair_store
    from tiebreak.core.store.opening import open_store
    from tiebreak.tui.cli.json_objects import findings_object

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
                back_up(database, saved, verify=False)  # it may have what is about to be repaired
                done = repair_store(store)
    if done:  # once more, since what is repaired can be brought up to date
        with open_store(database, as_it_is=True) as store:
            found = check_store(store)
    if as_json:
        print_json(findings_object(found, done, saved, was_old=old))
    else:
        _tell(database, found, done, saved)
    if any(each.is_fault for each in found):
        raise typer.Exit(1)


def _tell(database: Path, found: list[Finding], done: list[str], saved: Path | None) -> None:
    from tiebreak.tui.text.render import visible

    if saved is not None:
        typer.echo(f"as it was before: {visible(str(saved))}")
    for line in done:
        typer.echo(f"repaired: {visible(line)}")
    for each in found:
        kind = "can be repaired" if each.can_repair else "wrong" if each.is_fault else "by the way"
        typer.echo(f"{kind}: {visible(each.what)}")
    if not any(each.is_fault for each in found):
        typer.echo("the store is whole")
    elif any(each.can_repair for each in found):
        note(f"tiebreak check {shlex.quote(str(database))} --repair puts right what can be")
    else:
        back = f"tiebreak restore BACKUP {shlex.quote(str(database))} --force"
        note(f"nothing of this can be repaired without losing something; go back to a backup ({back}), or ask")


@app.command()
def history(
    database: Database,
    example: Annotated[
        int | None, typer.Option("--example", metavar="ID", help="Of this example (`queue --json` has the ids).")
    ] = None,
    annotator: Annotated[str | None, typer.Option("--annotator", metavar="NAME", help="Of this annotator.")] = None,
    limit: Annotated[int | None, typer.Option("--limit", min=1, help="The newest so many.")] = None,
    as_json: AsJson = False,
) -> None:
    """Print the log of answers. Who answered what when, and what was taken back."""
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
        note("no answer in the log fits")


def _time_text(moment: float) -> str:
    try:
        return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(moment))
    except (ValueError, OverflowError, OSError):
        return f"{moment:g}"  # beyond the years that this machine knows


def entry_text(entry: LogEntry) -> str:
    """An answer of the log as a line of `history`."""
    from tiebreak.tui.text.render import shorten

    when = _time_text(entry.answered_at)
    said = ", ".join(f"{label}:{text}" if text else label for label, text in entry.said) or "nothing"
    state = "↶" if entry.undone_at is not None else " " if entry.in_force else "·"
    view = "" if entry.view == "review" else f" ({entry.view})"
    what = f"{shorten(said, 48)}{view}  “{shorten(entry.text, 40)}”"
    return f"{when}  {entry.example_id:>7}  {shorten(entry.annotator, 12):<12}  {state} {entry.answer:<7}  {what}"


@app.command()
def restore(
    source: Annotated[Path, typer.Argument(metavar="BACKUP", help="The backup to go back to; a store with --as-of.")],
    database: Annotated[Path, typer.Argument(metavar="DB", help="The store that is written: all of it or nothing.")],
    as_of: Annotated[
        str | None,
        typer.Option(
            "--as-of",
            metavar="TIME",
            help="With the answers that stood then: '2026-11-26 15:30' (this machine's time), or with Z.",
        ),
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Take the place of a DB that is there, which is kept beside it.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Put a verified copy of BACKUP in the place of DB. BACKUP stays as it is."""
    from tiebreak.core.store.replacing import restore
    from tiebreak.tui.cli.json_objects import restored_object

    moment = None if as_of is None else parse_time(as_of)
    if database.exists() and not force:
        raise ConfigError(
            f"{database}: exists already; name a new file, or have it replaced with --force, which keeps it beside"
        )
    kept, left_out = restore(source, database, moment, replace=force)
    if as_json:
        print_json(restored_object(database, source, kept, moment, left_out))
        return
    if kept is not None:
        note(f"{kept}: {database} as it was before")
    if moment is None:
        note(f"{database}: {database.stat().st_size:,} bytes, verified, from {source}")
        return
    parts = [
        f"{plural(left_out['answers'], 'answer')}, {plural(left_out['remarks'], 'remark')} and "
        f"{plural(left_out['undone_answers'], 'undo')} that came later are not in it"
    ]
    note(f"{database}: as of {_time_text(moment)}; {parts[0]}")


def parse_time(line: str) -> float:
    """A time as Unix seconds: ISO 8601, this machine's time zone where it names none. Raises UsageError."""
    try:
        return float(datetime.fromisoformat(line.strip()).timestamp())
    except (ValueError, OverflowError, OSError):
        raise UsageError(
            f"--as-of {line}: no time; say it as in '2026-11-26 15:30', 2026-11-26T15:30:00Z or 2026-11-26"
        ) from None
