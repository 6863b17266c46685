"""The LLM calls of a store, compressed and found by their request, so that no call is paid for twice."""

from __future__ import annotations

import time
import zlib
from collections.abc import Iterable, Sequence
from typing import Any

from tiebreak.core.finish_reasons import CUT_PROMPT, failure_of
from tiebreak.core.records import LLMCall, Prediction
from tiebreak.core.store.connection import Store, in_batches
from tiebreak.core.store.encoding import broken
from tiebreak.core.store.rows import add_rows

_WORTH = 0.8  # share of its bytes; a text that shrinks less is stored as it is: short texts stay readable
_WINDOW = 32_000  # bytes; zlib looks no further back in a dictionary
_LARGEST = 256 << 20  # bytes; a prompt or response that unpacks to more is an error
_NAMES = (
    *("prompt", "response", "seconds", "prompt_tokens", "completion_tokens", "request", "finish_reason", "tries"),
    *("cost", "reused"),
)
_FINISH_REASON = _NAMES.index("finish_reason")
_COLUMNS = ", ".join(f"llm_calls.{name}" for name in _NAMES)


def pack(text: str | None, shared: bytes) -> str | bytes | None:
    """Return `text`, compressed by zlib with the dictionary `shared` if that makes it clearly smaller, else as is."""
    if text is None:
        return None
    data = text.encode("utf-8", "surrogatepass")
    squeezer = zlib.compressobj(zdict=shared[-_WINDOW:]) if shared else zlib.compressobj()
    packed = squeezer.compress(data) + squeezer.flush()
    return packed if len(packed) < _WORTH * len(data) else text


def unpack(value: str | bytes | None, shared: bytes) -> str | None:
    """Return the text of a value that `pack` made. Raises StoreError if it is something else or exceeds 256 MiB."""
    if not isinstance(value, bytes):
        return value
    opener = zlib.decompressobj(zdict=shared[-_WINDOW:]) if shared else zlib.decompressobj()
    try:
        data = opener.decompress(value, _LARGEST)
        if not opener.eof:
            raise broken(f"a prompt or response that is cut off, or of more than {_LARGEST >> 20} MiB")
        return data.decode("utf-8", "surrogatepass")
    except (zlib.error, UnicodeDecodeError) as error:
        raise broken(error) from error


def shared_prompt(store: Store, run_id: int) -> bytes:
    """Return the text that the prompts of the run share: the dictionary for `pack` and `unpack`."""
    row = store.execute("SELECT shared_prompt FROM runs WHERE id = ?", (run_id,)).fetchone()
    prompt = row[0] if row else None
    if not isinstance(prompt, str | None):
        raise broken("a shared prompt that is not text")
    return (prompt or "").encode("utf-8", "surrogatepass")


def save_calls(store: Store, run_id: int, predictions: Iterable[Prediction]) -> None:
    """Store the calls of the predictions, and add their cost to the run."""
    predictions = list(predictions)
    calls = [(each, call) for each in predictions for call in each.calls if not call.is_kept]
    take_back(store, run_id, predictions)
    if not calls:
        return
    shared, now = shared_prompt(store, run_id), time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    rows = [
        {
            "example_id": each.example_id,
            "run_id": run_id,
            "prompt": pack(call.prompt, shared),
            "response": pack(call.response, shared),
            "error": None if call.is_good else each.error,
            "seconds": call.seconds,
            "prompt_tokens": call.prompt_tokens,
            "completion_tokens": call.completion_tokens,
            "called_at": now,
            "request": call.request,
            "finish_reason": call.finish_reason,
            "tries": call.tries,
            "cost": call.cost,
            "reused": call.reused,
        }
        for each, call in calls
    ]
    add_rows(store.connection, "llm_calls", rows)
    _count(store, run_id, [call for _, call in calls])


