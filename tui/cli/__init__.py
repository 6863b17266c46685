"""The command line: thin commands over core. Importing this loads neither spaCy nor Textual."""

from tiebreak.tui.cli.starting import main

__all__ = ["main"]
