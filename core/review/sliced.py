"""How a slice text is reviewed: nothing is picked beforehand, and agreed marks are to be confirmed as well."""

from __future__ import annotations

from typing import NamedTuple


class Sliced(NamedTuple):
    """How a slice text is shown: without any agreed mark if it `is_unmarked`."""

    is_unmarked: bool
