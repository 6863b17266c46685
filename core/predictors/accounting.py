"""The items of an LLM's answer that did not reach the Doc: spacy-llm's parsers silently skip what they cannot read."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple

from tiebreak.core.errors import AnswerError
from tiebreak.core.predictors.placing import LABEL_UNKNOWN, PLACED, UNREADABLE, Mention, dropped, place_each
from tiebreak.core.predictors.tasks.prompt import RESULTS
from tiebreak.core.records import Span

if TYPE_CHECKING:
    from spacy.tokens import Doc
    from spacy_llm.tasks.span import SpanTask
    from spacy_llm.tasks.textcat import TextCatTask

LOST = "lost by the parser"

_NOTHING = re.compile(r"\W*(none|no (named )?(entities|spans)|n/?a|nothing|empty|null)\b", re.IGNORECASE)
_BARE_NOTHING = re.compile(_NOTHING.pattern + r"\W*", re.IGNORECASE)
_BEGINNING = r"((there (are|is|were|was)|i (see|found|find)|(the|this|it)( \w+)? (has|contains|mentions|includes)) )?"
_NO_ENTITIES = r"(no|not any) ([\w-]+ ){0,3}?(entity|entities|spans?|mentions?|labels?|categor(y|ies))"
_REST = (
    r"( (are|were|is|was|be|been|to|of|in|the|this|that|which|given|above|here|found|present|mentioned|identified"
    r"|extracted?|text|sentence|paragraph|passage|input|these|specified|types?|labels?|categories|classes))*"
)
_SENTENCE = re.compile(r"\W*" + _BEGINNING + _NO_ENTITIES + _REST + r"\W*", re.IGNORECASE)
_DECORATION = " \t*-•#`\"'()[]{}0123456789."
_SHOWN = 200  # characters of a line that cannot be read


class Accounted(NamedTuple):
    """`mentions`: an answer's mentions, counted by outcome; `dropped`: text, label and reason of each lost mention."""

    mentions: dict[str, int]
    dropped: list[dict[str, Any]]


class _Item(NamedTuple):
    """One mention that a line lists. A mention with a `reason` is lost already; otherwise its label is known."""

    text: str
    label: str
    reason: str | None = None


def check_readable(task: Any, response: str) -> None:
    """Raise AnswerError if spacy-llm's task can read nothing in an answer: it would look like "no entities"."""
    if not _readable(response, task):
        fault = f"holds nothing that the task can read: “{_one_line(response)}”" if response else "is empty"
        raise AnswerError(f"the answer {fault}")


def account(task: Any, doc: Doc, parts: Sequence[Doc], responses: Sequence[str]) -> Accounted:
    """Count what became of each item of `responses`, after `task` parsed each response into its part of `doc`.

    Known are Tiebreak's own tasks, and spacy-llm's NER, SpanCat and TextCat with their own parsers. For any other task
    the result is empty.
    """
    from spacy_llm.tasks.span import SpanTask
    from spacy_llm.tasks.span.parser import parse_responses as parse_lists
    from spacy_llm.tasks.span.parser import parse_responses_cot as parse_reasons
    from spacy_llm.tasks.textcat import TextCatTask
    from spacy_llm.tasks.textcat.parser import parse_responses_v1_v2_v3 as parse_categories

    own = doc.user_data.get(RESULTS, {}).get("by", {}).get(str(id(task)))
    if own is not None:
        return Accounted(own["mentions"], own["dropped"])
    parser = getattr(task, "_parse_responses", None)
    if isinstance(task, SpanTask) and parser in (parse_lists, parse_reasons):
        read, find = (_reasons, _in_order) if parser is parse_reasons else (_lists, _everywhere)
        return _counted(
            item
            for part, response in zip(parts, responses, strict=True)
            for item in _settled(task, part, list(read(task, response)), find)
        )
    if isinstance(task, TextCatTask) and parser is parse_categories:
        return _counted(item for response in responses for item in _categories(task, response))
    return Accounted({}, [])


