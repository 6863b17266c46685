"""The identity of a text, and Prodigy's hashes, which are exported but never a key."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b
from json.encoder import encode_basestring_ascii
from typing import Any


def text_digest(text: str) -> bytes:
    """The identity of a text: BLAKE2b with 128 bits over its UTF-8."""
    return blake2b(text.encode(), digest_size=16).digest()


def share_point(text: str) -> float:
    """A number from 0 to below 1 that depends on the text alone, and on other bits of its digest than the overlap of
    annotators does, so that the two are independent: a share of texts is those below it.
    """
    return int.from_bytes(text_digest(text)[8:14]) / 2**48


def input_hash(text: str) -> int:
    """Prodigy's `_input_hash`: murmurhash, signed 32 bit, seed 0, over `text=` and the text as JSON."""
    from murmurhash import hash as murmurhash

    # What srsly.json_dumps gives for a string, without importing srsly.
    return int(murmurhash("text=" + encode_basestring_ascii(text)))


def task_hash(input_hash: int, spans: Any, options: Sequence[dict[str, Any]] | None = None) -> int:
    """Prodigy's `_task_hash` of a task with these `spans` (as exported) on the text with this `input_hash`.

    A choice has `options` and, where it carries some along, `spans`; None leaves either out. Its hash is by analogy,
    over `spans=` and `options=` one after the other, as Prodigy names its task keys: no public export was at hand to
    compare it with.
    """
    import srsly
    from murmurhash import hash as murmurhash

    keyed = str(input_hash)
    for name, value in (("spans", spans), ("options", options)):
        if value is not None:
            keyed += f"{name}=" + srsly.json_dumps(value, sort_keys=True)
    return int(murmurhash(keyed))
