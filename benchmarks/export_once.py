"""Write the answers of a store as JSONL, by the product's `export` or by one `cursor`, and print the CPU seconds."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

from tiebreak.core.export.records import Selection
from tiebreak.core.export.targets import Target, export_files
from tiebreak.core.formats.jsonl import encode
from tiebreak.core.formats.prodigy_writing import export_record
from tiebreak.core.records import Answer, Example
from tiebreak.core.store.connection import Store
from tiebreak.core.store.encoding import decode_json, decode_spans
from tiebreak.core.store.opening import open_store

_ROWS = """
    SELECT example_id, annotator, session, answer, spans, answered_at, examples.text, input_hash, task_hash, meta
    FROM answers JOIN examples ON examples.id = answers.example_id
    ORDER BY answers.id
"""


def by_cursor(store: Store, out: Path) -> None:
    """Write the records that one cursor reads."""
    with out.open("wb") as file:
        for id, annotator, session, verdict, spans, at, text, input_hash, task_hash, meta in store.execute(_ROWS):
            example = Example(id, text, input_hash, task_hash, meta=decode_json(meta, dict))
            answer = Answer(id, annotator, session, verdict, decode_spans(spans), answered_at=at)
            file.write(encode(export_record(example, answer, {}, store.task)))


def main() -> None:
    path, way = Path(sys.argv[1]), sys.argv[2]
    out = path.with_suffix(".jsonl")
    out.unlink(missing_ok=True)
    with open_store(path) as store:
        began = time.process_time()
        if way == "export":
            export_files(store, Target(out), Selection())
        else:
            by_cursor(store, out)
        print(json.dumps({"seconds": time.process_time() - began}))


if __name__ == "__main__":
    main()
