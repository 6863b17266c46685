"""What of an LLM's answer the Doc did not get: spacy-llm's own parsers pass over what they cannot read."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from tiebreak.core.errors import AnswerError
from tiebreak.core.predictors.placing import LABEL_UNKNOWN, PLACED, UNREADABLE, Mention, dropped, place_each
from tiebreak.core.predictors.tasks import RESULTS
from tiebreak.core.records import Span

if TYPE_CHECKING:
    from spacy.tokens import Doc
    from spacy_llm.tasks.span import SpanTask
    from spacy_llm.tasks.textcat import TextCatTask

LOST = "lost by the parser"

_NOTHING = re.compile(r"\W*(none|no (named )?(entities|spans)|n/?a|nothing|empty|null)\b", re.IGNORECASE)
_BARE_NOTHING = re.compile(_NOTHING.pattern + r"\W*", re.IGNORECASE)
_DECORATION = " \t*-•#`\"'()[]{}0123456789."
_SHOWN = 200  # characters of a line that cannot be read


class Accounted(NamedTuple):
    """`mentions` of an answer by outcome, and the text, label and reason of those that were dropped."""

    mentions: dict[str, int]
    dropped: list[dict[str, Any]]


class _Item(NamedTuple):
    """What one line lists: a mention of a known label, or with a `reason` what is already known to be lost."""

    text: str
    label: str
    reason: str | None = None


def check_readable(task: Any, responses: Sequence[str]) -> None:
    """Raise AnswerError for an answer of which spacy-llm's task can read nothing: it would look like "no entities"."""
    for response in responses:
        if not _readable(response, task):
            what = f"holds nothing that the task can read: “{_one_line(response)}”" if response else "is empty"
            raise AnswerError(f"the answer {what}")


