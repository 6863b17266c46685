"""Cutting visible text to the available cells, so that different texts still look different."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from itertools import count, pairwise, takewhile

from rich.cells import cell_len, get_character_cell_size

ELLIPSIS = "…"
LEAST_APART = 4  # cells; from this width on, up to 999 different texts never look the same
_SHORTEST = 4  # cells; a label or name is cut no shorter


def cut_middle(text: str, width: int) -> str:
    """Return `text` in at most `width` cells: its beginning and end, with an ellipsis for what lies between."""
    if cell_len(text) <= width:
        return text
    if width < 1:
        return ""
    pieces = _clusters(text)
    head = _from_left(pieces, width // 2)
    return "".join((*head, ELLIPSIS, *_from_right(pieces[len(head) :], width - 1 - _cells(head))))


def cut_end(text: str, width: int) -> str:
    """Return `text` in at most `width` cells: its beginning, with an ellipsis for the rest."""
    if cell_len(text) <= width:
        return text
    return "".join((*_from_left(_clusters(text), width - 1), ELLIPSIS)) if width > 0 else ""


def cut_apart(texts: Sequence[str], widths: Sequence[int]) -> list[str]:
    """Return each of `texts` cut in the middle to the cells in `widths`.

    Texts that would then look the same are cut around the place in which they differ, or else numbered. So different
    texts look different from `LEAST_APART` cells on.
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
    """Return the short form of each of `names`: the shortest forms that all differ, at least `least` cells long.

    Names that are no longer than that stay whole. Names that begin alike keep the word in which they differ: `PER…`,
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
    """Return sorted `names` that look the same in `size` cells, cut around the place in which each differs.

    A name that all others begin with keeps its beginning.
    """
    pieces = [_clusters(name) for name in names]
    same = [_common(*pair) for pair in pairwise(pieces)]
    deepest = [max(pair) for pair in zip([0, *same], [*same, 0], strict=True)]
    stem = all(name.startswith(names[0]) for name in names)
    return {
        name: cut_end(name, size) if stem and not at else _head_and_word(of_name, place, size)
        for at, (name, of_name, place) in enumerate(zip(names, pieces, deepest, strict=True))
    }


def _head_and_word(pieces: Sequence[str], place: int, size: int) -> str:
    """Return the first signs, an ellipsis, and the signs at `place`, from the beginning of their word if that fits."""
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
    """Yield ways to show `text` in `width` cells that may differ from the texts `alike`, the best first.

    All of `alike` look like `cut` when they are cut in the middle.
    """
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
    """Return the first signs and a window around `place`, in `width` cells, with an ellipsis for what lies between."""
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
    """Return how many signs two texts have in common at their beginning."""
    return next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))


def _clusters(text: str) -> list[str]:
    """Return the signs of `text`, each with the marks that stand on it."""
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
    """Return the first `pieces`, as many as fit into `width` cells."""
    end = left = 0
    for piece in pieces:
        left += cell_len(piece)
        if left > width:
            break
        end += 1
    return pieces[:end]


def _from_right(pieces: Sequence[str], width: int) -> Sequence[str]:
    """Return the last `pieces`, as many as fit into `width` cells."""
    size = len(_from_left(pieces[::-1], width))
    return pieces[len(pieces) - size :]
