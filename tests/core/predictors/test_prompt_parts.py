"""The store keeps the origin of a run, the parts of its prompts, and how these changed."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from llm_configs import Write, load, run

from tiebreak.core.compare.prompt_changes import prompt_changes
from tiebreak.core.loading.sources import LoadOptions, load_sources
from tiebreak.core.predictors.llm_pipeline import open_predictor
from tiebreak.core.records import RunOrigin, Task
from tiebreak.core.store.connection import Store
from tiebreak.core.store.predictions import start_run
from tiebreak.core.store.status import RunStatus, full_status

OF_TASK = {
    "tiebreak.NER.v1": ({"text": "Ada left Acme", "entities": [{"text": "Ada", "label": "PERSON"}]}, Task.NER),
    "spacy.NER.v3": (
        {"text": "Ada left Acme", "spans": [{"text": "Ada", "is_entity": True, "label": "PERSON", "reason": "a name"}]},
        Task.NER,
    ),
    "spacy.TextCat.v3": ({"text": "Ada left Acme", "answer": "ORG"}, Task.TEXTCAT_MULTILABEL),
}


@pytest.mark.parametrize("which", OF_TASK)
def test_prompts_come_apart_into_template_labels_definitions_and_examples(
    write: Write, tmp_path: Path, which: str
) -> None:
    example, task = OF_TASK[which]
    (tmp_path / "few.json").write_text(json.dumps([example]))
    given = {"@misc": "spacy.FewShotReader.v1", "path": str(tmp_path / "few.json")}
    lines = [f"{key} = {json.dumps(each)}\n" for key, each in given.items()]
    sections = '[components.llm.task.label_definitions]\nORG = "a company"\nPERSON = "a name"\n\n'
    sections += f"[components.llm.task.examples]\n{''.join(lines)}"
    parts = open_predictor(write(which, sections=f"{sections}\n"), task).prompt
    assert "{{" in parts["template"] or "{%" in parts["template"]
    assert parts["labels"] == "ORG\nPERSON"
    assert parts["label definitions"] == "ORG: a company\nPERSON: a name"
    [line] = parts["examples"].splitlines()
    assert json.loads(line)["text"] == "Ada left Acme"


def test_each_of_several_components_names_its_parts(write: Write) -> None:
    parts = open_predictor(write(components=2), Task.NER).prompt
    assert [name for name in parts if name.endswith("labels")] == ["llm: labels", "llm1: labels"]


def runs_of(store: Store) -> list[RunStatus]:
    return list(full_status(store).runs)


def test_a_new_prompt_is_a_run_that_says_what_changed(store: Store, write: Write) -> None:
    load(store, "Ada left Acme")
    before = write(task={"label_definitions": {"ORG": "a company"}})
    os.utime(before.pipeline, (1.0, 1_700_000_000.0))
    run(store, before)
    run(store, write(task={"label_definitions": {"ORG": "a company or a team"}}))
    first, second = runs_of(store)
    assert (first.path, first.file_time, first.changes) == (before.pipeline, 1_700_000_000.0, None)
    assert second.path == before.pipeline
    assert second.file_time is not None
    assert second.changes == (
        *("--- label definitions", "+++ label definitions", "@@ -1 +1 @@"),
        *("-ORG: a company", "+ORG: a company or a team"),
    )


def test_a_file_says_which_one_it_was_and_when_it_was_written(store: Store, tmp_path: Path) -> None:
    line = json.dumps({"text": "Ada", "spans": [{"start": 0, "end": 3, "label": "A"}]})
    old, new = tmp_path / "old.jsonl", tmp_path / "new.jsonl"
    for path, written in ((old, 1000.0), (new, 3000.0)):
        path.write_text(f"{line}\n")
        os.utime(path, (written, written))
    load_sources(store, [str(old)], LoadOptions(predictor="m"))
    assert [(each.path, each.file_time) for each in runs_of(store)] == [(str(old), 1000.0)]
    load_sources(store, [str(new), str(old)], LoadOptions(predictor="m"))
    assert [(each.path, each.file_time) for each in runs_of(store)] == [(f"{new} and 1 more", 3000.0)]


def test_what_is_unknown_leaves_what_is_known_and_other_prompts_are_unknown(store: Store) -> None:
    def start(fingerprint: str, origin: RunOrigin) -> None:
        start_run(store, predictor="llm", kind="llm", fingerprint=fingerprint, model="m", origin=origin)

    start("1", RunOrigin("a.cfg", 1.0, {"template": "one"}))
    start("1", RunOrigin())
    start("2", RunOrigin("b.cfg"))
    start("3", RunOrigin("c.cfg", None, {"template": "one"}))
    start("4", RunOrigin("c.cfg", None, {"template": "one"}))
    assert [(each.path, each.file_time, each.changes) for each in runs_of(store)] == [
        ("a.cfg", 1.0, None),
        ("b.cfg", None, None),
        ("c.cfg", None, None),
        ("c.cfg", None, ()),
    ]
    assert store.execute("SELECT prompt FROM runs WHERE id = 1").fetchone() == ('{"template":"one"}',)


def test_a_part_that_is_new_or_gone_is_a_change() -> None:
    assert list(prompt_changes({"template": "a\nb"}, {"template": "a\nb"})) == []
    assert list(prompt_changes({"description": "old"}, {"examples": "new"})) == [
        *("--- description", "+++ description", "@@ -1 +0,0 @@", "-old"),
        *("--- examples", "+++ examples", "@@ -0,0 +1 @@", "+new"),
    ]
