"""How a slice text is reviewed: nothing is picked beforehand, and what all agree on is to be confirmed as well."""

from __future__ import annotations

from typing import NamedTuple


class Sliced(NamedTuple):
    """How a slice text is shown: on one that `is_unmarked` without any agreed mark."""

    is_unmarked: bool
