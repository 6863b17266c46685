"""The object of a Label Studio task that shows its text, and therefore the results about the text.

A result belongs to the object tag in its `to_name`. Only the labelling config says what the tag shows, but the file
does not contain it. So names, quoted texts and kinds of results must serve as evidence.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, NamedTuple

from tiebreak.core.errors import RecordError
from tiebreak.core.formats.offset_evidence import Quotable

TEXT = "text"  # the usual name, both of the field and of the tag
_MARKUP = ("hypertextlabels", "paragraphlabels")  # types of results on HTML and dialogues
_ELSEWHERE = frozenset(  # fields of regions in images, audio, video, PDF and time series
    ("x", "y", "points", "vertices", "rle", "imageDataURL", "sequence", "ranges", "channel", "timeserieslabels", "page")
)
_TAG = re.compile(r"<[A-Za-z!/]")  # an HTML tag
_MEDIA = frozenset(("image", "img", "audio", "video", "pdf"))  # names of objects that show no text
MOST_STRINGS = 16  # strings of a task's data; quoted texts are sought in no more
_PLACES = _ELSEWHERE | {"start", "end", "startOffset", "endOffset", "globalOffsets"}

Result = Mapping[str, Any]


class TextObject(NamedTuple):
    """The object that shows the text: the `field` of the data, and the names of the `others`, which show something
    else.

    `is_guessed`: neither the object's name nor a quoted text confirms that it shows the text. `is_unclear`: several
    objects could show the text, so all of them are among the `others`.
    """

    field: str
    others: frozenset[str] = frozenset()
    is_guessed: bool = False
    is_unclear: bool = False


@dataclass(frozen=True)
class _Strings:
    """The text of a task's data, and its other strings: results may be about these instead."""

    text: Quotable
    others: Sequence[Quotable]
    longest: int


def text_object(data: Mapping[str, Any], results: Sequence[Result]) -> TextObject:
    """Return the object that shows the text of a task with this data. Raises RecordError if the text is not known.

    The text is `data.text`, or the only string. Of several strings it is the string that the results quote, or
    else name.
    """
    field = _field_of(data, results)
    text = data.get(field)
    if not isinstance(text, str):
        return TextObject(field)
    objects: dict[str, list[Result]] = {}
    for result in results:
        if (name := object_name(result)) is not None:
            objects.setdefault(name, []).append(result)
    others = [each for name, each in data.items() if isinstance(each, str) and name != field]
    longest = max(map(len, others), default=0)
    strings = _Strings(Quotable(text), [Quotable(each) for each in others[:MOST_STRINGS]], longest)
    chosen, is_unclear = _chosen(objects, strings, field, data)
    left = frozenset(name for name in objects if name != chosen)
    if chosen is None:
        return TextObject(field, left, is_unclear=is_unclear)
    is_known = chosen in (TEXT, field) or _quoted_in(strings.text, _quoting(objects[chosen])) > 0
    has_others = any(isinstance(each, str | list | dict) for name, each in data.items() if name != field)
    return TextObject(field, left, is_guessed=has_others and not is_known)


def _field_of(data: Mapping[str, Any], results: Sequence[Result]) -> str:
    strings = {name: each for name, each in data.items() if isinstance(each, str)}
    if TEXT in data or not strings:
        return TEXT
    if len(strings) == 1:
        return next(iter(strings))
    if (quoted := quoted_field(strings, results)) is not None:
        return quoted
    objects = {object_name(result) for result in results}
    named = [name for name in strings if name in objects]
    if len(named) == 1:
        return named[0]
    shown = ", ".join(strings)[:100]
    raise RecordError(
        f"no text: data has several strings ({shown}), and nothing shows which is the text; call it `text`"
    )


def quoted_field(strings: Mapping[str, str], results: Sequence[Result]) -> str | None:
    """Return the name of the string that holds most of the texts that results quote; None if no string has most."""
    quoting = list(_quoting(results))
    return _best({name: _quoted_in(Quotable(each), quoting) for name, each in islice(strings.items(), MOST_STRINGS)})


