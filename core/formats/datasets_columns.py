"""The columns of a datasets folder, and their description for the `datasets` library: Parquet metadata and README."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from tiebreak.core.errors import ConfigError
from tiebreak.core.records import Task


class Column(NamedTuple):
    """`type` is string, int64 or bool, alone or followed by ` list`, or `spans`. `names` are a ClassLabel's."""

    name: str
    type: str
    names: tuple[str, ...] | None = None


_SPAN_FIELDS = (("start", "int64"), ("end", "int64"), ("label", "string"))
_END = (Column("answer", "string"), Column("annotator", "string"), Column("meta", "string"))


def check_pyarrow() -> None:
    """Raise ConfigError unless pyarrow is installed."""
    try:
        import pyarrow.parquet  # noqa: F401  imported only to see if it is installed
    except ImportError as error:
        raise ConfigError("a datasets folder needs pyarrow: pip install pyarrow") from error


def class_names(task: Task, names: Iterable[str]) -> tuple[str, ...]:
    """Return the distinct class names in their order; for ner the first is IOB2's `O`."""
    return tuple(dict.fromkeys(["O", *names] if task is Task.NER else names))


def columns_of(task: Task, names: tuple[str, ...]) -> tuple[Column, ...]:
    """Return the columns of a task whose ClassLabel has these names."""
    begin = (Column("id", "string"), Column("text", "string"))
    if task is Task.TEXTCAT:
        return (*begin, Column("label", "int64", names), Column("cats", "string"), *_END)
    if task is Task.TEXTCAT_MULTILABEL:
        return (*begin, Column("labels", "string list"), Column("cats", "string"), *_END)
    tags = (Column("ner_tags", "int64 list", names),) if task is Task.NER else ()
    tokens = (Column("tokens", "string list"), Column("spaces", "bool list"))
    return (*begin, *tokens, *tags, Column("spans", "spans"), *_END)


def metadata_of(columns: Sequence[Column]) -> dict[str, str]:
    """Return the Parquet metadata from which `datasets` (versions 2 to 5) takes the features."""
    features = {column.name: _feature(column) for column in columns}
    return {"huggingface": json.dumps({"info": {"features": features}})}


def _feature(column: Column) -> Any:
    if column.type == "spans":
        return [{name: {"dtype": kind, "_type": "Value"} for name, kind in _SPAN_FIELDS}]
    kind, _, of_list = column.type.partition(" ")
    one: dict[str, Any] = {"dtype": kind, "_type": "Value"}
    if column.names is not None:
        one = {"names": list(column.names), "_type": "ClassLabel"}
    return {"feature": one, "_type": "Sequence"} if of_list else one


def readme_of(columns: Sequence[Column], splits: Mapping[str, tuple[int, int]]) -> str:
    """Return README.md with the YAML header that `datasets` reads; `splits` maps each split to its rows and bytes."""
    lines = ["---", "configs:", "- config_name: default", "  data_files:"]
    for split in splits:
        lines += [f"  - split: {split}", f"    path: data/{split}-*"]
    lines += ["dataset_info:", "  features:"]
    for column in columns:
        lines += _yaml_feature(column)
    lines.append("  splits:")
    for split, (rows, size) in splits.items():
        lines += [f"  - name: {split}", f"    num_bytes: {size}", f"    num_examples: {rows}"]
    total = sum(size for _, size in splits.values())
    lines += [f"  download_size: {total}", f"  dataset_size: {total}", "---", ""]
    lines += ["Reviewed with Tiebreak. `start` and `end` of spans are code points of `text`, `end` exclusive;", *_ABOUT]
    return "\n".join(lines) + "\n"


_ABOUT = (
    "`spaces` says whether one space follows a token, and tokens and spaces together are the text;",
    "`meta` and `cats` are JSON; `id` is the BLAKE2b digest (128 bits) of the text, so that the records of several",
    "annotators share it.",
)


def _yaml_feature(column: Column) -> list[str]:
    lines = [f"  - name: {column.name}"]
    if column.type == "spans":
        lines.append("    list:")
        for name, kind in _SPAN_FIELDS:
            lines += [f"    - name: {name}", f"      dtype: {kind}"]
        return lines
    kind, _, of_list = column.type.partition(" ")
    if column.names is None:
        return [*lines, f"    sequence: {kind}" if of_list else f"    dtype: {kind}"]
    names = [f"'{number}': {_quoted(name)}" for number, name in enumerate(column.names)]
    before = ["    sequence:", "      class_label:"] if of_list else ["    dtype:", "      class_label:"]
    return [*lines, *before, "        names:", *(f"          {name}" for name in names)]


def _quoted(text: str) -> str:
    """Return a double-quoted YAML string with escapes for all characters that are not printable."""
    shown = (
        f"\\{character}" if character in '"\\' else character if character.isprintable() else f"\\U{ord(character):08x}"
        for character in text
    )
    return f'"{"".join(shown)}"'
