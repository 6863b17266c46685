"""Labels that label maps leave out, labels of maps that never came, and labels that only one predictor uses."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache

from tiebreak.core.label_map import LabelMap
from tiebreak.core.store.connection import Store
from tiebreak.core.store.examples import example_count
from tiebreak.core.store.run_labels import PredictorLabels, labels_on_same_bounds, predictor_labels

_ENOUGH = 10  # examples; a predictor with fewer may just not have used a label yet
_CLOSE = 0.75  # least similarity of a misspelt label, 0 to 1 (difflib)
_GOOD_SHARE = 1 / 3  # share of the places with a predictor's label
_LISTED = 12  # labels; a sentence lists no more
_LONGEST, _LONGEST_MAP = 60, 2_000  # characters; a longer label is cut, a longer map is not proposed
_PREFIX = 3  # letters; a shorter label is not an abbreviation of another
_MAPPED_FIRST = ("spacy", "llm", "file")  # kinds of predictors; the first gets the label map


@dataclass(frozen=True)
class LabelUse:
    """The use of a predictor's labels; `unmapped` has the labels that the map leaves out, with counts.

    `unknown` has the labels of the map that the predictor lacks, each with the label that was probably meant, or None.
    `own` has the labels that no other predictor uses, under the store's names, with counts. `joins` has for some of
    them another predictor's label that probably means the same. `label_map` is the proposed map with all corrections;
    None if nothing is proposed.
    """

    predictor: str
    unmapped: Mapping[str, int]
    unknown: Mapping[str, str | None]
    own: Mapping[str, int]
    joins: Mapping[str, str]
    label_map: LabelMap | None


def label_use(store: Store) -> list[LabelUse]:
    """Return the label use of each predictor with predictions, the left predictor's first."""
    examples = example_count(store)
    every = predictor_labels(store)
    enough = [each for each in every if each.predicted >= min(_ENOUGH, examples)]
    own = {each.predictor: _own_labels(each, enough) for each in enough} if len(enough) > 1 else {}
    joins = _joins(enough, own, store) if any(own.values()) else {}
    return [_use(each, own.get(each.predictor, {}), joins.get(each.predictor, {})) for each in every]


def use_of_map(predictor: str, label_map: LabelMap, counts: Mapping[str, int]) -> LabelUse:
    """Return the label use of a label map, for labels with these counts."""
    names = {label: label_map.name_of(label) for label in counts}
    return _use(PredictorLabels(predictor, "file", label_map, 0, counts, names), {}, {})


def _use(labels: PredictorLabels, own: Mapping[str, int], joins: Mapping[str, str]) -> LabelUse:
    left_out = {label: count for label, count in labels.counts.items() if count and labels.names[label] is None}
    missing = sorted((labels.label_map.names or {}).keys() - _known(labels))
    unknown = {label: _meant(label, labels.label_map.name_of(label), [*left_out]) for label in missing}
    proposed = None
    if joins or any(unknown.values()):
        proposed = _proposed(labels, {label: meant for label, meant in unknown.items() if meant is not None}, joins)
        proposed = proposed if len(str(proposed)) <= _LONGEST_MAP else None
    return LabelUse(labels.predictor, left_out, unknown, own, joins, proposed)


def _meant(label: str, name: str | None, left_out: Sequence[str]) -> str | None:
    """Return the label that was probably meant, of those that the map leaves out, or None."""
    for each in left_out:
        if _are_alike(label, each) or (name is not None and _are_alike(name, each)):
            return each
    return next(iter(get_close_matches(label, left_out, n=1, cutoff=_CLOSE)), None)


def _known(labels: PredictorLabels) -> set[str]:
    """Return the labels that the predictor has used.

    Runs from before labels were counted have only the store's names: each stands for all labels that are mapped to
    it.
    """
    names = labels.label_map.names or {}
    unsure = {label for label in labels.counts if label not in names and labels.names[label] == label}
    return {*labels.counts} | {label for label, name in names.items() if name in unsure}


def _names(labels: PredictorLabels) -> dict[str, int]:
    """Return the counts under the store's names."""
    counts: dict[str, int] = {}
    for label, name in labels.names.items():
        if name is not None and labels.counts[label]:
            counts[name] = counts.get(name, 0) + labels.counts[label]
    return counts


def _own_labels(labels: PredictorLabels, every: Sequence[PredictorLabels]) -> dict[str, int]:
    others = {name for other in every if other.predictor != labels.predictor for name in _names(other)}
    return {name: count for name, count in _names(labels).items() if name not in others}


