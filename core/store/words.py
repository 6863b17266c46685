"""The full-text index of the examples: the first search makes it, later searches add new examples."""

from __future__ import annotations

import re
import time
import unicodedata
from dataclasses import dataclass

from tiebreak.core.selection.filter import Word
from tiebreak.core.store import schema
from tiebreak.core.store.connection import Store

UP_TO = "words up to"  # a setting: the last example in the index; examples are never changed or deleted
_CHUNK = 0.03  # seconds a transaction takes; an answer never waits much longer for the index

_TABLE = schema.WORDS.replace("TABLE", "TABLE IF NOT EXISTS", 1)
# `spaced` prepares texts and queries alike.
_INDEX = """
    INSERT INTO example_words (rowid, words)
    SELECT id, CASE WHEN length(CAST(text AS BLOB)) = length(text) THEN text ELSE spaced(text) END
    FROM examples WHERE id > ? AND id <= ?
"""
# Thai, Lao, Myanmar, Khmer, kana and Chinese are written without spaces: each character is a word of the index.
_UNSPACED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff𠀀-\U0003ffff]")
_ARABIC_SIGNS = dict.fromkeys([0x640, 0x670, *range(0x64B, 0x653)])  # tatweel and vowels: few people type them

_NO_TERM = re.compile('["\x00-\x1f\x7f\ud800-\udfff]')  # ends a term or the query, or is not UTF-8; taken as a space


@dataclass(frozen=True, slots=True)
class WordIndex:
    """The progress of the index: `indexed` of `examples`. It is not `possible` if this SQLite has no FTS5."""

    indexed: int
    examples: int
    possible: bool = True

    @property
    def complete(self) -> bool:
        return not self.possible or self.indexed >= self.examples


def spaced(text: str) -> str:
    """Return `text` as it is indexed: in NFKC, without Arabic vowels, and with spaces around unspaced characters."""
    if text.isascii():
        return text
    return _UNSPACED.sub(r" \g<0> ", unicodedata.normalize("NFKC", text).translate(_ARABIC_SIGNS))


def word_index(store: Store) -> WordIndex:
    """Return the progress of the index, by ids."""
    examples = store.execute("SELECT coalesce(max(id), 0) FROM examples").fetchone()[0]
    if not _possible(store):
        return WordIndex(0, examples, possible=False)
    return WordIndex(_up_to(store), examples)


def index_words(store: Store, seconds: float = _CHUNK) -> WordIndex:
    """Go on with the index for about `seconds`, in transactions of 30 ms; several processes may do so at once."""
    state = word_index(store)
    began = time.monotonic()
    size = 200
    while not state.complete:
        chunk_began = time.monotonic()
        state = _index_chunk(store, size)
        taken = time.monotonic() - chunk_began
        size = max(20, min(int(size * min(4.0, _CHUNK / max(taken, 1e-4))), 20_000))
        if time.monotonic() - began + _CHUNK / 2 > seconds:
            break
        time.sleep(_CHUNK / 10)  # lets waiting answers go first
    return state


def _index_chunk(store: Store, size: int) -> WordIndex:
    store.connection.create_function("spaced", 1, spaced, deterministic=True)
    with store.transaction():
        examples = store.execute("SELECT coalesce(max(id), 0) FROM examples").fetchone()[0]
        up_to = _up_to(store)
        store.execute(_TABLE)
        last = min(up_to + size, examples)
        store.execute(_INDEX, (up_to, last))
        store.set_setting(UP_TO, str(last))
    return WordIndex(last, examples)


def _up_to(store: Store) -> int:
    made = store.execute("SELECT 1 FROM sqlite_master WHERE name = 'example_words'").fetchone()
    value = store.setting(UP_TO)
    return int(value) if made and value else 0


def _possible(store: Store) -> bool:
    return store.execute("SELECT 1 FROM pragma_module_list WHERE name = 'fts5'").fetchone() is not None


def text_condition(store: Store, words: tuple[Word, ...]) -> tuple[list[str], list[object]]:
    """Return SQL conditions, with their parameters, that the text of the example `{id}` contains all `words`.

    Words are looked up in the index, in the examples that it has so far. Every text is searched for signs, since the
    index lacks them, and for all words if this SQLite has no FTS5.
    """
    conditions: list[str] = []
    parameters: list[object] = []
    indexed = [word for word in words if any(map(str.isalnum, spaced(word.text)))] if word_index(store).possible else []
    for word in words:
        if word not in indexed:
            if "\x00" in word.text:  # LIKE patterns end at a NUL
                conditions.append("instr(examples.text, ?)")
                parameters.append(word.text)
            else:
                conditions.append("examples.text LIKE ? ESCAPE '\\'")
                parameters.append(f"%{like_literal(word.text)}%")
    if indexed:
        if not store.execute("SELECT 1 FROM sqlite_master WHERE name = 'example_words'").fetchone():
            return ["0"], []
        conditions.append("{id} IN (SELECT rowid FROM example_words WHERE example_words MATCH ?)")
        parameters.append(" AND ".join(map(match_term, indexed)))
    return conditions, parameters


def match_term(word: Word) -> str:
    """Return a term of an FTS5 query in which nothing is syntax."""
    text = _NO_TERM.sub(" ", spaced(word.text)).strip()
    return f'"{text}"' + ("" if word.whole else " *")


def like_literal(text: str) -> str:
    """Return `text` for LIKE with the escape character backslash, so that every character stands for itself."""
    return re.sub(r"([\\%_])", r"\\\1", text)
