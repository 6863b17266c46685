"""What core says in data, in the words of the command line: which option or command is the way out, and which key."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping

from tiebreak.core.errors import SettingError, TiebreakError
from tiebreak.core.ways_out import Note, Way, WayOut

_WORDS: Mapping[Way, str] = {
    Way.LOAD_TEXTS: "`tiebreak load {path} SOURCE` makes one",
    Way.CHECK: "`tiebreak check {path}` says more",
    Way.REPAIR: "`tiebreak check {path}` says more, and with --repair puts right what it can",
    Way.RESTORE: "`tiebreak restore BACKUP {path}` puts a backup in its place",
    Way.BACK_UP: "copy with `tiebreak backup` instead",
    Way.NAME_SCORER: "`tiebreak load {path} SOURCE --scorer NAME` chooses another",
    Way.NAME_STORE: "name another with --store",
    Way.REVIEW: "`tiebreak review` does",
    Way.NAME_FORMAT: "name it with --format ({of})",
    Way.NAME_TEXT: "--text-column NAME says which one holds the text",
    Way.NAME_CLASSES: "name them in their order, `tiebreak load DB SOURCE --class-names O,B-PER,I-PER,...`",
    Way.CONVERT: "convert it with `iconv -f {of} -t UTF-8 FILE > NEW`",
    Way.EXPORT_AS: "export with --format {of} instead",
    Way.READ_OFFSETS: "--offsets {of} reads them otherwise",
    Way.WRITE_CODE_POINTS: "--offsets code-points writes code points",
    Way.OVERWRITE: "name another, or overwrite it with --force",
    Way.NAME_PREDICTOR: "give one with --as NAME",
    Way.RUN_PIPELINE: "run it with `tiebreak predict DB {path}`",
    Way.NAME_GUIDELINES: "name a project config that has them, `tiebreak review DB --config FILE`",
    Way.LIST_CONFIGS: "`tiebreak configs` lists the ready ones",
    Way.NAME_FOLDER: "name another folder with --to",
    Way.EXAMINE: "`tiebreak doctor DB --config {path}` looks at its predictors, keys and endpoints",
}
_BY_KEY: Mapping[Way, tuple[str, str]] = {
    Way.SKIP: ("skip", "press {} to go on")
}  # the command of a screen, and the words


def _words_of(way_out: WayOut, key_of: Callable[[str], str] | None = None) -> str:
    if way_out.way in _BY_KEY:
        command, words = _BY_KEY[way_out.way]
        return "" if key_of is None else words.format(key_of(command))
    return _WORDS[way_out.way].format(of=way_out.of, path=shlex.quote(way_out.of) if way_out.of else "DB")


def told(error: TiebreakError, key_of: Callable[[str], str] | None = None) -> str:
    """The message of an error in the words of the command line, with the way out; `key_of` as in `with_way_out`."""
    option = "--" if isinstance(error, SettingError) else ""
    return with_way_out(f"{option}{error}", error.way_out, key_of)


def told_note(note: str) -> str:
    """A note of what was read or written, with what would have it otherwise."""
    return with_way_out(note, note.way_out if isinstance(note, Note) else None)


def told_notes(notes: Mapping[str, int]) -> dict[str, int]:
    """How often each note was made, under its words."""
    return {told_note(note): count for note, count in notes.items()}


def with_way_out(message: str, way_out: WayOut | None, key_of: Callable[[str], str] | None = None) -> str:
    """The message, which may be empty, and then what to type or, where `key_of` gives a command's key, to press."""
    return "; ".join(filter(None, (message, way_out and _words_of(way_out, key_of))))