def _settled(task: SpanTask, part: Doc, items: list[_Item], find: _Find) -> list[_Item]:
    """Return the items, with a reason for each that `part` lacks; drop items that only say "nothing found"."""
    spans = part.spans.get(task.spans_key, ()) if hasattr(task, "spans_key") else part.ents
    standing = {Span(span.start_char, span.end_char, span.label_) for span in spans}
    known = [index for index, item in enumerate(items) if item.reason is None]
    page = _SearchedDoc(task, part)
    found = find(page, [items[index] for index in known])
    taken: Counter[Span] = Counter()
    lost: list[int] = []
    for index, places in zip(known, found, strict=True):
        place = min((each for each in places if each in standing), key=taken.__getitem__, default=None)
        if place is None or taken[place]:
            lost.append(index)
        else:
            taken[place] += 1
    if not lost:
        return items
    mentions = [Mention(items[index].text, items[index].label) for index in known]
    outcomes = dict(zip(known, place_each(part.text, mentions, overlap=True), strict=True))
    for index in lost:
        items[index] = items[index]._replace(reason=LOST if outcomes[index].span else outcomes[index].name)
    nothing = {index for index in lost if is_nothing(items[index].text)}
    return [item for index, item in enumerate(items) if index not in nothing]


class _SearchedDoc:
    """A Doc, searched the way spacy-llm's parsers search it."""

    def __init__(self, task: SpanTask, doc: Doc) -> None:
        self._folds = not task.case_sensitive_matching
        self._alignment = task.alignment_mode
        self._doc = doc
        self._text = doc.text.lower() if self._folds else doc.text
        self.single = task.single_match
        self.nested = task.allow_overlap

    def find(self, item: _Item, after: int = 0) -> Iterator[Span | None]:
        """Yield each occurrence of the item's words as the span that spaCy makes of it, or None if it makes none."""
        words = item.text.lower() if self._folds else item.text
        at = self._text.find(words, after)
        while at >= 0:
            end = at + len(words)
            span = self._doc.char_span(at, end, label=item.label, alignment_mode=self._alignment)
            yield None if span is None else Span(span.start_char, span.end_char, span.label_)
            at = self._text.find(words, end)


_Find = Callable[[_SearchedDoc, list[_Item]], list[list[Span]]]


def _everywhere(page: _SearchedDoc, items: list[_Item]) -> list[list[Span]]:
    """Return the spans that spacy-llm's parser of lists gives each item: all, or with `single_match` the first."""
    known: dict[_Item, list[Span]] = {}
    for item in items:
        if item not in known:
            places = islice(page.find(item), 1) if page.single else page.find(item)
            known[item] = [place for place in places if place is not None]
    return [known[item] for item in items]


def _in_order(page: _SearchedDoc, items: list[_Item]) -> list[list[Span]]:
    """Return the span that spacy-llm's parser of lines with reasons gives each item: the next in the text."""
    found: list[list[Span]] = []
    after, before = 0, None
    for item in items:
        span = next(page.find(item, after), None)
        while span is not None and span == before:
            after = span.end
            span = next(page.find(item, after), None)
        found.append([] if span is None else [span])
        if span is not None:
            after = span.start if page.nested else span.end
            before = span
    return found


def _counted(found: Iterable[_Item]) -> Accounted:
    items = list(found)
    return Accounted(
        dict(Counter(item.reason or PLACED for item in items)),
        [dropped(item.text, item.label, item.reason) for item in items if item.reason is not None],
    )


def _reasons(task: SpanTask, response: str) -> Iterator[_Item]:
    """Yield the items of lines like `n. text | True | LABEL | reason`, which spacy.NER.v3 and SpanCat.v3 ask for."""
    from spacy_llm.tasks.span.examples import SpanReason

    for line in response.strip().split("\n"):
        if says_nothing(line):
            continue
        try:
            reason = SpanReason.from_str(line)
        except ValueError:
            yield _Item(_one_line(line), "", UNREADABLE)
            continue
        if not reason.is_entity:
            if not _denies(line):
                yield _Item(_one_line(line), reason.label, UNREADABLE)
            continue
        label = task.label_dict.get(task.normalizer(reason.label))
        if not reason.text:
            yield _Item(_one_line(line), reason.label, UNREADABLE)
        elif label is None:
            yield _Item(reason.text, reason.label, LABEL_UNKNOWN)
        else:
            yield _Item(reason.text, label)


