"""Cutting visible text to the cells there are, so that what is different still looks different."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from itertools import count, pairwise, takewhile

from rich.cells import cell_len, get_character_cell_size

ELLIPSIS = "…"
LEAST_APART = 4  # cells from which on different texts, up to 999 of them, never look the same
_SHORTEST = 4  # cells of a label or a name that is cut


def cut_middle(text: str, width: int) -> str:
    """`text` in at most `width` cells: its beginning and its end, with an ellipsis for what lies between."""
    if cell_len(text) <= width:
        return text
    if width < 1:
        return ""
    pieces = _clusters(text)
    head = _from_left(pieces, width // 2)
    return "".join((*head, ELLIPSIS, *_from_right(pieces[len(head) :], width - 1 - _cells(head))))


def cut_end(text: str, width: int) -> str:
    """`text` in at most `width` cells: its beginning, with an ellipsis for the rest."""
    if cell_len(text) <= width:
        return text
    return "".join((*_from_left(_clusters(text), width - 1), ELLIPSIS)) if width > 0 else ""


def cut_apart(texts: Sequence[str], widths: Sequence[int]) -> list[str]:
    """Each of `texts` in at most as many cells as stand in `widths`, cut in the middle.

    Those that would look the same are cut around the place in which they differ, and if that does not do, numbered.
    So different texts look different from `LEAST_APART` cells on.
    """
    cut = [cut_middle(text, width) for text, width in zip(texts, widths, strict=True)]
    alike: dict[str, set[str]] = {}
    for text, shown in zip(texts, cut, strict=True):
        alike.setdefault(shown, set()).add(text)
    if len(alike) == len(set(zip(texts, widths, strict=True))):
        return cut
    taken = {shown: text for shown, (text, *others) in alike.items() if not others} | {
        text: text for text, shown in zip(texts, cut, strict=True) if text == shown
    }
    return [
        next((each for each in _ways(text, shown, width, alike[shown]) if taken.setdefault(each, text) == text), shown)
        if taken.get(shown) != text
        else shown
        for text, shown, width in zip(texts, cut, widths, strict=True)
    ]


@lru_cache(maxsize=64)
def abbreviations(
    names: Sequence[str], least: int = _SHORTEST, cut: Callable[[str, int], str] = cut_end
) -> dict[str, str]:
    """Each of `names` as it is where it has to be cut: the shortest that differ, of `least` cells and more.

    What is no longer than that stays as it is. Names that begin alike keep the word in which they differ: `PER…`,
    `ORG…`, `O…PR`, `O…PU`.
    """
    whole = {name: cell_len(name) for name in names}
    for size in range(least, max(whole.values(), default=0)):
        short = {name: cut(name, size) for name in whole}
        alike: dict[str, list[str]] = {}
        for name, shown in short.items():
            alike.setdefault(shown, []).append(name)
        for same in alike.values():
            if len(same) > 1:
                differing = _in_what_differs(sorted(same), size)
                short |= {name: each for name, each in differing.items() if whole[name] > size}
        if len(set(short.values())) == len(short):
            return short
    return {name: name for name in names}


def _in_what_differs(names: Sequence[str], size: int) -> dict[str, str]:
    """Sorted `names` of one beginning in `size` cells: what all others go on from by that, the others by the rest."""
    pieces = [_clusters(name) for name in names]
    same = [_common(*pair) for pair in pairwise(pieces)]
    deepest = [max(pair) for pair in zip([0, *same], [*same, 0], strict=True)]
    stem = all(name.startswith(names[0]) for name in names)
    return {
        name: cut_end(name, size) if stem and not at else _head_and_word(of_name, place, size)
        for at, (name, of_name, place) in enumerate(zip(names, pieces, deepest, strict=True))
    }


def _head_and_word(pieces: Sequence[str], place: int, size: int) -> str:
    """The first signs, an ellipsis, and what stands at `place`, from the beginning of its word on where that fits."""
    head = _from_left(pieces, (size - 1) // 3)
    room = size - 1 - _cells(head)
    word = place
    while word > 0 and place - word < room - 1 and pieces[word - 1].isalnum():
        word -= 1
    start = max(word if word == 0 or not pieces[word - 1].isalnum() else place - room // 2, len(head))
    tail = _from_left(pieces[start:], room)
    if start + len(tail) == len(pieces) or place >= len(pieces):
        tail = _from_right(pieces[len(head) :], room)
    return "".join((*head, ELLIPSIS, *tail))


def _ways(text: str, cut: str, width: int, alike: set[str]) -> Iterator[str]:
    """`text` in `width` cells in other ways than `cut`, as the texts that are `alike` when cut are: the best first."""
    if width < LEAST_APART:
        return
    pieces = _clusters(text)
    for place in sorted({_common(pieces, _clusters(other)) for other in alike if other != text}):
        yield _around(pieces, place, width)
    yield cut
    numbers = (f"{ELLIPSIS}{number}" for number in count(1))
    for sign in takewhile(lambda sign: len(sign) <= width, numbers):
        yield "".join((*_from_left(pieces, width - len(sign)), sign))


def _around(pieces: Sequence[str], place: int, width: int) -> str:
    """The first signs, and a window in which `place` is, in `width` cells; an ellipsis for what lies between."""
    room = width - 2
    head = _from_left(pieces[:place], room // 3)
    room -= _cells(head)
    before = _from_right(pieces[len(head) : place], room // 3)
    start = place - len(before)
    window = _from_left(pieces[start:], room)
    if start + len(window) >= len(pieces):
        window = _from_right(pieces[len(head) :], room + 1)
        return "".join((*head, ELLIPSIS, *window))
    joint = ELLIPSIS if start > len(head) else ""
    return "".join((*head, joint, *window, ELLIPSIS))


def _common(one: Sequence[str], other: Sequence[str]) -> int:
    """How many signs two texts begin with alike."""
    return next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))


def _clusters(text: str) -> list[str]:
    """The signs of `text`, each with the marks that stand on it."""
    if text.isascii():
        return [*text]
    pieces: list[str] = []
    for character in text:
        if pieces and (not get_character_cell_size(character) or unicodedata.category(character) == "Mc"):
            pieces[-1] += character
        else:
            pieces.append(character)
    return pieces


def _cells(pieces: Sequence[str]) -> int:
    return cell_len("".join(pieces))


def _from_left(pieces: Sequence[str], width: int) -> Sequence[str]:
    """As many of `pieces`, from the first on, as have room in `width` cells."""
    end = left = 0
    for piece in pieces:
        left += cell_len(piece)
        if left > width:
            break
        end += 1
    return pieces[:end]


def _from_right(pieces: Sequence[str], width: int) -> Sequence[str]:
    """The same from the last one on."""
    size = len(_from_left(pieces[::-1], width))
    return pieces[len(pieces) - size :]