def account(task: Any, doc: Doc, responses: Sequence[str]) -> Accounted:
    """What became of each item of `responses`, after `task` parsed them into `doc`.

    Of a task that is neither ours nor one of spacy-llm's NER, SpanCat and TextCat with their own parsers, nothing is
    known.
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
    texts = [response for response in responses if isinstance(response, str)]
    if isinstance(task, SpanTask) and parser in (parse_lists, parse_reasons):
        read = _reasons if parser is parse_reasons else _lists
        items = [item for text in texts for item in read(task, text)]
        return _account_spans(task, doc, items, once=parser is parse_reasons)
    if isinstance(task, TextCatTask) and parser is parse_categories:
        return _counted([item for text in texts for item in _categories(task, text)])
    return Accounted({}, [])


def _account_spans(task: SpanTask, doc: Doc, items: list[_Item], *, once: bool) -> Accounted:
    """`once` says that the parser gives each line a place of its own."""
    spans = doc.spans.get(task.spans_key, ()) if hasattr(task, "spans_key") else doc.ents
    text = doc.text.lower()
    got = _Got(text, [Span(span.start_char, span.end_char, span.label_) for span in spans])
    lost: list[int] = []
    for index, item in enumerate(items):
        if item.reason is None and not got.take(item, once=once):
            lost.append(index)
    if not lost:
        return _counted(items)
    known = [index for index, item in enumerate(items) if item.reason is None]
    mentions = [Mention(items[index].text, items[index].label) for index in known]
    outcomes = dict(zip(known, place_each(doc.text, mentions, overlap=True), strict=True))
    for index in lost:
        items[index] = items[index]._replace(reason=LOST if outcomes[index].span else outcomes[index].name)
    nothing = {index for index in lost if _is_nothing(items[index].text)}
    return _counted([item for index, item in enumerate(items) if index not in nothing])


class _Got:
    """The spans that the parser gave, found by label and words; `text` is that of the Doc in lower case."""

    def __init__(self, text: str, spans: list[Span]) -> None:
        self._text = text
        self._by_words: dict[tuple[str, str], list[Span]] = {}
        for span in spans:
            self._by_words.setdefault((span.label, text[span.start : span.end]), []).append(span)

    def take(self, item: _Item, *, once: bool) -> bool:
        """Whether some span stands for `item`, best one with just its words; `once`: it stands for no other item."""
        words = item.text.lower()
        alike = self._by_words.get((item.label, words))
        if alike:
            span = alike[0]
        else:
            others = (each for (label, _), spans in self._by_words.items() if label == item.label for each in spans)
            found = next((each for each in others if _stands_for(each, words, self._text)), None)
            if found is None:
                return False
            span = found
        if once:
            self._by_words[item.label, self._text[span.start : span.end]].remove(span)
        return True


def _stands_for(span: Span, words: str, text: str) -> bool:
    """Whether `span` is what the parser made of an occurrence of `words`, cut to or extended to tokens."""
    begin, last = max(0, span.start - len(words)), span.end + len(words)
    at = text.find(words, begin, last)
    while 0 <= at < span.end:
        end = at + len(words)
        if span.start < end and ((span.start <= at and end <= span.end) or (at <= span.start and span.end <= end)):
            return True
        at = text.find(words, at + 1, last)
    return False


def _counted(items: list[_Item]) -> Accounted:
    return Accounted(
        dict(Counter(item.reason or PLACED for item in items)),
        [dropped(item.text, item.label, item.reason) for item in items if item.reason is not None],
    )


def _reasons(task: SpanTask, response: str) -> Iterator[_Item]:
    """The items of `n. text | True | LABEL | reason`, as spacy.NER.v3 and spacy.SpanCat.v3 ask for."""
    from spacy_llm.tasks.span.examples import SpanReason

    for line in response.strip().split("\n"):
        if _says_nothing(line):
            continue
        try:
            reason = SpanReason.from_str(line)
        except ValueError:
            yield _Item(_one_line(line), "", UNREADABLE)
            continue
        if not reason.is_entity:
            continue
        label = task.label_dict.get(task.normalizer(reason.label))
        if not reason.text:
            yield _Item(_one_line(line), reason.label, UNREADABLE)
        elif label is None:
            yield _Item(reason.text, reason.label, LABEL_UNKNOWN)
        else:
            yield _Item(reason.text, label)


def _lists(task: SpanTask, response: str) -> Iterator[_Item]:
    """The items of `LABEL: a, b`, as the older tasks ask for."""
    for line in response.strip().split("\n"):
        label, colon, words = line.partition(":")
        if _says_nothing(line) or (colon and _is_nothing(words) and not _is_known(task, label)):
            continue
        if not colon:
            yield _Item(_one_line(line), "", UNREADABLE)
            continue
        known = task.label_dict.get(task.normalizer(label))
        reason = None if known else UNREADABLE if _is_known(task, label.strip(_DECORATION)) else LABEL_UNKNOWN
        for each in filter(None, map(str.strip, words.split(","))):
            yield _Item(each, known or label.strip(), reason)


def _is_known(task: SpanTask, label: str) -> bool:
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
        elif not _is_nothing(each):
            yield _Item(each, each, LABEL_UNKNOWN)


def _is_nothing(words: str) -> bool:
    return not any(map(str.isalnum, words)) or _BARE_NOTHING.fullmatch(words) is not None


def _says_nothing(line: str) -> bool:
    """Whether `line` is blank, a rule, a heading with nothing after it, or says that there is nothing."""
    if not any(map(str.isalnum, line)):
        return True
    if "|" in line:
        return False
    heading, colon, rest = line.partition(":")
    if colon:
        return bool(heading.strip()) and not rest.strip(_DECORATION)
    return _NOTHING.match(line.lstrip(_DECORATION)) is not None


def _readable(response: Any, task: Any) -> bool:
    """Whether spacy-llm's tasks can read any of `response`, or it says that there is nothing.

    Their parsers pass over what they cannot read, so that nonsense would look like a text without entities (or
    categories).
    """
    from spacy_llm.tasks.span import SpanTask
    from spacy_llm.tasks.span.examples import SpanReason
    from spacy_llm.tasks.span.parser import parse_responses as parse_lists
    from spacy_llm.tasks.span.parser import parse_responses_cot as parse_reasons
    from spacy_llm.tasks.textcat import TextCatTask
    from spacy_llm.tasks.textcat.parser import parse_responses_v1_v2_v3 as parse_categories

    def can_read(line: str) -> bool:
        label, colon, _ = line.partition(":")
        if colon and _is_known(task, label):
            return True
        try:
            SpanReason.from_str(line)
        except ValueError:
            return False
        return True

    if getattr(task, "_parse_responses", None) not in (parse_lists, parse_reasons, parse_categories):
        return True  # a parser of the user's own may read anything
    if isinstance(task, TextCatTask) and isinstance(response, str):
        return _readable_categories(response, task)
    if not isinstance(task, SpanTask) or not isinstance(response, str):
        return True
    lines = [line for line in response.splitlines() if line.strip()]
    return any(can_read(line) for line in lines) or bool(lines and _NOTHING.match(lines[0]))


def _readable_categories(response: str, task: TextCatTask) -> bool:
    """Whether spacy-llm's parser makes anything of `response`; where one category is asked, not of several."""
    if task.use_binary:
        return response.strip().upper() in ("POS", "NEG")
    named = response.strip().split(",")
    if task.exclusive_classes and len(named) > 1:
        return False
    return any(task.normalizer(each.strip()) in task.label_dict for each in named) or bool(_NOTHING.match(response))


def _one_line(response: str) -> str:
    return " ".join(response.split())[:_SHOWN]
