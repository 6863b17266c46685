"""Tiebreak's JSON objects: one function for each thing that `--json` prints."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from tiebreak.tui.ways_out import note_texts, with_way_out

if TYPE_CHECKING:
    from collections import Counter
    from pathlib import Path

    from tiebreak.core.compare.alike import Outcome
    from tiebreak.core.compare.pairing import Confusion
    from tiebreak.core.doctor.checks import Check
    from tiebreak.core.engine.progress import Estimate, RunProgress
    from tiebreak.core.insight.agreement import Agreement, Matches, Measures
    from tiebreak.core.insight.anchoring import Anchoring
    from tiebreak.core.insight.by_run import RunCount
    from tiebreak.core.insight.corrected import Corrected
    from tiebreak.core.insight.counts import Count, Counts
    from tiebreak.core.insight.estimates import Estimates
    from tiebreak.core.insight.file_diff import DifferingText, FileDiff, MatchCounts
    from tiebreak.core.insight.findings import Finding as LearnedFinding
    from tiebreak.core.insight.learned import LearnedAlike
    from tiebreak.core.insight.report import Report
    from tiebreak.core.insight.team import Team
    from tiebreak.core.loading.summary import LoadSummary
    from tiebreak.core.project.label_use import LabelUse
    from tiebreak.core.project.ready_configs import Copied, ReadyConfig
    from tiebreak.core.records import Difference, Marks, QueueItem, Span, Task
    from tiebreak.core.store.checking import Problem
    from tiebreak.core.store.history import LogEntry
    from tiebreak.core.store.status import RunStatus, StoreStatus

Object = dict[str, Any]

_OF_A_RUN = (
    *("predictor", "model", "pending", "ok", "failed", "last_error", "calls", "reused", "retries", "prompt_tokens"),
    *("completion_tokens", "cost", "state", "message"),
)


def span_object(span: Span) -> Object:
    return {"start": span.start, "end": span.end, "label": span.label}


def mark_objects(marks: Marks, task: Task) -> list[Object]:
    """Return the spans of a reading; a category is the empty span at 0, as a store keeps it."""
    from tiebreak.core.tasks.registry import rules_of

    return [span_object(span) for span in rules_of(task).stored(marks)]


def difference_object(difference: Difference, task: Task) -> Object:
    """Return a place where readings differ."""
    readings = {name: mark_objects(marks, task) for name, marks in difference.readings.items()}
    return {"start": difference.start, "end": difference.end, "kind": difference.kind, "readings": readings}


def category_object(item: QueueItem, difference: Difference) -> Object:
    """Return a category on which readings differ: its label, and of each predictor whether it holds and its score."""
    label = difference.label
    return {
        "label": label,
        "kind": difference.kind,
        "readings": {name: bool(marks) for name, marks in difference.readings.items()},
        "scores": {name: item.predictions[name].cats.get(label) for name in difference.readings},
    }


def example_object(item: QueueItem, task: Task) -> Object:
    """Return an example of the queue."""
    return {
        "id": item.example.id,
        "input_hash": item.example.input_hash,
        "text": item.example.text,
        "score": item.score,
        "value": None if item.value is None else item.value.rate,
        "errors": None if item.value is None else item.value.errors,
        "seconds": None if item.value is None else item.value.seconds,
        "differences": [
            category_object(item, difference) if difference.is_category else difference_object(difference, task)
            for difference in item.differences
        ],
        **({"readings": _readings(item, task)} if item.status == "open" else {}),
        "status": item.status,
    }


def _readings(item: QueueItem, task: Task) -> dict[str, list[Object]]:
    """Return each predictor's reading of a text that is not compared; at most one predictor has read such a text."""
    return {name: mark_objects(each.marks, task) for name, each in item.predictions.items() if each.error is None}


def entry_object(entry: LogEntry) -> Object:
    """Return an answer of the log."""
    return {**entry._asdict(), "said": [{"label": label, "text": text} for label, text in entry.said]}


def load_object(loaded: LoadSummary, labels: Sequence[LabelUse]) -> Object:
    """Return what became of the records of a load, and of the labels of its predictors."""
    return {
        **vars(loaded),
        "by_source": dict(loaded.by_source),
        "bad_by_source": dict(loaded.bad_by_source),
        "annotated": dict(loaded.annotated),
        "notes": note_texts(loaded.notes),
        "labels": [label_object(use) for use in labels],
    }


def label_object(use: LabelUse) -> Object:
    """Return what is known of a predictor's labels."""
    return {
        "predictor": use.predictor,
        "left_out": dict(use.unmapped),
        "unknown": dict(use.unknown),
        "own": dict(use.own),
        "joins": dict(use.joins),
        "label_map": None if use.label_map is None else str(use.label_map),
    }


def run_object(progress: RunProgress) -> Object:
    """Return what an engine has done for one predictor."""
    return {name: getattr(progress, name) for name in _OF_A_RUN}


def estimate_object(estimate: Estimate) -> Object:
    """Return what a run would take."""
    return vars(estimate)


