"""Exporting reviewed examples: whole files, never half ones."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO, cast

from tiebreak.core.errors import TiebreakError
from tiebreak.core.formats.prodigy import export_record
from tiebreak.core.records import Span
from tiebreak.core.store import Store
from tiebreak.core.store.answers import answers_in_force
from tiebreak.core.store.queue import current_predictions, read_example
from tiebreak.core.store.remarks import remark_of


def exported_records(store: Store, kinds: Collection[str]) -> Iterator[dict[str, Any]]:
    """The answers in force of these `kinds` (accept, reject, ignore), oldest first, as Prodigy's records."""
    for answer in answers_in_force(store, kinds):
        proposed: dict[Span, list[str]] = {}
        for predictor, prediction in current_predictions(store, answer.example_id).items():
            for span in prediction.spans:
                proposed.setdefault(span, []).append(predictor)
        sources = {span: ", ".join(names) for span, names in proposed.items()}
        remark = remark_of(store, answer.example_id, answer.annotator)
        yield export_record(read_example(store, answer.example_id), answer, sources, store.task, remark)


def export_jsonl(store: Store, path: Path, kinds: Collection[str], *, force: bool = False) -> int:
    """Write the reviewed examples to `path` as Prodigy's JSONL; returns how many.

    The file appears whole or not at all. Raises TiebreakError where it exists already, unless `force`.
    """
    if path.exists() and (not path.is_file() or path.samefile(store.path)):
        raise TiebreakError(f"{path}: cannot be written: it is the store itself, or no ordinary file; name another")
    if path.exists() and not force:
        raise TiebreakError(f"{path}: exists already; name another file, or overwrite it with --force")
    with write_whole(path) as file:
        return write_records(store, file, kinds)


def write_records(store: Store, file: TextIO, kinds: Collection[str]) -> int:
    """Write the reviewed examples to an open file, a record a line; returns how many."""
    count = 0
    for record in exported_records(store, kinds):
        file.write(json.dumps(record, ensure_ascii=False) + "\n")
        count += 1
    return count


def _umask() -> int:
    """The process's umask, which can only be read by setting it."""
    mask = os.umask(0o077)
    os.umask(mask)
    return mask


@contextmanager
def write_whole(path: Path) -> Iterator[TextIO]:
    """A file that takes `path`'s place once it is complete and on disk; on an error `path` stays as it was."""
    unfinished = None
    try:
        with tempfile.NamedTemporaryFile(
            "w", encoding="utf-8", newline="", dir=path.parent, prefix=f".{path.name}.", delete=False
        ) as file:
            unfinished = Path(file.name)
            yield cast(TextIO, file)
            file.flush()
            os.fsync(file.fileno())
        unfinished.chmod(path.stat().st_mode & 0o777 if path.exists() else 0o666 & ~_umask())
        unfinished.replace(path)
        unfinished = None
    except OSError as error:
        raise TiebreakError(f"{path}: cannot be written: {error.strerror or error}") from error
    finally:
        if unfinished is not None:
            unfinished.unlink(missing_ok=True)
