"""The identity of a text, and Prodigy's hashes, which are exported but never a key."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b
from json.encoder import encode_basestring_ascii
from typing import Any


def text_digest(text: str) -> bytes:
    """Return the identity of a text: BLAKE2b with 128 bits over its UTF-8."""
    return blake2b(text.encode(), digest_size=16).digest()


def share_point(text: str) -> float:
    """Return a number in [0, 1) that depends on the text alone; a share of the texts is those below it.

    The overlap of annotators uses other bits of the digest, so that the two are independent.
    """
    return int.from_bytes(text_digest(text)[8:14]) / 2**48


def input_hash(text: str) -> int:
    """Return Prodigy's `_input_hash`: murmurhash, signed 32 bit, seed 0, over `text=` and the text as JSON."""
    from murmurhash import hash as murmurhash

    # The same as srsly.json_dumps of a string, without the import.
    return int(murmurhash("text=" + encode_basestring_ascii(text)))


def task_hash(input_hash: int, spans: Any, options: Sequence[dict[str, Any]] | None = None) -> int:
    """Return Prodigy's `_task_hash` of a task with these `spans` (as exported) on the text with this `input_hash`.

    A choice has `options`, and `spans` if it carries some along; None leaves either out. Its hash is by analogy: over
    `spans=` and then `options=`, as Prodigy names its task keys. No public export was found to compare it with.
    """
    import srsly
    from murmurhash import hash as murmurhash

    keyed = str(input_hash)
    for name, value in (("spans", spans), ("options", options)):
        if value is not None:
            keyed += f"{name}=" + srsly.json_dumps(value, sort_keys=True)
    return int(murmurhash(keyed))
