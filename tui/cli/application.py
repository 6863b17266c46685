"""The typer application, to which each module of commands adds its own."""

from __future__ import annotations

from typing import Annotated

import typer
from typer.core import TyperGroup

from tiebreak.tui.cli.command_modules import MODULES
from tiebreak.tui.cli.first_hour import first_hour


class InOrder(TyperGroup):
    """Lists the commands in the order of `MODULES`, whichever module was imported first."""

    def list_commands(self, ctx: typer.Context) -> list[str]:  # type: ignore[override]
        return sorted(super().list_commands(ctx), key=list(MODULES).index)


app = typer.Typer(
    name="tiebreak",
    help="Settle where NLP models disagree, in the terminal, the most valuable text first.",
    cls=InOrder,
    invoke_without_command=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
_debug = False


def _print_version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version

        typer.echo(f"tiebreak {version('tiebreak')}")
        raise typer.Exit


@app.callback()
def options(
    context: typer.Context,
    debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")] = False,
    version: Annotated[
        bool, typer.Option("--version", help="Print the version and exit.", is_eager=True, callback=_print_version)
    ] = False,
) -> None:
    global _debug
    _debug = debug
    if context.invoked_subcommand is None:
        typer.echo(first_hour())


def is_debug() -> bool:
    """Return whether `--debug` was given, which shows an error with its traceback."""
    return _debug