def quoted_elsewhere(results: Sequence[Result], text: Quotable, others: Iterable[Quotable]) -> bool:
    """Return whether another string than the text holds more of the texts that results quote."""
    quoting = list(_quoting(results))
    own = _quoted_in(text, quoting)
    return own < len(quoting) and any(_quoted_in(each, quoting) > own for each in others)


def _quoting(results: Iterable[Result]) -> Iterator[Mapping[str, Any]]:
    """Yield the values that quote a text."""
    for result in results:
        if isinstance(value := result.get("value"), dict) and isinstance(value.get("text"), str):
            yield value


def _quoted_in(text: Quotable, quoting: Iterable[Mapping[str, Any]]) -> int:
    """Count the values whose quote matches this text at their offsets."""
    return sum(text.has(value.get("start"), value.get("end"), value["text"]) for value in quoting)


def _best(counts: Mapping[str, int]) -> str | None:
    """Return the name with the highest count; None if several have it, or if it is 0."""
    most = max(counts.values(), default=0)
    best = [name for name, count in counts.items() if count == most > 0]
    return best[0] if len(best) == 1 else None


def _chosen(
    objects: Mapping[str, Sequence[Result]], strings: _Strings, field: str, data: Mapping[str, Any]
) -> tuple[str | None, bool]:
    """Return the name of the object that shows the text, or None; and whether several could show it."""
    found = {name: of for name, of in objects.items() if not _is_of_another(name, of, strings, field, data)}
    plain = {name: of for name, of in found.items() if not any(map(is_markup, of))} or found
    if len(plain) < 2:
        return next(iter(plain), None), False
    for name in (TEXT, field):
        if name in plain:
            return name, False
    chosen = _best({name: _quoted_in(strings.text, _quoting(results)) for name, results in plain.items()})
    return chosen, chosen is None


def _is_of_another(
    name: str, results: Sequence[Result], strings: _Strings, field: str, data: Mapping[str, Any]
) -> bool:
    """Return whether the results of this object are about something other than the text."""
    if any(map(_is_elsewhere, results)) or quoted_elsewhere(results, strings.text, strings.others):
        return True
    rest = [each for other, each in data.items() if other != field]
    if any(map(is_markup, results)) and _is_markup_elsewhere(name in (TEXT, field), data[field], rest):
        return True
    if name in (TEXT, field) or _quoted_in(strings.text, _quoting(results)):
        return False
    if name in data or (name.casefold() in _MEDIA and strings.others):
        return True
    return strings.text.units < _furthest(results) <= strings.longest


def _is_markup_elsewhere(is_named_so: bool, text: str, rest: Sequence[object]) -> bool:
    """Return whether the HTML or dialogue that an object shows is in the rest of the data, not in the text."""
    is_there = any(isinstance(each, list) or _has_tag(each) for each in rest)
    if is_named_so or _has_tag(text):
        return is_there and not (is_named_so and _has_tag(text))
    return any(isinstance(each, str | list) for each in rest)


def _has_tag(value: object) -> bool:
    return isinstance(value, str) and _TAG.search(value) is not None


def _furthest(results: Sequence[Result]) -> int:
    """Return where the last span of these results ends."""
    values = [value for result in results if isinstance(value := result.get("value"), dict)]
    return max((value["end"] for value in values if type(value.get("end")) is int), default=0)


def object_name(result: Result) -> str | None:
    """Return the name of the object that the result belongs to."""
    name = result.get("to_name")
    return name if isinstance(name, str) else None


def _is_elsewhere(result: Result) -> bool:
    """Return whether the result is on a kind of region that a text cannot have."""
    value = result.get("value")
    if not isinstance(value, dict):
        return False
    is_of_time = type(value.get("start")) is float or type(value.get("end")) is float
    return is_of_time or not _ELSEWHERE.isdisjoint(value) or "original_length" in result or "original_width" in result


def is_markup(result: Result) -> bool:
    """Return whether the result is on HTML or a dialogue: its offsets are not those of a plain text."""
    value = result.get("value")
    return result.get("type") in _MARKUP or (isinstance(value, dict) and "startOffset" in value)


def has_place(result: Result) -> bool:
    """Return whether the result is on a region rather than on the whole object."""
    value = result.get("value")
    return isinstance(value, dict) and not _PLACES.isdisjoint(value)
