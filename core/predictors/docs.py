"""From a spaCy Doc to spans, tokens and categories."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tiebreak.core.errors import PredictorError
from tiebreak.core.predictors.tasks.prompt import RESULTS
from tiebreak.core.records import Prediction, Span, Spans, Task, TaskKind, Token

if TYPE_CHECKING:
    from collections.abc import Iterable

    from spacy.language import Language
    from spacy.tokens import Doc
    from spacy.tokens import Span as TokenSpan

    from tiebreak.core.label_map import LabelMap
    from tiebreak.core.project.config import PredictorConfig


_GIVEN = ("ents", "spans", "cats")  # the parts of a Doc that a component may write
_WANTED = {
    Task.NER: {"ents"},
    Task.SPANCAT: {"ents", "spans"},
    Task.TEXTCAT: {"cats"},
    Task.TEXTCAT_MULTILABEL: {"cats"},
}
_ROUNDING = 1e-6  # a score may be outside 0..1 by this much


def check_gives(nlp: Language, config: PredictorConfig, task: Task) -> None:
    """Raise PredictorError if nothing in `nlp` predicts for the task: its silence would count as a reading."""
    _CHECKS[task.kind](nlp, config, task)


def given_labels(nlp: Language, task: Task) -> tuple[str, ...]:
    """Return the labels of the components that predict for the task; none if any of them does not list its labels."""
    wanted = _WANTED[task]
    listed = [nlp.pipe_labels.get(name, ()) for name, pipe in nlp.pipeline if _gives(nlp, name, pipe) & wanted]
    return tuple(dict.fromkeys(str(label) for labels in listed for label in labels)) if all(listed) else ()


def labels_by_component(nlp: Language) -> dict[str, tuple[str, ...]]:
    """Return the labels of each component that predicts spans or categories and lists its labels."""
    return {
        name: labels
        for name, pipe in nlp.pipeline
        if _predicts(nlp, name, pipe) and (labels := tuple(map(str, nlp.pipe_labels.get(name, ()))))
    }


def _predicts(nlp: Language, name: str, pipe: Any) -> bool:
    given = tuple(f"doc.{part}" for part in _GIVEN)
    return hasattr(pipe, "_model") or any(each.startswith(given) for each in nlp.get_pipe_meta(name).assigns)


def _check_gives_categories(nlp: Language, config: PredictorConfig, task: Task) -> None:
    names = [name for name, pipe in nlp.pipeline if "cats" in _gives(nlp, name, pipe)]
    if not names:
        only = f", only {', '.join(nlp.pipe_names)}" if nlp.pipe_names else ""
        raise PredictorError(
            f"{config.pipeline}: the pipeline has no component that predicts categories (textcat, "
            f"textcat_multilabel){only}, so it predicts none"
        )
    _check_labels(nlp, config, names)


def check_gives_spans(nlp: Language, config: PredictorConfig, task: Task) -> None:
    """Raise PredictorError if nothing in `nlp` predicts spans of the task: its silence would count as a reading.

    The same goes for a label map that keeps none of its labels, and for a key that none of its components writes to.
    """
    pipeline = config.pipeline
    gives = {name: _gives(nlp, name, pipe) - {"cats"} for name, pipe in nlp.pipeline}
    given = set().union(*gives.values())
    if "ents" in given or (task.allows_overlap and "spans" in given):
        _check_labels(nlp, config, [name for name, parts in gives.items() if parts])
        _check_key(nlp, config, [name for name, parts in gives.items() if "spans" in parts])
        return
    if "spans" in given:
        raise PredictorError(
            f"{pipeline}: the pipeline predicts spans that may overlap, which the task {task.value} forbids; "
            f"a store of the task {Task.SPANCAT.value} takes them"
        )
    names = f"no components that predict spans, only {', '.join(nlp.pipe_names)}" if nlp.pipe_names else "no components"
    raise PredictorError(f"{pipeline}: the pipeline has {names}, so it predicts nothing")


_CHECKS = {TaskKind.SPANS: check_gives_spans, TaskKind.CATEGORIES: _check_gives_categories}


def _check_labels(nlp: Language, config: PredictorConfig, names: list[str]) -> None:
    kept = config.label_map.names
    labels = [set(nlp.pipe_labels.get(name, ())) for name in names]
    known = set().union(*labels)
    if kept is not None and all(labels) and known.isdisjoint(kept):
        few = ", ".join(sorted(known)[:10])
        raise PredictorError(f"{config.pipeline}: the label map keeps none of the pipeline's labels: {few}")


def _check_key(nlp: Language, config: PredictorConfig, names: list[str]) -> None:
    pipes = [nlp.get_pipe(name) for name in names]
    keys = [getattr(pipe, "key", None) or getattr(getattr(pipe, "task", None), "spans_key", None) for pipe in pipes]
    if config.spans_key is not None and all(keys) and config.spans_key not in keys:
        raise PredictorError(
            f"{config.pipeline}: no component writes to the spans key {config.spans_key!r}, only to "
            f"{', '.join(map(str, keys)) or 'doc.ents'}"
        )


def _gives(nlp: Language, name: str, pipe: Any) -> set[str]:
    """Return which of `ents`, `spans` and `cats` a component writes; all if nothing is known about it."""
    assigns = nlp.get_pipe_meta(name).assigns
    if task := getattr(pipe, "task", None):  # spacy-llm's component does not declare what its task sets
        kind, module = type(task).__name__, type(task).__module__
        if module.startswith("tiebreak."):
            return {task.assigns}
        known = {"NERTask": {"ents"}, "SpanCatTask": {"spans"}, "TextCatTask": {"cats"}}
        return known.get(kind, set()) if module.startswith("spacy_llm.") else set(_GIVEN)
    given = {part for part in _GIVEN if any(each.startswith(f"doc.{part}") for each in assigns)}
    if getattr(pipe, "annotate_ents", False):
        given.add("ents")
    is_spacys = (getattr(pipe, "__module__", None) or type(pipe).__module__).startswith("spacy.")
    return given if assigns or is_spacys else set(_GIVEN)


def doc_prediction(example_id: int, doc: Doc, config: PredictorConfig, task: Task) -> Prediction:
    """Turn `doc` into a prediction for the example, under the store's labels: spans with their tokens, or categories.

    The prediction fails if the score of a category is not between 0 and 1.
    """
    return _PREDICTIONS[task.kind](example_id, doc, config, task)


def _span_prediction(example_id: int, doc: Doc, config: PredictorConfig, task: Task) -> Prediction:
    found = doc_spans(doc, task, config.spans_key)
    spans = config.label_map.apply(found)
    scores = _kept_scores(spans, found, doc_scores(doc, config.spans_key, found), config.label_map)
    labels = tuple(span.label for span in found)
    return Prediction(example_id, spans, tokens=doc_tokens(doc), scores=scores, labels=labels)


def _category_prediction(example_id: int, doc: Doc, config: PredictorConfig, task: Task) -> Prediction:
    cats = {str(label): float(score) for label, score in doc.cats.items()}
    for label, score in cats.items():
        if not -_ROUNDING <= score <= 1.0 + _ROUNDING:
            return Prediction(example_id, error=f"the score of {label!r} is {score:g}, not between 0 and 1")
    cats = {label: min(max(score, 0.0), 1.0) for label, score in cats.items() if label}
    return Prediction(example_id, cats=config.label_map.apply_to_cats(cats), labels=tuple(cats))


_PREDICTIONS = {TaskKind.SPANS: _span_prediction, TaskKind.CATEGORIES: _category_prediction}


def _kept_scores(
    spans: Spans, found: Spans, scores: tuple[float | None, ...] | None, label_map: LabelMap
) -> tuple[float | None, ...] | None:
    """Return the scores of `spans`, which the label map made from `found`; the best if two spans became one."""
    if scores is None:
        return None
    best: dict[Span, float] = {}
    for span, score in zip(found, scores, strict=True):
        for renamed in label_map.apply([span]):
            if score is not None:
                best[renamed] = max(score, best.get(renamed, score))
    return tuple(best.get(span) for span in spans)


def doc_spans(doc: Doc, task: Task, spans_key: str | None) -> Spans:
    """Return the spans of `doc`: its entities for `ner`; for `spancat` the spans under `spans_key`.

    Without a key it is `sc`, spaCy's default; a Doc with no spans at all gives its entities. Spans that Tiebreak's own
    LLM tasks placed have their exact bounds, which need not be the bounds of tokens.
    """
    keys = _span_keys(doc, spans_key) if task is Task.SPANCAT or spans_key is not None else None
    groups = [("ents", doc.ents)] if keys is None else [(key, doc.spans[key]) for key in keys]
    return tuple(sorted({span for key, group in groups for span in _exact(doc, key, group) if span.label}))


def _span_keys(doc: Doc, spans_key: str | None) -> list[str] | None:
    """Return the keys of `doc.spans` to read, or None if the entities stand in for them."""
    key = spans_key or "sc"
    if key in doc.spans:
        return [key]
    if spans_key is not None:
        return []
    return list(doc.spans) or None


def _exact(doc: Doc, key: str, group: Iterable[TokenSpan]) -> set[Span]:
    """Return the spans of `group`; those that Tiebreak's tasks wrote have their exact bounds in the text."""
    there = {Span(span.start_char, span.end_char, span.label_) for span in group}
    pairs = doc.user_data.get(RESULTS, {}).get("written", {}).get(key)
    if not pairs:
        return there
    placed = {Span(*written) for _, written in pairs if written is not None}
    return (there - placed) | {Span(*exact) for exact, written in pairs if written is None or Span(*written) in there}


def doc_scores(doc: Doc, spans_key: str | None, spans: Spans) -> tuple[float | None, ...] | None:
    """Return the score of each of `spans` (as `doc_spans` gives them), from 0 to 1, or None for a span without a score.

    spaCy's `spancat` leaves the scores with its group of spans. The result is None if there are no scores at all.
    """
    scores: dict[Span, float] = {}
    for key in _span_keys(doc, spans_key) or ():
        group = doc.spans[key]
        for span, score in zip(group, group.attrs.get("scores", ()), strict=False):
            place = Span(span.start_char, span.end_char, span.label_)
            scores[place] = max(float(score), scores.get(place, 0.0))
    return tuple([scores.get(span) for span in spans]) if scores else None


def doc_tokens(doc: Doc) -> tuple[Token, ...]:
    """Return the tokens of `doc` as (start, end) in code points, white space included, so that indices fit."""
    return tuple([(token.idx, token.idx + len(token)) for token in doc])
