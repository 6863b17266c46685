"""Tallies: a report that goes on from kept counts says the same as a report that counts everything."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stores import create_store

from tiebreak.core.compare.spans import find_differences
from tiebreak.core.insight import counting, tallied
from tiebreak.core.insight.estimates import Estimates, make_estimates
from tiebreak.core.insight.report import Report, make_report
from tiebreak.core.insight.sampling import Sampled, sampled_groups
from tiebreak.core.records import Answer, AnswerValue, Prediction, Record, SettledDifference, Span
from tiebreak.core.store.answers import ADJUDICATE, AUTO, save_answer, undo_last_answer
from tiebreak.core.store.connection import Store
from tiebreak.core.store.current import left_out_names
from tiebreak.core.store.examples import add_examples
from tiebreak.core.store.given_answers import GivenAnswer, given_answers
from tiebreak.core.store.left_out import leave_out, put_back
from tiebreak.core.store.opening import open_store
from tiebreak.core.store.predictions import save_predictions, start_run
from tiebreak.core.store.replacing import restore
from tiebreak.core.store.slices import save_skip

TEXTS = [f"Uber hires Ada in Paris {number}" for number in range(6)]
READINGS = {"left": (Span(0, 4, "PERSON"), Span(11, 14, "PERSON")), "right": (Span(0, 4, "ORG"), Span(18, 23, "GPE"))}
SAVED: list[list[Span]] = [[], [Span(0, 4, "ORG")], [Span(0, 4, "PERSON"), Span(18, 23, "GPE")], [*READINGS["left"]]]

Step = tuple[str, int, str, int]  # an action, the example, the annotator, and the spans
STEPS = st.tuples(
    st.sampled_from(["accept", "reject", "old", "adjudicate", "auto", "slice", "undo", "run", "back", "skip", "leave"]),
    st.integers(1, len(TEXTS)),
    st.sampled_from(["sam", "ann"]),
    st.integers(0, len(SAVED) - 1),
)


@pytest.fixture(autouse=True)
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counting, "PART", 3)
    monkeypatch.setattr(tallied, "PART", 3)


Parts = list[Sampled]


def reported(store: Store) -> tuple[Report, Estimates, Parts]:
    """Return all that a report says, and what its estimates rest on."""
    return make_report(store), make_estimates(store), sampled_groups(store)


def cold(store: Store) -> tuple[Report, Estimates, Parts]:
    """Return the same for a store without kept counts."""
    with TemporaryDirectory() as folder:
        copy = Path(folder) / "copy.db"
        store.execute("VACUUM INTO ?", (str(copy),))
        with open_store(copy) as other:
            other.execute("DROP TABLE tallies")
            return reported(other)


def take(store: Store, step: Step) -> None:
    what, example_id, annotator, saved = step
    spans = tuple(SAVED[saved])
    choices = [
        SettledDifference(
            each._replace(readings={}) if what == "old" else each,
            "edited",
            tuple(span for span in spans if span.start < each.end and each.start < span.end),
            bool(saved % 2),
        )
        for each in find_differences(READINGS)
    ]
    if what == "undo":
        undo_last_answer(store, annotator, "s")
    elif what == "skip":
        save_skip(store, example_id)
    elif what == "leave":
        (put_back if left_out_names(store) else leave_out)(store, "right")
    elif what == "run":
        run = start_run(store, predictor="left", kind="file", fingerprint=f"{saved}", model="m")
        save_predictions(store, run, [Prediction(example_id, spans)])
    else:
        view = {"adjudicate": ADJUDICATE, "slice": "slice"}.get(what, "review")
        name = AUTO if what == "auto" else annotator
        kind: AnswerValue = "reject" if what == "reject" else "accept"
        shown = READINGS["left"]
        save_answer(store, Answer(example_id, name, "s", kind, spans, tuple(choices), shown, 3.1, 2, view))


def filled(path: Path) -> Store:
    store = create_store(path)
    add_examples(store, [Record(text) for text in TEXTS], "test")
    for name, spans in READINGS.items():
        run = start_run(store, predictor=name, kind="file", fingerprint="x", model="m")
        save_predictions(store, run, [Prediction(each, spans) for each in range(1, len(TEXTS) + 1)])
    return store


@settings(max_examples=6, deadline=None)
@given(steps=st.lists(STEPS, min_size=5, max_size=14), looks=st.sets(st.integers(0, 13)))
def test_what_was_counted_before_and_what_came_since_say_the_same_as_all(steps: list[Step], looks: set[int]) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "some.db"
        store = filled(path)
        backup = Path(folder) / "kept.backup"
        for at, step in enumerate(steps):
            if step[0] == "back":
                store.close()
                if backup.exists():
                    restore(backup, path, replace=True)
                else:
                    shutil.copyfile(path, backup)
                store = open_store(path)
            else:
                take(store, step)
            if at in looks:
                reported(store)
        assert reported(store) == cold(store)
        assert reported(store) == cold(store)
        store.close()


def test_going_back_to_a_moment_counts_again_though_ids_come_again(tmp_path: Path) -> None:
    with filled(tmp_path / "some.db") as store:
        for at, saved in enumerate((1, 2, 1), 1):
            take(store, ("accept", at, "sam", saved))
        make_report(store)
        [moment] = store.execute("SELECT answered_at FROM answers WHERE id = 2").fetchone()
    restore(tmp_path / "some.db", tmp_path / "back.db", moment)
    with open_store(tmp_path / "back.db") as store:
        assert store.execute("SELECT count(*) FROM tallies").fetchone() == (0,)
        take(store, ("accept", 3, "sam", 3))
        assert reported(store) == cold(store)


@pytest.mark.parametrize(
    "fault",
    [
        "UPDATE tallies SET counts = replace(counts, 'ORG', 'GPE')",
        "UPDATE tallies SET counts = x'00'",
        "UPDATE tallies SET basis = 'x', counts = '['",
        "DELETE FROM tallies",
        "DROP TABLE tallies",
    ],
)
def test_tallies_that_somebody_took_or_changed_are_counted_again(tmp_path: Path, fault: str) -> None:
    with filled(tmp_path / "some.db") as store:
        for example_id in range(1, 6):
            take(store, ("accept", example_id, "sam", 1))
        before = make_report(store)
        kept = store.execute("SELECT * FROM tallies").fetchall()
        assert len(kept) > 1
        store.execute(fault)
    with open_store(tmp_path / "some.db") as store:
        assert make_report(store) == before
        assert store.execute("SELECT * FROM tallies").fetchall() == kept


def test_only_parts_that_have_changed_are_counted_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[int] = []

    def reading(store: Store, ids: Sequence[int]) -> Iterator[GivenAnswer]:
        read.extend(ids)
        return given_answers(store, ids)

    monkeypatch.setattr(counting, "given_answers", reading)
    with filled(tmp_path / "some.db") as store:
        for example_id in range(1, 6):
            take(store, ("accept", example_id, "sam", 1))
        make_report(store)
        read.clear()
        make_report(store)
        assert read == []
        take(store, ("accept", 6, "sam", 1))
        make_report(store)
        assert read == [6]


def test_within_a_snapshot_nothing_is_kept(tmp_path: Path) -> None:
    with filled(tmp_path / "some.db") as store:
        take(store, ("accept", 1, "sam", 1))
        with store.snapshot():
            inside = reported(store)
        assert store.execute("SELECT count(*) FROM tallies").fetchone() == (0,)
        assert reported(store) == inside
        assert store.execute("SELECT count(DISTINCT what) FROM tallies").fetchone() == (3,)
