"""What changed between two prompts: in the template, the labels, their definitions, the examples."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from difflib import unified_diff

_AROUND = 1  # lines that did not change, before and behind those that did


def prompt_changes(before: Mapping[str, str], after: Mapping[str, str]) -> Iterator[str]:
    """Yield the lines of a unified diff of each part that is another one: `--- template`, `+++ template`, and so on.

    Both are texts by the name of the part; one that is not there counts as empty.
    """
    for part in dict.fromkeys([*before, *after]):
        old, new = (each.get(part, "").splitlines() for each in (before, after))
        yield from unified_diff(old, new, part, part, n=_AROUND, lineterm="")
