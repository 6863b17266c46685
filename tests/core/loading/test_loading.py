"""Loading: texts become examples, spans a predictor's predictions, and a bad line fails alone."""

from __future__ import annotations

import gzip
import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from waiting import wait_until

from tiebreak.core.errors import ConfigError, SourceError
from tiebreak.core.label_map import LabelMap
from tiebreak.core.loading import sources as loading
from tiebreak.core.loading.sources import LoadOptions, load_sources, open_or_create
from tiebreak.core.loading.summary import LoadSummary
from tiebreak.core.records import Record, Span, Task
from tiebreak.core.store.connection import Store
from tiebreak.core.store.examples import add_examples, label_names
from tiebreak.core.store.opening import open_store
from tiebreak.core.store.queue import current_predictions, iterate_queue, read_example
from tiebreak.core.store.replacing import remove_if_empty
from tiebreak.core.store.status import store_status

Write = Callable[..., str]
ADA = {"start": 0, "end": 3, "label": "PERSON"}
BOB = {"start": 8, "end": 11, "label": "PERSON"}
LOADER = """
import sys
from pathlib import Path
from tiebreak.core import loading
from tiebreak.core.loading.sources import LoadOptions, load_sources, open_or_create
loading.BATCH = 1000
store, _ = open_or_create(Path(sys.argv[1]), None)
print("ready", flush=True)
load_sources(store, sys.argv[3:], LoadOptions(sys.argv[2]))
"""


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes records (or raw lines) to a JSONL file and returns its path."""

    def write(*records: dict[str, Any] | bytes, name: str = "source.jsonl") -> str:
        lines = [record if isinstance(record, bytes) else json.dumps(record).encode() for record in records]
        (tmp_path / name).write_bytes(b"".join(each + b"\n" for each in lines))
        return str(tmp_path / name)

    return write


def dump(path: Path) -> list[str]:
    """Return the whole content of a store, as SQL."""
    connection = sqlite3.connect(path)
    try:
        return list(connection.iterdump())
    finally:
        connection.close()


def test_a_text_is_one_example_however_often_it_is_loaded_and_its_first_meta_stays(store: Store, write: Write) -> None:
    first = write(
        {"text": "Ada", "meta": {"n": 1}, "_input_hash": 5}, {"text": "Bob"}, {"text": "Ada", "meta": {"n": 2}}
    )
    loaded = load_sources(store, [first])
    assert (loaded.records, loaded.new, loaded.skipped) == (3, 2, 1)
    second = write({"text": "Bob", "meta": {"n": 3}, "x": 1}, {"text": "Cy"}, name="second.jsonl")
    loaded = load_sources(store, [second, first])
    assert (loaded.records, loaded.new, loaded.skipped) == (5, 1, 4)
    examples = [read_example(store, example_id) for example_id in (1, 2, 3)]
    assert [(each.text, each.meta) for each in examples] == [("Ada", {"n": 1}), ("Bob", None), ("Cy", None)]
    assert examples[0].input_hash == 5
    assert examples[1].other_fields == {}
    assert store_status(store).examples == 3


def test_texts_that_differ_by_a_hair_are_examples_of_their_own(store: Store, write: Write) -> None:
    texts = ["é", "e\u0301", "é ", "É", "é\r", "é\u200b", "é\x00"]
    assert load_sources(store, [write(*({"text": text} for text in texts))]).new == len(texts)


def test_texts_with_the_same_input_hash_are_examples_of_their_own(store: Store, write: Write) -> None:
    source = write({"text": "Ada", "_input_hash": 7}, {"text": "Bob", "_input_hash": 7})
    assert load_sources(store, [source]).new == 2


def test_spans_are_nobodys_unless_a_name_is_given(store: Store, write: Write) -> None:
    source = write({"text": "Ada met Bob", "spans": [ADA]}, {"text": "none", "spans": []}, {"text": "plain"})
    loaded = load_sources(store, [source])
    assert (loaded.new, loaded.ignored_spans, loaded.predictions) == (3, 1, {})
    loaded = load_sources(store, [source], LoadOptions("gold"))
    assert (loaded.skipped, loaded.ignored_spans, loaded.predictions) == (3, 0, {"gold": 2})
    assert current_predictions(store, 1)["gold"].marks == (Span(0, 3, "PERSON"),)
    assert current_predictions(store, 2)["gold"].marks == ()
    assert current_predictions(store, 3) == {}


def test_a_prodigy_export_of_several_annotators_is_as_many_predictors(store: Store, write: Write) -> None:
    source = write(
        {"text": "Ada met Bob", "spans": [ADA, BOB], "_annotator_id": "sam", "answer": "accept"},
        {"text": "Ada met Bob", "spans": [ADA], "_annotator_id": "kim", "answer": "accept"},
        {"text": "Ada", "spans": [ADA], "_annotator_id": "sam"},
    )
    loaded = load_sources(store, [source])
    assert (loaded.new, loaded.predictions) == (2, {"sam": 2, "kim": 1})
    [item] = iterate_queue(store)
    assert item.example.text == "Ada met Bob"
    assert [each.readings for each in item.differences] == [{"sam": (Span(8, 11, "PERSON"),), "kim": ()}]


def test_a_name_in_another_form_of_unicode_is_one_predictor_and_an_old_one_stays(store: Store, write: Write) -> None:
    nfd, nfc = "Jose\u0301", "Jos\u00e9"
    both: list[Any] = [{"text": text, "spans": [], "_annotator_id": name} for text, name in (("a", nfd), ("b", nfc))]
    assert load_sources(store, [write(*both)]).predictions == {nfc: 2}
    old = load_sources(store, [write({"text": "c", "spans": []})], LoadOptions(nfd))
    assert old.predictions == {nfd: 1}
    assert set(load_sources(store, [write(*both)]).predictions) == {nfd, nfc}


def test_a_given_name_goes_before_the_annotators(store: Store, write: Write) -> None:
    source = write({"text": "Ada", "spans": [ADA], "_annotator_id": "sam"})
    assert load_sources(store, [source], LoadOptions("gold")).predictions == {"gold": 1}


@pytest.mark.parametrize("annotator", ["", "  "])
def test_a_blank_annotator_is_nobody(store: Store, write: Write, annotator: str) -> None:
    source = write({"text": "Ada", "spans": [ADA], "_annotator_id": annotator}, {"text": "Bob"})
    loaded = load_sources(store, [source])
    assert (loaded.new, loaded.predictions) == (2, {})


def test_a_blank_name_is_refused(store: Store, write: Write) -> None:
    with pytest.raises(ConfigError, match="a predictor's name is empty"):
        load_sources(store, [write({"text": "Ada", "spans": [ADA]})], LoadOptions("  "))


def test_spans_that_a_person_rejected_or_ignored_are_no_prediction(store: Store, write: Write) -> None:
    source = write(
        {"text": "Ada", "spans": [ADA], "_annotator_id": "sam", "answer": "reject"},
        {"text": "Bob", "spans": [ADA], "_annotator_id": "sam", "answer": "ignore"},
        {"text": "Cyd", "spans": [ADA], "_annotator_id": "sam", "answer": "accept"},
    )
    loaded = load_sources(store, [source])
    assert (loaded.new, loaded.unaccepted, loaded.predictions) == (3, 2, {"sam": 1})


def test_the_label_map_applies_and_only_its_labels_are_known(store: Store, write: Write) -> None:
    source = write({"text": "Ada met Bob", "spans": [ADA, {**BOB, "label": "NOISE"}]})
    load_sources(store, [source], LoadOptions("gold", LabelMap.parse("PERSON:PER")))
    assert current_predictions(store, 1)["gold"].marks == (Span(0, 3, "PER"),)
    assert label_names(store) == ["PER"]
    [run] = store_status(store).runs
    assert (run.kind, run.label_map, run.ok) == ("file", "PERSON:PER", 1)


def test_loading_again_replaces_what_the_predictor_said_and_counts_only_what_changed(
    store: Store, write: Write
) -> None:
    load_sources(store, [write({"text": "Ada", "spans": [ADA]}, {"text": "Bob", "spans": []})], LoadOptions("gold"))
    changed = write({"text": "Ada", "spans": []}, {"text": "Bob", "spans": []})
    assert load_sources(store, [changed], LoadOptions("gold")).predictions == {"gold": 1}
    assert current_predictions(store, 1)["gold"].marks == ()
    [run] = store_status(store).runs
    assert run.ok == 2


def test_bad_lines_are_reported_with_file_line_and_reason_and_the_rest_is_loaded(store: Store, write: Write) -> None:
    good = {"text": "Ada", "spans": [ADA]}
    source = write(good, b"{", {"text": "Bob", "spans": [{**ADA, "end": 9}]}, {"text": "Cy"}, b"[]")
    messages: list[str] = []
    reports: list[int] = []
    loaded = load_sources(
        store,
        [source],
        LoadOptions("gold"),
        on_bad=messages.append,
        on_progress=lambda loaded: reports.append(loaded.records),
    )
    assert (loaded.records, loaded.new, loaded.bad, loaded.predictions) == (2, 2, 3, {"gold": 1})
    assert [message.split(": ")[0] for message in messages] == [f"{source}:{line}" for line in (2, 3, 5)]
    assert "out of range: the text has 3 characters" in messages[1]
    assert reports[-1] == 2


def test_strict_stops_at_the_first_bad_line_and_leaves_the_store_as_it_was(
    store: Store, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loading, "BATCH", 100)
    load_sources(store, [write({"text": "Ada", "spans": [ADA]})], LoadOptions("one"))
    before = dump(store.path)
    good = [{"text": f"text {number}", "spans": []} for number in range(450)]
    source = write(*good, {"text": "Ada", "spans": []}, b"{", {"text": "later"}, name="long.jsonl")
    other = write({"text": "other"}, name="other.jsonl")
    with pytest.raises(SourceError, match=rf"{source}:452: not JSON: .*; nothing was loaded, since loading is strict"):
        load_sources(store, [other, source], LoadOptions("two", strict=True))
    assert dump(store.path) == before
    assert load_sources(store, [other], LoadOptions(strict=True)).new == 1


def test_a_missing_source_is_refused_before_the_others_are_loaded(store: Store, write: Write, tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"missing\.jsonl: no such file"):
        load_sources(store, [write({"text": "Ada"}), str(tmp_path / "missing.jsonl")])
    assert store_status(store).examples == 0


def test_what_stands_before_the_end_of_a_truncated_gzip_is_loaded(store: Store, tmp_path: Path) -> None:
    rows = [json.dumps({"text": f"{number} {os.urandom(40).hex()}"}) for number in range(1000)]
    packed = gzip.compress("\n".join(rows).encode())
    source = tmp_path / "source.jsonl.gz"
    source.write_bytes(packed[: len(packed) // 2])
    with pytest.raises(SourceError, match=r"after line (\d+)") as raised:
        load_sources(store, [str(source)])
    line = int(str(raised.value).split("after line ")[1].split(":")[0])
    assert 0 < line < 1000
    assert store_status(store).examples == line


def test_overlapping_spans_are_a_bad_line_for_ner_and_fine_for_spancat(
    new_store: Callable[[Task], Store], data: Path
) -> None:
    records = [json.loads(line) for line in (data / "ar_wojood.jsonl").read_text("utf-8").splitlines()]
    both = [{**record, "spans": record["spans"] + record["nested"]} for record in records]
    store = new_store(Task.SPANCAT)
    path = store.path.with_suffix(".jsonl")
    path.write_text("".join(json.dumps(record) + "\n" for record in both), "utf-8")
    assert load_sources(store, [str(path)], LoadOptions("gold")).bad == 0
    assert len(current_predictions(store, 1)["gold"].marks) == len(both[0]["spans"])
    messages: list[str] = []
    assert load_sources(new_store(Task.NER), [str(path)], LoadOptions("gold"), on_bad=messages.append).bad == 10
    assert all("a store of the task spancat takes them" in message for message in messages)


def test_a_store_keeps_its_task(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    store, created = open_or_create(path, None)
    assert (store.task, created) == (Task.NER, True)
    store.close()
    with pytest.raises(ConfigError, match=rf"{path}: the store's task is ner, not spancat"):
        open_or_create(path, Task.SPANCAT)
    store, created = open_or_create(path, Task.NER)
    assert created is False
    store.close()


def test_an_empty_file_becomes_a_store(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    path.touch()
    store, created = open_or_create(path, Task.SPANCAT)
    assert (store.task, created) == (Task.SPANCAT, True)
    store.close()


def test_recorded_answers_of_an_llm_bring_what_could_not_be_placed(store: Store, data: Path) -> None:
    load_sources(store, [str(data / "news_headlines.llm.jsonl")])
    unplaced = {}
    for line in (data / "news_headlines.llm.jsonl").read_text("utf-8").splitlines():
        record = json.loads(line)
        unplaced[record["text"]] = record["unplaced"]
    for example_id in range(1, 31):
        prediction = current_predictions(store, example_id)["qwen2.5-coder-1.5b-instruct"]
        assert list(prediction.dropped) == unplaced[read_example(store, example_id).text]


def test_a_file_whose_name_is_no_unicode_loads(store: Store, tmp_path: Path) -> None:
    path = os.fsencode(tmp_path) + b"/caf\xe9.jsonl"
    Path(os.fsdecode(path)).write_bytes(b'{"text": "Ada", "spans": []}\n')
    assert load_sources(store, [os.fsdecode(path)], LoadOptions("gold")).new == 1


def test_a_deeply_nested_meta_loads_and_reads_back_or_is_a_bad_line(store: Store, write: Write) -> None:
    depths = [1, 100, 400, *range(900, 1000)]
    deep = [b'{"text": "%d", "spans": [], "meta": %s1%s}' % (n, b'{"a":' * n, b"}" * n) for n in depths]
    loaded = load_sources(store, [write(*deep)], LoadOptions("gold"))
    assert loaded.new + loaded.bad == len(depths)
    assert loaded.new >= 3
    for example_id in range(1, loaded.new + 1):
        assert read_example(store, example_id).meta


@pytest.mark.full
def test_two_processes_load_at_once_and_lose_nothing(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    open_or_create(path, Task.NER)[0].close()
    sources = []
    for name, texts in (("left", range(6000)), ("right", range(3000, 9000))):
        sources.append(tmp_path / f"{name}.jsonl")
        sources[-1].write_text("".join(json.dumps({"text": f"t{n}", "spans": []}) + "\n" for n in texts))
    loaders = [
        subprocess.Popen([sys.executable, "-c", LOADER, path, source.stem, source], stdout=subprocess.PIPE)
        for source in sources
    ]
    assert [loader.wait(60) for loader in loaders] == [0, 0]
    for loader in loaders:
        assert loader.stdout is not None
        loader.stdout.close()
    with open_store(path) as store:
        status = store_status(store)
        assert (status.examples, status.predicted, status.agreed) == (9000, 9000, 3000)
        assert {run.predictor: run.ok for run in status.runs} == {"left": 6000, "right": 6000}


@pytest.mark.full
def test_a_load_that_is_killed_leaves_a_sound_store_and_runs_again(tmp_path: Path) -> None:
    path, source, count = tmp_path / "store.db", tmp_path / "source.jsonl", 40_000
    source.write_text("".join(json.dumps({"text": f"text {n}", "spans": []}) + "\n" for n in range(count)))
    loader = subprocess.Popen([sys.executable, "-c", LOADER, path, "gold", source], stdout=subprocess.PIPE)
    assert loader.stdout is not None
    assert loader.stdout.readline() == b"ready\n"
    with open_store(path) as store:
        wait_until(lambda: store_status(store).examples >= 2000)
        loader.kill()
        loader.wait()
        loader.stdout.close()
    with open_store(path) as store:
        status = store_status(store)
        assert 0 < status.examples < count
        assert status.predicted == status.examples == status.runs[0].ok
        assert store.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        loaded: LoadSummary = load_sources(store, [str(source)], LoadOptions("gold"))
        assert loaded.new + status.examples == count
        assert store_status(store).runs[0].ok == count


def test_the_recorded_answer_of_an_llm_is_kept_once(store: Store, tmp_path: Path) -> None:
    source = tmp_path / "llm.jsonl"
    source.write_text(json.dumps({"text": "Ada met", "spans": [], "response": "RAW ANSWER", "unplaced": ["Zed"]}))
    for _ in range(2):
        load_sources(store, [str(source)], LoadOptions("llm"))
    calls = store.execute("SELECT prompt, response FROM llm_calls").fetchall()
    assert calls == [(None, "RAW ANSWER")]


@pytest.mark.full
def test_a_store_that_is_taken_away_while_it_is_opened_is_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "store.db"
    open_or_create(path, None)[0].close()

    def late(path: Path) -> Store:
        monkeypatch.undo()
        remove_if_empty(path)
        return open_store(path)

    monkeypatch.setattr(loading, "open_store", late)
    store, created = open_or_create(path, None)
    assert created
    store.close()
    with open_or_create(path, None)[0]:
        remove_if_empty(path)  # another process has it open, and may be about to write to it
        assert path.exists()


def test_a_store_with_something_in_it_is_not_removed(tmp_path: Path) -> None:
    path = tmp_path / "kept.db"
    kept, _ = open_or_create(path, None)
    add_examples(kept, [Record("Ada")], "test")
    kept.close()
    remove_if_empty(path)
    assert path.exists()
    open_or_create(tmp_path / "empty.db", None)[0].close()
    remove_if_empty(tmp_path / "empty.db")
    assert not (tmp_path / "empty.db").exists()
