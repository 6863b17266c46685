"""Changes between two prompts: in the template, the labels, their definitions, the examples."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from difflib import unified_diff

_AROUND = 1  # unchanged lines, shown before and after the changed lines


def prompt_changes(before: Mapping[str, str], after: Mapping[str, str]) -> Iterator[str]:
    """Yield the lines of a unified diff of each part that changed: `--- template`, `+++ template`, and so on.

    Both prompts map the name of a part to its text; a missing part counts as empty.
    """
    for part in dict.fromkeys([*before, *after]):
        old, new = (each.get(part, "").splitlines() for each in (before, after))
        yield from unified_diff(old, new, part, part, n=_AROUND, lineterm="")