def status_object(status: StoreStatus, labels: Sequence[LabelUse]) -> Object:
    """Return the whole status, with the labels of each predictor; the scorer only if it is not the task's default."""
    fields = asdict(status)
    if status.scorer is None:
        del fields["scorer"]
    return {**fields, "labels": [label_object(use) for use in labels]}


def predictors_object(runs: Sequence[RunStatus]) -> Object:
    """Return the predictors with their names, whether each is compared, and its runs, the oldest first."""
    found: Object = {}
    for run in runs:
        fields = asdict(run)
        for name in ("predictor", "left_out", "mentions", "unknown_endings"):
            del fields[name]
        found.setdefault(run.predictor, {"compared": not run.left_out, "runs": []})["runs"].append(fields)
    return {"predictors": [{"predictor": name, **each} for name, each in found.items()]}


def team_object(team: Team) -> Object:
    """Return the share of each annotator; ranges as `--assign` takes them."""
    members = [{**each._asdict(), "assigned": [list(part) for part in each.assigned]} for each in team.members]
    return {"overlap": team.overlap, "overlap_examples": team.overlap_examples, "annotators": members}


def checks_object(checks: Sequence[Check], *, healthy: bool) -> Object:
    """Return what the doctor found."""
    return {"ok": healthy, "checks": [_check_object(check) for check in checks]}


def _check_object(check: Check) -> Object:
    todo = with_way_out(check.todo, check.way_out)
    return {"name": check.name, "state": check.state, "found": check.found, "todo": todo}


def problems_object(found: Sequence[Problem], repaired: Sequence[str], backup: Path | None, *, was_old: bool) -> Object:
    """Return what is wrong with a store, and what of it was repaired."""
    return {
        "found": [asdict(each) for each in found],
        "repaired": list(repaired),
        "backup": None if backup is None else str(backup),
        "was_old": was_old,
    }


def backup_object(path: Path, size: int) -> Object:
    """Return a backup that was made, with its size in bytes."""
    return {"backup": str(path), "bytes": size}


def restored_object(
    store: Path, source: Path, kept: Path | None, moment: float | None, left_out: Mapping[str, int]
) -> Object:
    """Return a store that was restored from `source`: where the old store is kept, and what came after `moment`."""
    size = store.stat().st_size
    came_later = None if moment is None else dict(left_out)
    made = {"store": str(store), "bytes": size, "from": str(source), "kept": None if kept is None else str(kept)}
    return {**made, "as_of": moment, "left_out": came_later}


def config_object(config: ReadyConfig) -> Object:
    """Return a ready config."""
    return vars(config)


def copied_object(copied: Copied) -> Object:
    """Return the files of a ready config that was copied."""
    return {"written": [*map(str, copied.written)], "kept": [*map(str, copied.kept)]}


def agreement_object(agreement: Agreement) -> Object:
    """Return how well annotators agree; in a confusion, null stands for a span that one annotator does not have."""
    return {
        "task": agreement.task.value,
        "annotators": list(agreement.annotators),
        "pairs": [
            {"annotators": list(names), **_measures_object(pair, "kappa")} for names, pair in agreement.pairs.items()
        ],
        "overall": _measures_object(agreement.overall, "alpha"),
    }


def _measures_object(measures: Measures, chance: str) -> Object:
    return {
        "examples": measures.examples,
        "comparisons": measures.comparisons,
        "equal": measures.equal,
        "equal_share": _rounded(measures.equal_share),
        f"verdict_{chance}": _rounded(measures.verdict_chance),
        "accepted": measures.accepted,
        **_matches_object(measures.matches),
        chance: _rounded(measures.chance),
        "labels": [
            {"label": label, **_matches_object(each), chance: _rounded(measures.label_chances[label])}
            for label, each in measures.labels.items()
        ],
        "confusions": [_confusion_object(pair, times) for pair, times in measures.confused()],
    }


def _confusion_object(pair: Confusion, times: int) -> Object:
    return {"first": pair[0], "second": pair[1], "times": times}


def _matches_object(matches: Matches) -> Object:
    return {**asdict(matches), "f1": _rounded(matches.f1), "partial_f1": _rounded(matches.partial_f1)}


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4) + 0.0  # and no -0.0


def diff_object(diff: FileDiff, limit: int) -> Object:
    """Return how two files differ, with the texts that differ most, `limit` at most."""
    return {
        "a": diff.a,
        "b": diff.b,
        "task": diff.task.value,
        "texts_a": diff.texts_a,
        "texts_b": diff.texts_b,
        "annotated_a": diff.annotated_a,
        "annotated_b": diff.annotated_b,
        "only_in_a": list(diff.only_in_a),
        "only_in_b": list(diff.only_in_b),
        "same": diff.same,
        "left_out": diff.left_out,
        "repeated_a": diff.repeated_a,
        "repeated_b": diff.repeated_b,
        "bad": list(diff.bad),
        "notes": note_texts(diff.notes),
        "exact": _match_object(diff.exact),
        "partial": None if diff.partial is None else _match_object(diff.partial),
        "labels": {label: _match_object(match) for label, match in diff.labels.items()},
        "confusion": [{"a": a, "b": b, "count": count} for (a, b), count in diff.confused()],
        "differing": [_text_object(each, diff.task) for each in diff.differing[:limit]],
        "differing_count": len(diff.differing),
    }


