"""The ways out that core returns as data, in words: the option or command to type, or the key to press."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping

from tiebreak.core.errors import SettingError, TiebreakError
from tiebreak.core.ways_out import Note, Way, WayOut

_WORDS: Mapping[Way, str] = {
    Way.LOAD_TEXTS: "create it with `tiebreak load {path} SOURCE`",
    Way.CHECK: "see `tiebreak check {path}`",
    Way.REPAIR: "see `tiebreak check {path}`; with --repair it repairs what it can",
    Way.RESTORE: "restore a backup with `tiebreak restore BACKUP {path}`",
    Way.BACK_UP: "copy it with `tiebreak backup` instead",
    Way.NAME_SCORER: "choose another with `tiebreak load {path} SOURCE --scorer NAME`",
    Way.NAME_STORE: "name another store with --store",
    Way.REVIEW: "answer some with `tiebreak review`",
    Way.NAME_FORMAT: "name it with --format ({of})",
    Way.NAME_TEXT: "name the column or field of the text with --text-column NAME",
    Way.NAME_CLASSES: "name them in order with `tiebreak load DB SOURCE --class-names O,B-PER,I-PER,...`",
    Way.CONVERT: "convert it with `iconv -f {of} -t UTF-8 FILE > NEW`",
    Way.EXPORT_AS: "export with --format {of} instead",
    Way.READ_OFFSETS: "if that is wrong, use --offsets {of}",
    Way.WRITE_CODE_POINTS: "for code points use --offsets code-points",
    Way.OVERWRITE: "choose another name, or overwrite it with --force",
    Way.NAME_PREDICTOR: "give one with --as NAME",
    Way.RUN_PIPELINE: "run it with `tiebreak predict DB {path}`",
    Way.NAME_GUIDELINES: "name a project config that has them with `tiebreak review DB --config FILE`",
    Way.LIST_CONFIGS: "list the ready configs with `tiebreak configs`",
    Way.NAME_FOLDER: "name another folder with --to",
    Way.PUT_BACK: "put it back with `tiebreak predictors DB --put-back {path}`",
    Way.EXAMINE: "check its predictors, keys and endpoints with `tiebreak doctor DB --config {path}`",
}
_BY_KEY: Mapping[Way, tuple[str, str]] = {
    Way.SKIP: ("skip", "press {} to go on")
}  # the screen's command, and the words around its key


def _words_of(way_out: WayOut, key_of: Callable[[str], str] | None = None) -> str:
    if way_out.way in _BY_KEY:
        command, words = _BY_KEY[way_out.way]
        return "" if key_of is None else words.format(key_of(command))
    return _WORDS[way_out.way].format(of=way_out.of, path=shlex.quote(way_out.of) if way_out.of else "DB")


def message_of(error: TiebreakError, key_of: Callable[[str], str] | None = None) -> str:
    """Return the message of an error with its way out; `key_of` as in `with_way_out`."""
    option = "--" if isinstance(error, SettingError) else ""
    return with_way_out(f"{option}{error}", error.way_out, key_of)


def note_text(note: str) -> str:
    """Return a note on what was read or written, with the option that changes it."""
    return with_way_out(note, note.way_out if isinstance(note, Note) else None)


def note_texts(notes: Mapping[str, int]) -> dict[str, int]:
    """Return the count of each note by its words."""
    return {note_text(note): count for note, count in notes.items()}


def with_way_out(message: str, way_out: WayOut | None, key_of: Callable[[str], str] | None = None) -> str:
    """Return the message, which may be empty, and then what to type, or what to press.

    `key_of` returns the key of a screen's command; without it no key is named.
    """
    return "; ".join(filter(None, (message, way_out and _words_of(way_out, key_of))))
