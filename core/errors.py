"""The errors that Tiebreak raises on purpose: one plain message each, which says what, where and the way out."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tiebreak.core.records import LLMCall


class TiebreakError(Exception):
    """Base of all errors that are shown to the person as one message, without a traceback."""


class StoreError(TiebreakError):
    """The SQLite file cannot be used: not a store, newer, read-only, locked, full."""


class StoreBusyError(StoreError):
    """Another program has held the store locked for too long; later it may be free."""


class RecordError(TiebreakError):
    """One record of a source is bad; the rest of the source may be fine."""


class SourceError(TiebreakError):
    """A source as a whole cannot be read."""


class ConfigError(TiebreakError):
    """A config file or an option is wrong; the message names section and key."""


class FilterError(TiebreakError):
    """What was typed to filter the queue cannot be understood; the message says what is possible."""


class PredictorError(TiebreakError):
    """A pipeline or an endpoint cannot be used at all, so that going on would be pointless."""


class TakenError(TiebreakError):
    """Another annotator has the example."""


class AnswerError(TiebreakError):
    """An LLM's answer to one call cannot be used: empty, refused or cut off; `call` holds it where there is one."""

    def __init__(self, message: str, call: LLMCall | None = None) -> None:
        super().__init__(message)
        self.call = call
