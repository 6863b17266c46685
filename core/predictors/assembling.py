"""Errors of assembling a pipeline from a config, as one message that names the file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from warnings import WarningMessage

from tiebreak.core.errors import ConfigError, PredictorError, TiebreakError
from tiebreak.core.predictors.keys import keys_of_environment, without_keys
from tiebreak.core.predictors.tasks.answers import clean

_MOST_LETTERS = 500  # of a message


@contextmanager
def naming(path: Path, assembler: str, warned: Sequence[WarningMessage] = ()) -> Iterator[None]:
    """Turn any error inside into a ConfigError or PredictorError that names the file and the warnings before it."""
    from confection import ConfigValidationError

    try:
        yield
    except TiebreakError as error:
        raise error.saying(f"{path}: {error}") from error
    except ConfigValidationError as error:
        raise ConfigError(f"{path}: {one_line(error)}") from error
    except (ValueError, KeyError, TypeError, OSError) as error:
        reasons = "; ".join(map(one_line, (error, *(warning.message for warning in warned))))
        raise ConfigError(f"{path}: not a pipeline that {assembler} can assemble: {reasons}") from error
    except Exception as error:
        reasons = "; ".join(map(one_line, (error, *(warning.message for warning in warned))))
        raise PredictorError(f"{path}: the pipeline cannot be assembled: {reasons}") from error


def one_line(error: object) -> str:
    """Return the message of a library's error on one line, without the keys of the environment."""
    message: str = without_keys(clean(" ".join(str(error).split())), keys_of_environment())
    return message[:_MOST_LETTERS] or type(error).__name__