def _match_object(match: MatchCounts) -> Object:
    scores = {"precision": match.precision, "recall": match.recall, "f1": match.f1}
    return {**asdict(match), **{name: _rounded(score) for name, score in scores.items()}}


def _text_object(each: DifferingText, task: Task) -> Object:
    return {
        "text": each.text,
        "score": round(each.score, 6),
        "a": mark_objects(each.a, task),
        "b": mark_objects(each.b, task),
        "differences": [difference_object(difference, task) for difference in each.differences],
    }


def report_object(report: Report, estimates: Estimates, learned: Sequence[LearnedAlike]) -> Object:
    """Return what one session or all of them taught, with the estimates and what was learned over all of them."""
    from tiebreak.tui.cli.estimate_objects import estimates_object

    return {
        "session": report.session,
        "annotators": report.annotators,
        "estimates": estimates_object(estimates),
        "answers": report.answers,
        "seconds": round(report.seconds, 1),
        "pace": round(report.pace, 2),
        "keys": report.keys,
        "of_slice": report.of_slice,
        "places": report.places,
        "confirmed": report.confirmed,
        "nobody": report.nobody,
        "by_predictor": {name: _count_object(count) for name, count in report.by_predictor.items()},
        "by_run": [_run_count_object(each) for each in report.by_run],
        "by_kind": _table_object(report.by_kind),
        "by_label": _table_object(report.by_label),
        "corrected": {name: _corrected_object(each) for name, each in report.open_answers.corrected.items()},
        "marked": report.open_answers.as_json()["marked"],
        "learned": [learned_object(each) for each in learned],
        "patterns": [
            {**each.pattern._asdict(), "times": each.times, "places": ["".join(place) for place in each.places]}
            for each in report.patterns
        ],
        "changed_labels": [{"from": old, "to": new, "times": times} for old, new, times in report.changed_labels],
        "flagged": [
            {
                "example": each.remark.example_id,
                "annotator": each.remark.annotator,
                "flag": each.remark.flagged,
                "note": each.remark.note,
                "text": each.text,
            }
            for each in report.flagged
        ],
        "left": report.left,
        "minutes_left": None if report.minutes_left is None else round(report.minutes_left, 1),
    }


def _count_object(count: Count) -> Object:
    """Return how often a predictor was right, with Wilson's interval of the share."""
    from tiebreak.core.insight.report import confidence

    return {**vars(count), "interval": [round(edge, 4) for edge in confidence(count.right, count.places)]}


def _run_count_object(counted: RunCount) -> Object:
    """Return a run, and how often it was right."""
    run = counted.run
    named = ("predictor", "id", "model", "current", "started_at", "path", "file_time", "fingerprint", "changes")
    return {**{name: getattr(run, name) for name in named}, **_count_object(counted.count)}


def _corrected_object(corrected: Corrected) -> Object:
    """Return what became of a model's marks in texts that only it had read."""
    by_label = {label: vars(fate) for label, fate in corrected.by_label.items()}
    return {"texts": corrected.texts, **vars(corrected.all), "by_label": by_label}


def learned_object(learned: LearnedAlike) -> Object:
    """Return what was learned of places that are alike."""
    return {
        "kind": learned.alike.kind,
        "said": {name: list(labels) for name, labels in learned.alike.labels},
        "settled": learned.settled,
        "confirmed": learned.confirmed,
        "right": learned.right,
        "held": _outcome_objects(learned.held),
        "open": learned.open,
        "exported": _outcome_objects(learned.likely),
        "probability": _rounded(learned.probability),
    }


def _outcome_objects(outcomes: Counter[Outcome]) -> list[Object]:
    """Return each reading, by its predictors or as `neither` or `other`, with its places; the most frequent first."""
    return [
        {"reading": list(outcome) if isinstance(outcome, tuple) else outcome, "places": places}
        for outcome, places in outcomes.most_common()
    ]


def _table_object(table: Mapping[str, Counts]) -> dict[str, dict[str, dict[str, int]]]:
    return {key: {name: dict(vars(count)) for name, count in counts.items()} for key, counts in table.items()}


def anchoring_object(found: Anchoring) -> Object:
    """Return what standing first does; shares and their difference are None without places to measure them by."""
    return {
        "places": found.places,
        "swapped": found.swapped,
        "ranks": {
            rank: {
                "shown_first": shown.first,
                "answer_when_first": shown.taken_first,
                "shown_second": shown.second,
                "answer_when_second": shown.taken_second,
                "gap": _rounded(shown.gap),
                "interval": [_rounded(each) for each in shown.interval],
            }
            for rank, shown in found.by_rank.items()
        },
    }


def finding_object(found: LearnedFinding) -> Object:
    """Return what is sure of a model's label, and the filter that finds the places that wait."""
    return {
        "predictor": found.places.predictor,
        "label": found.places.label,
        "others": dict(found.places.others),
        "right": found.right,
        "settled": found.settled,
        "waiting": found.waiting,
        "filter": str(found.places.queue),
    }