def _count(store: Store, run_id: int, calls: Sequence[LLMCall]) -> None:
    """Add the calls, their tokens and their cost to the totals of the run."""
    paid = [call for call in calls if not call.reused and call.prompt is not None]
    costs = [call.cost for call in paid if call.cost is not None]
    store.execute(
        """
        UPDATE runs SET
            calls = calls + :calls,
            reused = reused + :reused,
            prompt_tokens = prompt_tokens + :prompt_tokens,
            completion_tokens = completion_tokens + :completion_tokens,
            cost = CASE WHEN :has_cost THEN coalesce(cost, 0) + :cost ELSE cost END
        WHERE id = :run_id
        """,
        {
            "calls": len(paid),
            "reused": sum(call.reused for call in calls),
            "prompt_tokens": sum(call.prompt_tokens or 0 for call in paid),
            "completion_tokens": sum(call.completion_tokens or 0 for call in paid),
            "has_cost": bool(costs),
            "cost": sum(costs),
            "run_id": run_id,
        },
    )


def take_back(store: Store, run_id: int, predictions: Iterable[Prediction]) -> None:
    """Mark the stored answers that turned out to be unreadable, so that the engine asks for them again."""
    unread = [
        (each.error, call.request, run_id)
        for each in predictions
        if each.error is not None
        for call in each.calls
        if (call.is_kept or call.reused) and not call.is_good and call.request is not None
    ]
    if unread:
        store.connection.executemany("UPDATE llm_calls SET error = ? WHERE request = ? AND run_id = ?", unread)


def find_answers(store: Store, requests: Sequence[bytes], *, failed_too: bool = False) -> dict[bytes, LLMCall]:
    """Return the newest answer that the store has to each of the requests.

    Answers that were cut off, withheld, refused or broken off do not count, nor do answers to a prompt that was cut.
    Answers that could not be read count with `failed_too` only; else the engine asks for them again. An earlier
    version may have taken an incomplete answer for whole. With `failed_too` it counts if there is no other answer,
    so that the caller can judge it.
    """
    found: dict[bytes, LLMCall] = {}
    misjudged: dict[bytes, LLMCall] = {}
    for marks, part in in_batches(requests):
        rows = store.execute(
            f"""
            SELECT coalesce(shared_prompt, ''), error IS NULL, {_COLUMNS}
            FROM llm_calls JOIN runs ON runs.id = run_id
            WHERE request IN ({marks}) AND response IS NOT NULL
                AND {"substr(error, 1, ?) IS NOT ?" if failed_too else "error IS NULL"}
            ORDER BY llm_calls.id
            """,
            (*part, len(CUT_PROMPT), CUT_PROMPT) if failed_too else part,
        )
        for shared, was_good, *row in rows:
            is_bad = bool(failure_of(row[_FINISH_REASON]))
            if is_bad and not (was_good and failed_too):
                continue
            call = read_call(row, shared.encode("utf-8", "surrogatepass"))
            if call.request is not None:
                (misjudged if is_bad else found)[call.request] = call
    return misjudged | found


def calls_of(store: Store, example_id: int, run_id: int, limit: int) -> tuple[LLMCall, ...]:
    """Return the newest calls for one prediction, `limit` at most."""
    shared = shared_prompt(store, run_id)
    rows = store.execute(
        f"SELECT {_COLUMNS} FROM llm_calls WHERE example_id = ? AND run_id = ? ORDER BY id DESC LIMIT ?",
        (example_id, run_id, limit),
    )
    return tuple(read_call(row, shared) for row in rows)


def requests_behind(store: Store, example_id: int, run_id: int) -> set[bytes]:
    """Return the requests whose answers one prediction may rest on: those that did not fail."""
    rows = store.execute(
        "SELECT request FROM llm_calls WHERE example_id = ? AND run_id = ? AND request IS NOT NULL AND error IS NULL",
        (example_id, run_id),
    )
    return {request for (request,) in rows}


def read_call(row: Sequence[Any], shared: bytes) -> LLMCall:
    """Return the call of a row that has the columns `_NAMES`."""
    prompt, response, seconds, came, went, request, finish_reason, tries, cost, reused = row
    texts = (unpack(prompt, shared), unpack(response, shared))
    return LLMCall(*texts, seconds, came, went, request, finish_reason, tries, cost, bool(reused))