def _joins(
    every: Sequence[PredictorLabels], own: Mapping[str, Mapping[str, int]], store: Store
) -> dict[str, dict[str, str]]:
    """Return for each predictor, and each of its own labels, another predictor's label that probably means the same.

    If two own labels mean each other, only that of the predictor whose kind comes first is mapped.
    """
    same_bounds = labels_on_same_bounds(store)
    order = sorted(every, key=lambda labels: _MAPPED_FIRST.index(labels.kind) if labels.kind in _MAPPED_FIRST else 9)
    joins: dict[str, dict[str, str]] = {}
    taken: set[str] = set()  # labels that others are mapped to
    for labels in order:
        own_counts = {label: count for label, count in own[labels.predictor].items() if label not in taken}
        found = _by_places(labels, own_counts, same_bounds)
        others = {name for other in every if other.predictor != labels.predictor for name in _names(other)}
        for label in sorted(own_counts.keys() - found.keys(), key=lambda label: (-own_counts[label], label)):
            alike = min((name for name in others - {*found.values()} if _are_alike(label, name)), default=None)
            found |= {} if alike is None else {label: alike}
        joins[labels.predictor] = found
        taken.update(found.values())
    return joins


def _by_places(
    labels: PredictorLabels, own_counts: Mapping[str, int], same_bounds: Mapping[tuple[str, str, str, str], int]
) -> dict[str, str]:
    """Return for each of these labels the label that others mostly give to the same places.

    If the predictor itself uses that label, too, it must be so at a good share of the places. For example, a predictor
    that never uses MISC may call some such places ORG.
    """
    stands: dict[str, Counter[str]] = {}
    for (predictor, label, _, others_label), count in same_bounds.items():
        if predictor == labels.predictor and label in own_counts:
            stands.setdefault(label, Counter())[others_label] += count
    has = _names(labels)
    found = {}
    for label, others in stands.items():
        best = min(others, key=lambda name: (-others[name], name))
        share = _GOOD_SHARE * own_counts[label] if best in has else 0.0
        if others[best] >= max(2, share) and 2 * others[best] >= others.total():
            found[label] = best
    return found


def _are_alike(one: str, other: str) -> bool:
    """Return whether labels differ only in case and signs, or abbreviate each other, as PER does PERSON."""
    short, long = sorted((_plain(one), _plain(other)), key=len)
    return short == long or (len(short) >= _PREFIX and long.startswith(short))


@lru_cache(maxsize=1 << 16)  # each label is compared with all others
def _plain(label: str) -> str:
    """Return the letters and digits of a label, in lower case."""
    return "".join(filter(str.isalnum, label.casefold()))


def _proposed(labels: PredictorLabels, meant: Mapping[str, str], joins: Mapping[str, str]) -> LabelMap:
    """Return the label map with the labels that were `meant`, and with the names that other predictors use."""
    if labels.label_map.names is None:
        names = {label: name for label, name in labels.names.items() if name is not None}
    else:
        names = dict(_corrected(label, name, meant.get(label)) for label, name in labels.label_map.names.items())
    return LabelMap({label: joins.get(name, name) for label, name in names.items()})


def _corrected(label: str, name: str, meant: str | None) -> tuple[str, str]:
    """Return a map's entry with the label that was meant. Its name stays, unless that is the misspelt label."""
    if meant is None:
        return label, name
    return meant, meant if name == label and not _are_alike(label, meant) else name


def label_remarks(use: LabelUse) -> list[str]:
    """Return messages about a predictor's labels, without the predictor's name."""
    messages = []
    if use.unknown:
        meant = [
            f"{_short(label)} (did you mean {_short(other)}?)" if other else _short(label)
            for label, other in list(use.unknown.items())[:_LISTED]
        ]
        messages.append(f"the label map names {', '.join(meant)}, never used by the predictor")
    if use.unmapped:
        messages.append(f"the label map leaves out {label_counts(use.unmapped)}")
    if use.own:
        messages.append(f"no other predictor uses {label_counts(use.own)}")
    return messages


def label_counts(labels: Mapping[str, int]) -> str:
    """Return the labels with their counts, the most frequent first."""
    most = sorted(labels.items(), key=lambda pair: (-pair[1], pair[0]))
    shown = ", ".join(f"{_short(label)} ({count:,})" for label, count in most[:_LISTED])
    return shown + (f" and {len(most) - _LISTED} more" if len(most) > _LISTED else "")


def joined_pairs(use: LabelUse) -> str:
    """List the labels that the proposed map makes the same as other predictors' labels; "" if there are none."""
    return ", ".join(f"{_short(label)} with {_short(other)}" for label, other in list(use.joins.items())[:_LISTED])


def _short(label: str) -> str:
    return label if len(label) <= _LONGEST else f"{label[: _LONGEST - 1]}…"
