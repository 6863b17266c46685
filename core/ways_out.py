"""The ways out of an error or a note, as data; a front end words them with its commands and keys."""

from __future__ import annotations

from enum import Enum, auto
from typing import NamedTuple


class Way(Enum):
    """A way out; the comment beside each says what `WayOut.of` names."""

    LOAD_TEXTS = auto()  # the store, which is created if it is missing
    CHECK = auto()  # the store
    REPAIR = auto()  # the store
    RESTORE = auto()  # the store
    BACK_UP = auto()
    NAME_SCORER = auto()  # the store
    NAME_STORE = auto()
    REVIEW = auto()
    SKIP = auto()
    NAME_FORMAT = auto()  # the known formats
    NAME_TEXT = auto()  # the column or field that holds it
    NAME_CLASSES = auto()  # the field with the numbers to name
    CONVERT = auto()  # the encoding of the file, to convert from
    EXPORT_AS = auto()  # the format
    READ_OFFSETS = auto()  # the other unit
    WRITE_CODE_POINTS = auto()
    OVERWRITE = auto()
    NAME_PREDICTOR = auto()
    RUN_PIPELINE = auto()  # the pipeline's config
    NAME_GUIDELINES = auto()
    LIST_CONFIGS = auto()
    NAME_FOLDER = auto()
    EXAMINE = auto()  # the project config
    PUT_BACK = auto()  # the predictor, into the comparison


class WayOut(NamedTuple):
    """A way out, and what it is about: the store, a file, or a value to name; "" if that is not known."""

    way: Way
    of: str = ""


class Note(str):
    """A remark on what was read or written, with its way out. Equal notes are counted."""

    way_out: WayOut | None

    def __new__(cls, what: str, way_out: WayOut | None = None) -> Note:
        note = super().__new__(cls, what)
        note.way_out = way_out
        return note