def _denies(line: str) -> bool:
    """Return whether a line with reasons says `False`; spacy-llm itself reads anything but `true` as that."""
    return line.split("|")[1].strip().lower() == "false"


def _lists(task: SpanTask, response: str) -> Iterator[_Item]:
    """Yield the items of lines like `LABEL: a, b`, which the older tasks ask for."""
    for line in response.strip().split("\n"):
        label, colon, words = line.partition(":")
        if says_nothing(line) or (colon and is_nothing(words) and not is_known(task, label)):
            continue
        if not colon:
            yield _Item(_one_line(line), "", UNREADABLE)
            continue
        known = task.label_dict.get(task.normalizer(label))
        reason = None if known else UNREADABLE if is_known(task, label.strip(_DECORATION)) else LABEL_UNKNOWN
        for each in filter(None, map(str.strip, words.split(","))):
            yield _Item(each, known or label.strip(), reason)


def is_known(task: SpanTask | TextCatTask, label: str) -> bool:
    return task.normalizer(label) in task.label_dict


def _categories(task: TextCatTask, response: str) -> Iterator[_Item]:
    if task.use_binary:
        [label] = task.label_dict.values()
        if response.strip().upper() == "POS":
            yield _Item(label, label)
        return
    for each in map(str.strip, response.split(",")):
        if label := task.label_dict.get(task.normalizer(each)):
            yield _Item(each, label)
        elif not is_nothing(each):
            yield _Item(each, each, LABEL_UNKNOWN)


def is_nothing(words: str) -> bool:
    return not any(map(str.isalnum, words)) or bool(_BARE_NOTHING.fullmatch(words) or _SENTENCE.fullmatch(words))


def says_nothing(line: str) -> bool:
    """Return whether `line` is blank, a rule, a heading with nothing after it, or says that there is nothing."""
    if not any(map(str.isalnum, line)):
        return True
    if "|" in line:
        return False
    heading, colon, rest = line.partition(":")
    if colon:
        return bool(heading.strip()) and not rest.strip(_DECORATION)
    return says_none(line.lstrip(_DECORATION))


def says_none(answer: str) -> bool:
    """Return whether `answer` begins with a word for nothing, or is a sentence that says so."""
    return bool(_NOTHING.match(answer) or _SENTENCE.fullmatch(answer))


def _readable(response: Any, task: Any) -> bool:
    """Return whether `task` can read any part of `response`, or the response says that there is nothing.

    spacy-llm's parsers skip what they cannot read: nonsense would look like a text without entities (or categories).
    """
    from spacy_llm.tasks.span import SpanTask
    from spacy_llm.tasks.span.examples import SpanReason
    from spacy_llm.tasks.span.parser import parse_responses as parse_lists
    from spacy_llm.tasks.span.parser import parse_responses_cot as parse_reasons
    from spacy_llm.tasks.textcat import TextCatTask
    from spacy_llm.tasks.textcat.parser import parse_responses_v1_v2_v3 as parse_categories

    def can_read(line: str) -> bool:
        label, colon, _ = line.partition(":")
        if colon and is_known(task, label):
            return True
        try:
            return SpanReason.from_str(line).is_entity or _denies(line)
        except ValueError:
            return False

    if getattr(task, "_parse_responses", None) not in (parse_lists, parse_reasons, parse_categories):
        return True  # a parser that the user wrote may read anything
    if isinstance(task, TextCatTask) and isinstance(response, str):
        return _readable_categories(response, task)
    if not isinstance(task, SpanTask) or not isinstance(response, str):
        return True
    lines = [line for line in response.splitlines() if line.strip()]
    return any(can_read(line) for line in lines) or (bool(lines) and says_none(lines[0]))


def _readable_categories(response: str, task: TextCatTask) -> bool:
    """Return whether spacy-llm's parser can read `response`; it reads no list if the task asks for one category."""
    if task.use_binary:
        return response.strip().upper() in ("POS", "NEG")
    named = response.strip().split(",")
    if task.exclusive_classes and len(named) > 1:
        return False
    return any(task.normalizer(each.strip()) in task.label_dict for each in named) or says_none(response)


def _one_line(response: str) -> str:
    return " ".join(response.split())[:_SHOWN]
