"""configs: the ready configs, to copy and change."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tiebreak.tui.cli.application import app
from tiebreak.tui.cli.common import AsJson, print_json, print_note


@app.command()
def configs(
    name: Annotated[
        str | None, typer.Argument(metavar="NAME", help="The config to copy; without it, list them all.")
    ] = None,
    to: Annotated[
        Path,
        typer.Option(
            "--to", metavar="FOLDER", help="The folder to copy it to, with the files that it names (default: here)."
        ),
    ] = Path(),
    as_json: AsJson = False,
) -> None:
    """List the ready configs, or copy one to change it. Copying never overwrites a file."""
    from tiebreak.core.project.ready_configs import copy_config, ready_configs
    from tiebreak.tui.cli.json_objects import config_object, copied_object

    if name is None:
        ready = ready_configs()
        width = max(len(config.name) for config in ready)
        for config in ready:
            if as_json:
                print_json(config_object(config))
            else:
                typer.echo(f"{config.name:<{width}}  {config.kind:<8}  {config.about}")
        return
    copied = copy_config(name, to)
    if as_json:
        print_json(copied_object(copied))
        return
    for path in copied.written:
        typer.echo(path)
    for path in copied.kept:
        print_note(f"{path}: exists already and was left as it is")
