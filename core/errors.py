"""The errors that Tiebreak raises on purpose: a plain message that says what and where, and a way out as data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from tiebreak.core.ways_out import WayOut

if TYPE_CHECKING:
    from tiebreak.core.records import LLMCall


class TiebreakError(Exception):
    """Base of all errors that a front end shows as one message, without a traceback.

    The message is a whole sentence without the `way_out`: a front end words that with its own keys and options.
    """

    def __init__(self, message: str, way_out: WayOut | None = None) -> None:
        super().__init__(message)
        self.way_out = way_out

    def saying(self, message: str) -> Self:
        """Return an error of the same class and with the same way out, but with another message."""
        other = type(self).__new__(type(self), message)
        TiebreakError.__init__(other, message, self.way_out)
        return other


class StoreError(TiebreakError):
    """The SQLite file cannot be used: it is not a store, newer, read-only, locked or full."""


class StoreBusyError(StoreError):
    """Another program has locked the store for too long; it may be free later."""


class RecordError(TiebreakError):
    """One record of a source is bad; the rest of the source may be fine."""


class SourceError(TiebreakError):
    """A source as a whole cannot be read."""


class ConfigError(TiebreakError):
    """A config file or a setting is wrong; for a file the message names section and key."""


class UsageError(ConfigError):
    """The request cannot be right, whatever the store and the files hold; a front end may say how to ask."""


class SettingError(ConfigError):
    """A setting has an impossible value; the message begins with its name, which a front end may reword."""

    def __init__(self, setting: str, value: str, problem: str, way_out: WayOut | None = None) -> None:
        super().__init__(f"{setting} {value}: {problem}", way_out)


class WrongSettingError(SettingError, UsageError):
    """A setting has a value that is possible nowhere."""


class FilterError(UsageError):
    """A filter of the queue cannot be understood; the message says what is possible."""


class PredictorError(TiebreakError):
    """A pipeline or an endpoint cannot be used at all; going on would be pointless."""


class TakenError(TiebreakError):
    """Another annotator has the example."""


class AnswerError(TiebreakError):
    """An LLM's answer to one call cannot be used: empty, refused or cut off; `call` holds the call if there was one."""

    def __init__(self, message: str, call: LLMCall | None = None) -> None:
        super().__init__(message)
        self.call = call
