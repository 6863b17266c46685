"""Inspecting an example: its source, each prediction with prompt and response, earlier answers."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from rich.console import Group
from rich.padding import Padding
from rich.table import Table
from rich.text import Text
from textual.binding import BindingType

from tiebreak.core.records import Answer, LLMCall
from tiebreak.core.review.choices import Choice
from tiebreak.core.review.review import AnyReview
from tiebreak.core.store.inspection import InspectedPrediction, Inspection
from tiebreak.tui.commands import INSPECT, bindings_of
from tiebreak.tui.pages.engine_text import mentions_text
from tiebreak.tui.pages.review_text import row_word
from tiebreak.tui.screens.page import PageScreen
from tiebreak.tui.text.likely import held_words, percent
from tiebreak.tui.text.readings import difference_name, kind_word
from tiebreak.tui.text.render import SLICE_SIGN, describe_dropped, describe_spans, letter, shorten, visible
from tiebreak.tui.text.values import value_text
from tiebreak.tui.widgets.drawings import drawing_of
from tiebreak.tui.widgets.page_view import linked

Part = Text | Padding | Table
_CANDIDATES = 9  # of a difference; the page lists no more
LONGEST = 20_000  # characters of one text; the page cuts the rest
_HIDDEN = (
    "Blind: the models' names and kinds, prompts, responses, lost mentions, reasons of failures, the source and the "
    "record's other fields are hidden. Meta is shown as it came."
)
_SLICE = f"{SLICE_SIGN} a random text, reviewed blind: what each model said of it, and by which prompt, is hidden."


class InspectScreen(PageScreen):
    """Everything that the store knows of one example."""

    COMMANDS_HERE = INSPECT
    BINDINGS: ClassVar[list[BindingType]] = [*bindings_of(INSPECT)]

    def __init__(self, inspection: Inspection, review: AnyReview, *, blind: bool) -> None:
        title = Text.assemble((" INSPECT ", "bold reverse"), " ", shorten(inspection.example.text, 60))
        order = {name: number for number, name in enumerate(review.item.predictions)}
        parts = [*learned_parts(review), *inspection_parts(inspection, order, blind=blind)]
        if review.sliced is not None:
            parts = [Text(_SLICE, "italic"), *_people(inspection), *_example(inspection, blind=True)]
        super().__init__(title, Group(*parts))


def inspection_parts(inspection: Inspection, order: Mapping[str, int], *, blind: bool) -> Iterator[Part]:
    """Yield the page, part by part; `order` has the place of each predictor on the screen, 0 for the left one."""
    if blind:
        yield Text(_HIDDEN, "italic")
    last = len(order)
    for each in sorted(inspection.predictions, key=lambda each: order.get(each.predictor, last)):
        at = order.get(each.predictor, last)
        sign = letter(at) if at < last or blind else " "  # no model has a letter in an adjudication
        yield from _prediction(each, sign, inspection.example.text, blind)
    yield from _people(inspection)
    yield from _example(inspection, blind)


def learned_parts(review: AnyReview) -> Iterator[Part]:
    """Yield what was learned of the focused difference: the candidates, the most probable first."""
    if not review.has_candidates:
        return
    at = review.focus
    place = review.learned[at]
    assert place is not None
    count = len(review.differences)
    name = difference_name(review.differences[at])
    if review.differences[at].is_offer:
        name = f"{kind_word(review.differences[at])} {shorten(review.places[at].label, 40)}"
    yield _heading(f"Learned of {row_word(review)} {at + 1} of {count}: {name}")
    for candidate in place.candidates[:_CANDIDATES]:
        choice = Choice(candidate.marks, "edited")
        said = [
            letter(number)
            for number, name in enumerate(review.item.predictions)
            if review.differences[at].readings.get(name) == candidate.marks
        ]
        who = f"  ({' '.join(said)})" if said else ""
        yield _fact(percent(candidate.probability), drawing_of(review.task).describe(review, at, choice) + who)
    others = 1.0 - sum(candidate.probability for candidate in place.candidates[:_CANDIDATES])
    yield _fact(percent(max(others, 0.0)), "something else")
    if place.seen:
        yield _fact("because", ": ".join(held_words(review.differences[at], review.readings[at], place)))
    yield _fact("rests on", f"{review.taught} answers")


def _heading(text: str) -> Text:
    return Text(f"\n{text}", "bold underline")


def _fact(name: str, value: str | Text) -> Table:
    row = Table.grid(padding=(0, 2, 0, 0))
    row.add_column(justify="right", width=10, style="dim")
    row.add_column()
    row.add_row(name, value)
    return row


def _long(text: str) -> Padding:
    """Return a text with its line breaks, indented, and cut if it is very long."""
    shown = linked(text[:LONGEST])
    if len(text) > LONGEST:
        shown.append(f"\n… {len(text) - LONGEST} more characters, which the store has", "dim italic")
    return Padding(shown, (0, 0, 0, 4))


def _prediction(each: InspectedPrediction, sign: str, text: str, blind: bool) -> Iterator[Part]:
    yield _heading(f"Model {sign}" if blind else f"{sign}  {visible(each.predictor)}")
    if not blind:
        yield _fact("model", visible(f"{each.model} ({each.kind}), since {each.started_at}"))
        if each.label_map:
            yield _fact("label map", visible(each.label_map))
    if each.error is not None:
        yield _fact("failed", "" if blind else Text(visible(each.error), "red"))
    elif each.spans or each.cats is None:
        yield _fact("spans", describe_spans(text, each.spans))
    if each.scores:
        scored = zip(each.spans, each.scores, strict=False)
        scores = [
            f"{shorten(text[span.start : span.end], 40)} {score:.3f}" for span, score in scored if score is not None
        ]
        yield _fact("scores", " · ".join(scores))
    if each.cats is not None:
        yield _fact("scores", ", ".join(f"{visible(label)} {score:.3f}" for label, score in each.cats.items()))
    if blind:
        return
    if each.dropped:
        yield _fact("dropped", Text(describe_dropped(each.dropped), "red"))
    if each.mentions:
        yield _fact("mentions", mentions_text(each.mentions))
    for number, call in enumerate(each.calls):
        yield from _call(call, "newest call" if len(each.calls) > 1 and not number else "call")


def _call(call: LLMCall, name: str) -> Iterator[Part]:
    figures = [
        f"{value:{form}} {unit}"
        for value, form, unit in (
            (call.seconds, ".1f", "seconds"),
            (call.prompt_tokens, "d", "tokens in"),
            (call.completion_tokens, "d", "tokens out"),
            (call.tries if call.tries > 1 else None, "d", "tries"),
        )
        if value is not None
    ]
    if call.reused:
        figures.insert(0, "an answer that was there already")
    yield _fact(name, ", ".join(figures) or "recorded")
    for title, text in (("response", call.response), ("prompt", call.prompt)):
        yield Text(f"  {title}", "bold")
        yield _long(text) if text else Text("    none is kept", "dim")


def _people(inspection: Inspection) -> Iterator[Part]:
    for remark in inspection.remarks:
        yield _heading("Flags and notes") if remark is inspection.remarks[0] else Text("")
        yield _fact("⚑ flag" if remark.flagged else "note", f"{visible(remark.annotator)}, {_when(remark.made_at)}")
        if remark.note:
            yield _long(remark.note)
    yield _heading("Earlier answers")
    if not inspection.answers:
        yield Text("none", "dim")
    for answer, undone in inspection.answers:
        yield from _answer(answer, undone, inspection.example.text)


def _answer(answer: Answer, undone: bool, text: str) -> Iterator[Part]:
    figures = f"{visible(answer.annotator)}, {_when(answer.answered_at)}, {answer.seconds:.0f} s, {answer.keys} keys"
    yield _fact(answer.answer, Text(figures + (", taken back" if undone else ""), "strike" if undone else ""))
    if answer.cats is None:
        yield _fact("", describe_spans(text, answer.spans))
    else:
        yield _fact("", ", ".join(visible(label) for label, score in answer.cats.items() if score) or "no category")
    for name, places in (("differences", answer.choices), ("offered", answer.offered)):
        if places:
            settled = ", ".join(each.choice + ("" if each.confirmed else " (not confirmed)") for each in places)
            yield _fact("", Text(f"{name}: {visible(settled)}", "dim"))


def _example(inspection: Inspection, blind: bool) -> Iterator[Part]:
    example = inspection.example
    yield _heading("Example")
    if not blind:
        if inspection.value is not None:
            worth = f"{value_text(inspection.value)}, as {inspection.taught:,} answers have taught"
            yield _fact("value", worth)
        yield _fact("source", visible(inspection.source or "unknown"))
    yield _fact("hashes", f"_input_hash {example.input_hash}, _task_hash {example.task_hash or 'none'}")
    yield _fact("digest", inspection.digest)
    yield _fact("size", f"{len(example.text)} characters, {len(example.tokens) or 'no'} tokens of its own")
    yield from _fields("Meta", example.meta or {})
    if not blind:
        yield from _fields("Other fields of the record", example.other_fields)


def _fields(heading: str, fields: Mapping[str, Any]) -> Iterator[Part]:
    if not fields:
        return
    yield _heading(heading)
    for name, value in fields.items():
        yield Text(visible(name), "bold")
        yield _long(value if isinstance(value, str) else _json(value))


def _json(value: Any) -> str:
    return visible(json.dumps(value, ensure_ascii=False))


def _when(seconds: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M", time.localtime(seconds))
