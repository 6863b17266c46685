"""A store from elsewhere: whatever it holds gives one plain message, or is harmless, and none of it runs."""

from __future__ import annotations

import builtins
import importlib
import json
import marshal
import os
import pickle
import shutil
import sqlite3
import subprocess
import time
import zlib
from collections.abc import Callable, Iterable, Mapping
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from tiebreak.core.errors import StoreError, TiebreakError
from tiebreak.core.export.records import Selection, exported_records
from tiebreak.core.insight.agreement import measure
from tiebreak.core.insight.learned import learned_alike
from tiebreak.core.insight.report import make_report
from tiebreak.core.insight.team import team_of
from tiebreak.core.records import LLMCall, Prediction, Span
from tiebreak.core.review.options import SessionOptions
from tiebreak.core.review.session import ReviewSession
from tiebreak.core.selection.filter import EVERYTHING
from tiebreak.core.store.agreements import answered_by_several
from tiebreak.core.store.checking import check_store, repair_store
from tiebreak.core.store.connection import Store
from tiebreak.core.store.engines import EngineRun, beat, claim, engines, register_engine
from tiebreak.core.store.finding import example_rows
from tiebreak.core.store.foreign import own_statements, own_tables
from tiebreak.core.store.history import answer_log
from tiebreak.core.store.inspection import inspect_example
from tiebreak.core.store.integrity import open_unchanged
from tiebreak.core.store.opening import open_store
from tiebreak.core.store.predictions import save_predictions, start_run
from tiebreak.core.store.queue import iterate_queue
from tiebreak.core.store.replacing import restore
from tiebreak.core.store.sharing import assign
from tiebreak.core.store.status import full_status
from tiebreak.core.ways_out import Way, WayOut
from tiebreak.tui.cli import report, status, team  # noqa: F401  add their commands
from tiebreak.tui.cli.application import app
from tiebreak.tui.cli.json_objects import entry_object
from tiebreak.tui.cli.upkeep import entry_text

Predict = Callable[[Store, str, Mapping[str, Iterable[Span] | str]], dict[str, int]]
A = Span(0, 4, "A")
DATA = Path(__file__).parents[2] / "data"


@pytest.fixture
def foreign(store: Store, predict: Predict) -> Path:
    """Three examples on which two predictors differ; sam and kim have answered the first one."""
    texts = [f"text {number}" for number in range(3)]
    predict(store, "left", {text: [A] for text in texts})
    predict(store, "right", {text: [] for text in texts})
    for name in ("sam", "kim"):
        session = ReviewSession(store, name)
        review = session.open(1)
        review.choose(0 if name == "sam" else 1)
        following = session.answer(review, "accept", seconds=1, keys=1)
        if following is not None:
            session.remark(following, flagged=True, note="x")
        session.leave(following)
    return store.path


def review_all(store: Store) -> None:
    session = ReviewSession(store, "ada", EVERYTHING)
    review = session.resume()
    while review is not None:
        review.choose_all(next(iter(review.item.predictions)))
        review = session.answer(review, "accept", seconds=1, keys=1)


def adjudicate(store: Store) -> None:
    session = ReviewSession(store, "lead", options=SessionOptions(adjudicate=True))
    review = session.next()
    while review is not None:
        review = session.answer(review, "accept", seconds=1, keys=1)


def print_history(store: Store) -> None:
    for entry in answer_log(store):
        json.dumps(entry_object(entry)).encode()
        entry_text(entry).encode()


def write_export(store: Store) -> None:
    for record in exported_records(store, Selection(include=("human", "auto", "unanswered"), versions=True)):
        json.dumps(record, ensure_ascii=False).encode()


def write_rest(store: Store) -> None:
    for record in exported_records(store, Selection(include=("best",))):
        json.dumps(record, ensure_ascii=False).encode()


USES: dict[str, Callable[[Store], object]] = {
    "review": review_all,
    "resume": lambda store: ReviewSession(store, "sam").resume(),
    "open an answer": lambda store: ReviewSession(store, "sam").open(1),
    "undo": lambda store: ReviewSession(store, "sam").undo(),
    "adjudicate": adjudicate,
    "inspect": lambda store: inspect_example(store, 1),
    "queue": lambda store: list(iterate_queue(store, EVERYTHING)),
    "list": lambda store: example_rows(store, [1, 2, 3]),
    "report": make_report,
    "export": write_export,
    "export of the rest": write_rest,
    "what was learned": learned_alike,
    "agreement": lambda store: measure(answered_by_several(store), store.task),
    "history": print_history,
    "status": full_status,
    "check": check_store,
}
DEEP = "[" * 100_000 + "]" * 100_000
NO_UTF8 = object()
JSON = [
    "[{",
    DEEP,
    "null",
    "7",
    '"x"',
    "[7]",
    '[{"start":0}]',
    '[{"start":"0","end":1,"label":"A"}]',
    '[{"start":0,"end":99999999999999999999,"label":"A"}]',
    '[{"start":0,"end":400,"label":"A"}]',
    '[{"start":-5,"end":2,"label":"A"}]',
    '{"A": "high"}',
    '{"left": [{"start": 0}], "right": 3}',
    "[[5, 1], [0, 2]]",
    '["x"]',
    '[{"start":0,"end":1,"label":"\\ud800"}]',
    '{"A": NaN, "B": 1e999}',
    f'{{"A": 1{"0" * 400}}}',
    '[{"start":0,"end":4,"kind":"missing","choice":"left","confirmed":true,"spans":[],"readings":[1]}]',
    b"\xff\xfe",
    float("inf"),
    1e300,
    2**62,
    NO_UTF8,
]
COLUMNS = [
    ("predictions", "spans"),
    ("predictions", "dropped"),
    ("predictions", "mentions"),
    ("predictions", "scores"),
    ("differences", "readings"),
    ("examples", "tokens"),
    ("examples", "meta"),
    ("examples", "other_fields"),
    ("annotators", "place"),
    ("engines", "options"),
    ("answers", "spans"),
    ("answers", "choices"),
    ("answers", "shown"),
    ("answers", "screen"),
    ("answers", "cats"),
    ("examples", "text"),
    ("predictions", "error"),
    ("queue", "score"),
    ("answers", "answered_at"),
    ("answers", "view"),
    ("remarks", "note"),
    ("runs", "label_map"),
    ("runs", "model"),
    ("answers", "seconds"),
    ("answers", "keys"),
    ("queue", "tie"),
    ("labels", "position"),
    ("settings", "value"),
]


def put(path: Path, table: str, column: str, value: object) -> None:
    """Write a value into all rows of the table, past the triggers, as the maker of a file could."""
    with closing(sqlite3.connect(path, isolation_level=None)) as plain:
        triggers = plain.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for name, _ in triggers:
            plain.execute(f"DROP TRIGGER {name}")
        if table == "engines":
            columns = "host, pid, started_at, beat, state, options"
            plain.execute(f"INSERT INTO engines ({columns}) VALUES ('h', 1, 1, 1, 'running', '{{}}')")
        if value is NO_UTF8:
            plain.execute(f"UPDATE {table} SET {column} = CAST(x'41fffe' AS TEXT)")
        else:
            plain.execute(f"UPDATE {table} SET {column} = ?", (value,))
        for _, sql in triggers:
            plain.execute(sql)


@pytest.mark.full
@pytest.mark.parametrize(("table", "column"), COLUMNS, ids=[".".join(each) for each in COLUMNS])
def test_what_tiebreak_did_not_write_is_one_plain_message_wherever_it_is_read(
    foreign: Path, table: str, column: str
) -> None:
    for value in JSON:
        put(foreign, table, column, value)
        for name, use in USES.items():
            try:
                with open_store(foreign) as store:
                    use(store)
            except TiebreakError as error:
                said = str(error)
                if "\n" in said:
                    pytest.fail(f"{name} with {value!r:.60}: more than one line: {said}")
            except Exception as error:
                raise AssertionError(f"{name} with {value!r:.60}: {type(error).__name__}: {error}") from error


@pytest.mark.parametrize(
    "body",
    [
        "SELECT load_extension('evil')",
        "SELECT writefile('/tmp/evil', 'x')",
        "SELECT fts3_tokenizer('x', x'00')",
        "INSERT INTO missing VALUES (1)",
    ],
)
def test_a_trigger_that_calls_what_it_must_not_is_a_plain_message_and_does_nothing(foreign: Path, body: str) -> None:
    with closing(sqlite3.connect(foreign, isolation_level=None)) as plain:
        plain.execute(f"CREATE TRIGGER evil AFTER INSERT ON answers BEGIN {body}; END")
    with open_store(foreign) as store:
        session = ReviewSession(store, "ada")
        review = session.next()
        assert review is not None
        with pytest.raises(StoreError):
            session.answer(review, "accept", seconds=1, keys=1)
        assert store.execute("SELECT count(*) FROM answers").fetchone() == (2,)


@pytest.mark.parametrize(
    "trigger",
    [
        "AFTER INSERT ON answers BEGIN DELETE FROM queue; END",
        "AFTER INSERT ON answers BEGIN DELETE FROM differences; DELETE FROM labels; DELETE FROM runs; END",
        "AFTER INSERT ON on_screen BEGIN DELETE FROM on_screen; END",
        "AFTER UPDATE ON queue BEGIN UPDATE predictions SET spans = '[{'; END",
        "AFTER INSERT ON answers BEGIN UPDATE settings SET value = 'relations' WHERE name = 'task'; END",
        "BEFORE INSERT ON answers BEGIN SELECT RAISE(IGNORE); END",
    ],
)
def test_a_trigger_that_takes_rows_away_is_a_plain_message_or_nothing_worse(foreign: Path, trigger: str) -> None:
    with closing(sqlite3.connect(foreign, isolation_level=None)) as plain:
        plain.execute(f"CREATE TRIGGER evil {trigger}")
    for name, use in USES.items():
        with open_store(foreign) as store, suppress(TiebreakError):
            use(store)
            assert name != "check" or any("the trigger evil is not" in each.what for each in check_store(store))


@pytest.mark.parametrize(
    "make",
    [lambda: b"\xff\xfe", lambda: b"x\x9c\x03\x00", lambda: zlib.compress(bytes(300 << 20))],
    ids=["not packed", "broken off", "far too large"],
)
def test_a_call_that_was_not_packed_by_tiebreak_is_a_plain_message(foreign: Path, make: Callable[[], bytes]) -> None:
    value = make()
    with open_store(foreign) as store:
        run = start_run(store, predictor="llm", kind="llm", fingerprint="1", model="m")
        save_predictions(store, run, [Prediction(1, (A,), calls=(LLMCall("prompt", "response", 1.0),))])
    put(foreign, "llm_calls", "response", value)
    with open_store(foreign) as store, pytest.raises(StoreError, match="Tiebreak did not write"):
        inspect_example(store, 1)


def test_a_view_that_calls_what_it_must_not_is_a_plain_message(foreign: Path) -> None:
    with closing(sqlite3.connect(foreign, isolation_level=None)) as plain:
        plain.execute("DROP VIEW answers_in_force")
        plain.execute("CREATE VIEW answers_in_force AS SELECT load_extension('evil') AS example_id")
    with pytest.raises(StoreError, match="the view answers_in_force is not as Tiebreak made it"):
        open_store(foreign)
    with open_store(foreign, as_it_is=True) as store:
        for use in USES.values():
            with suppress(TiebreakError):
                use(store)


def redefine(path: Path, name: str, old: str, new: str) -> None:
    """Change a definition in the schema, as the maker of a file could."""
    with closing(sqlite3.connect(path, isolation_level=None)) as plain:
        plain.execute("PRAGMA writable_schema = ON")
        changed = plain.execute(
            "UPDATE sqlite_master SET sql = replace(sql, ?, ?) WHERE name = ? AND instr(sql, ?)", (old, new, name, old)
        )
        assert changed.rowcount == 1
        plain.execute("PRAGMA writable_schema = RESET")


ENDLESS = "WITH RECURSIVE n(example_id) AS (SELECT 1 UNION ALL SELECT example_id + 1 FROM n) SELECT * FROM n"


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("answers", "annotator TEXT NOT NULL", "annotator TEXT NOT NULL ON CONFLICT IGNORE"),
        ("answers", "id INTEGER PRIMARY KEY", "id INTEGER PRIMARY KEY ON CONFLICT REPLACE"),
        ("answers", "seconds REAL NOT NULL", "seconds REAL NOT NULL CHECK (seconds > 5)"),
        ("answers", "offered TEXT", "offered TEXT, extra TEXT UNIQUE ON CONFLICT REPLACE"),
        ("answers", "offered TEXT", "offered TEXT, extra TEXT AS (spans || spans)"),
        ("answers", "offered TEXT", "offered TEXT, UNIQUE (annotator) ON CONFLICT IGNORE"),
        ("answers", "answers (", "answers /* ) */ (extra TEXT, "),
        ("undone_answers", "undone_at REAL NOT NULL", "undone_at REAL"),
        ("queue", "score REAL NOT NULL", "score TEXT NOT NULL COLLATE NOCASE"),
        ("predictors", "name TEXT NOT NULL UNIQUE", "name TEXT NOT NULL UNIQUE ON CONFLICT REPLACE"),
        ("settings", "WITHOUT ROWID", "WITHOUT ROWID, STRICT"),
        ("predictions", "status TEXT NOT NULL CHECK", 'status TEXT "NOT" "NULL" CHECK'),
        ("answers", "offered TEXT", "offered TEXT, extra UNIQUE"),
    ],
)
def test_a_table_that_is_not_as_ours_is_refused_and_told(foreign: Path, name: str, old: str, new: str) -> None:
    before = contents(foreign)
    redefine(foreign, name, old, new)
    with pytest.raises(StoreError, match=f"the table {name} is not as Tiebreak made it") as refused:
        open_store(foreign)
    assert refused.value.way_out == WayOut(Way.REPAIR, str(foreign))
    with open_store(foreign, as_it_is=True) as store:
        assert any(
            each.what.startswith(f"the table {name} is not as Tiebreak made it (") for each in check_store(store)
        )
        if "(extra" in new or "UNIQUE" in new.removeprefix(old):  # the file lacks these columns or this index
            with pytest.raises(StoreError, match=f"the table {name} cannot be rebuilt.*nothing was|is damaged"):
                repair_store(store)
            return
        repair_store(store)
    with open_store(foreign) as store:
        assert check_store(store) == []
        assert contents(foreign) == before
        review_all(store)


def test_a_row_that_does_not_fit_is_kept_where_it_is(foreign: Path) -> None:
    with closing(sqlite3.connect(foreign)) as plain:
        plain.executescript(
            "DROP TABLE undone_answers; CREATE TABLE undone_answers (answer_id, session, undone_at); "
            "INSERT INTO undone_answers VALUES (1, NULL, 1.0)"
        )
    result = CliRunner().invoke(app, ["check", str(foreign)])
    assert "can be repaired: the table undone_answers is not as Tiebreak made it" in result.output
    with open_store(foreign, as_it_is=True) as store:
        with pytest.raises(StoreError, match=r"the table undone_answers cannot be rebuilt.*SELECT"):
            repair_store(store)
        assert store.execute("SELECT * FROM undone_answers").fetchall() == [(1, None, 1.0)]
        assert store.execute("PRAGMA foreign_keys").fetchone() == (1,)


def contents(path: Path) -> dict[str, list[tuple[object, ...]]]:
    with closing(sqlite3.connect(path)) as plain:
        return {name: plain.execute(f"SELECT * FROM {name}").fetchall() for name in own_tables()}


@pytest.mark.parametrize(
    "statement",
    [
        *(f"DROP VIEW {name}; CREATE VIEW {name} AS {ENDLESS}" for name in ("answers_in_force", "final_answers")),
        "ALTER TABLE remarks RENAME TO other; CREATE VIEW remarks AS SELECT * FROM other",
        "DROP VIEW remarks_in_force; CREATE TABLE remarks_in_force (example_id)",
        "CREATE UNIQUE INDEX one_each ON answers (annotator)",
        "DROP TABLE engine_runs",
        f"CREATE VIEW example_words AS {ENDLESS}",
        "CREATE VIRTUAL TABLE example_words USING fts5 (words, content = 'answers_in_force')",
        f"DROP TABLE _sqlite_migrations; CREATE VIEW _sqlite_migrations AS {ENDLESS}",
    ],
)
def test_what_could_swallow_answers_or_never_end_is_refused_and_told(foreign: Path, statement: str) -> None:
    with closing(sqlite3.connect(foreign)) as plain:
        plain.executescript(statement)
    with pytest.raises(StoreError, match="could lose what is saved"):
        open_store(foreign)
    with open_store(foreign, as_it_is=True) as store:
        assert [each for each in check_store(store) if each.is_fault]


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE mine (id); CREATE UNIQUE INDEX of_mine ON mine (id); CREATE INDEX by_label ON labels (position)",
        "ALTER TABLE examples ADD COLUMN topic TEXT; ALTER TABLE answers ADD COLUMN checked",
        "ALTER TABLE examples ADD COLUMN [key] VARCHAR(20); ALTER TABLE answers ADD COLUMN on_it DOUBLE PRECISION",
        "CREATE VIEW topics AS SELECT source, count(*) FROM examples GROUP BY source",
        "DROP INDEX answers_by_annotator",
        "VACUUM",
    ],
)
def test_what_users_add_does_no_harm(foreign: Path, statement: str) -> None:
    with closing(sqlite3.connect(foreign)) as plain:
        plain.executescript(statement)
    with open_store(foreign) as store:
        review_all(store)
        print_history(store)


def test_a_column_that_was_added_to_each_table_does_no_harm(foreign: Path, predict: Predict) -> None:
    with closing(sqlite3.connect(foreign)) as plain:
        for table in own_tables():
            plain.execute(f"ALTER TABLE {table} ADD COLUMN own_remark TEXT")
    with open_store(foreign) as store:
        engine = register_engine(store, {})
        run = start_run(store, predictor="new", kind="spacy", fingerprint="1", model="m")
        assert len(claim(store, engine, run, 0, 2)) == 2
        beat(store, engine, "running", "", (EngineRun(run),))
        predict(store, "left", {"text 1": [], "text 9": [A]})
        assign(store, {"sam": ((0, 2),)})
        for use in USES.values():
            use(store)
        assert check_store(store) == []


def test_a_unique_index_is_told_however_it_is_spelled(foreign: Path) -> None:
    with closing(sqlite3.connect(foreign)) as plain:
        plain.execute("CREATE UNIQUE INDEX one_each ON answers (annotator)")
    redefine(foreign, "one_each", "CREATE UNIQUE", "CREATE /*(*/ UNIQUE")
    with pytest.raises(StoreError, match="the index one_each is not"):
        open_store(foreign)


def test_a_store_of_which_one_thing_was_told_is_refused_for_another(foreign: Path) -> None:
    with closing(sqlite3.connect(foreign)) as plain:
        plain.execute("CREATE TRIGGER mine AFTER INSERT ON remarks BEGIN SELECT 1; END")
    open_store(foreign).close()
    with closing(sqlite3.connect(foreign)) as plain:
        plain.execute("CREATE UNIQUE INDEX one_each ON answers (annotator)")
    for _ in range(2):
        open_store(foreign, as_it_is=True).close()
        with pytest.raises(StoreError, match="the index one_each is not"):
            open_store(foreign)


@pytest.mark.parametrize(
    "statement",
    [
        f"ALTER TABLE predictions RENAME TO other; CREATE VIEW predictions AS {ENDLESS}",
        f"DROP TABLE _sqlite_migrations; CREATE VIEW _sqlite_migrations AS {ENDLESS}",
        f"DROP VIEW answers_in_force; CREATE VIEW answers_in_force AS {ENDLESS}",
        "PRAGMA user_version = 0",
        "PRAGMA user_version = -1",
        "PRAGMA user_version = 3",
    ],
)
def test_an_older_store_is_looked_at_before_it_is_brought_up_to_date(tmp_path: Path, statement: str) -> None:
    path = Path(shutil.copy(DATA / "store_v4.db", tmp_path))
    with closing(sqlite3.connect(path)) as plain:
        plain.executescript(statement)
    before = path.read_bytes()
    with pytest.raises(StoreError):
        open_store(path)
    with pytest.raises(StoreError), open_unchanged(path):
        pass
    with suppress(StoreError):  # a copy gets Tiebreak's views
        restore(path, tmp_path / "then.db", 0.0)
    assert path.read_bytes() == before
    with suppress(StoreError), open_store(path, as_it_is=True) as store:
        assert [each for each in check_store(store) if each.is_fault]
    assert not list(tmp_path.glob("*.backup"))


def test_an_older_store_is_put_right_and_then_brought_up_to_date(tmp_path: Path) -> None:
    path = Path(shutil.copy(DATA / "store_v4.db", tmp_path))
    with closing(sqlite3.connect(path)) as plain:
        plain.executescript(f"DROP VIEW answers_in_force; CREATE VIEW answers_in_force AS {ENDLESS}")
    assert CliRunner().invoke(app, ["check", str(path), "--repair"]).exit_code == 0
    with open_store(path) as store:
        assert check_store(store) == []


def test_a_store_that_was_written_out_and_read_in_again_is_ours(foreign: Path, tmp_path: Path) -> None:
    with closing(sqlite3.connect(foreign)) as plain, closing(sqlite3.connect(tmp_path / "again.db")) as again:
        again.executescript("\n".join(plain.iterdump()))
        for pragma in ("application_id", "user_version"):
            again.execute(f"PRAGMA {pragma} = {plain.execute(f'PRAGMA {pragma}').fetchone()[0]}")
    with open_store(tmp_path / "again.db") as store:
        assert [each for each in check_store(store) if each.is_fault] == []


@pytest.mark.parametrize(
    "body",
    ["SELECT RAISE(IGNORE)", "DELETE FROM undone_answers; SELECT RAISE(IGNORE)"],
)
def test_an_answer_that_a_trigger_takes_away_is_an_error(foreign: Path, body: str) -> None:
    with closing(sqlite3.connect(foreign)) as plain:
        plain.executescript(f"CREATE TRIGGER swallow BEFORE INSERT ON answers BEGIN {body}; END")
    with open_store(foreign) as store:
        session = ReviewSession(store, "ada")
        review = session.next()
        assert review is not None
        with pytest.raises(StoreError, match="the answer was not saved"):
            session.answer(review, "accept", seconds=1, keys=1)
        assert session.done == 0


LOOKS: dict[str, Callable[[Store], object]] = {
    "status": lambda store: (full_status(store), engines(store, live=True)),
    "review": lambda store: ReviewSession(store, "ada").next(),
    "resume": lambda store: ReviewSession(store, "sam").resume(),
    "team": team_of,
    "check": check_store,
}


@pytest.mark.full
@pytest.mark.parametrize("value", ["text", b"\xff", 2**62, -1, 1e308], ids=["text", "bytes", "huge", "negative", "inf"])
def test_a_number_that_is_none_is_one_message_in_any_column(foreign: Path, value: object, tmp_path: Path) -> None:
    """The values include a process id, which goes to the system."""
    here, now = os.uname().nodename, time.time()
    with open_store(foreign) as store:
        store.execute(
            "INSERT INTO engines (id, host, pid, started_at, beat, state, options) "
            "VALUES (1, ?, 1, 1, 1, 'running', '{}')",
            (here,),
        )
        store.execute("INSERT OR REPLACE INTO on_screen VALUES ('z', 2, 'kim', ?, 1, ?)", (here, now))
        store.execute("INSERT INTO assignments VALUES ('sam', 1, 3)")
        columns = [
            (table, name)
            for table in sorted(own_tables())
            for _, name, declared, *_ in store.execute(f"PRAGMA table_info({table})").fetchall()
            if declared in ("INTEGER", "REAL")
        ]
        for trigger in [name for kind, name in own_statements() if kind == "trigger"]:
            store.execute(f"DROP TRIGGER {trigger}")
    assert len(columns) > 60
    for table, column in columns:
        copy = tmp_path / f"{table}.{column}.db"
        shutil.copy(foreign, copy)
        with closing(sqlite3.connect(copy, isolation_level=None)) as plain, suppress(sqlite3.Error):
            plain.execute(f'UPDATE OR IGNORE {table} SET "{column}" = ?', (value,))
        for look in LOOKS.values():
            with suppress(StoreError), open_store(copy) as store:
                look(store)


@pytest.mark.full
@pytest.mark.parametrize("command", [["status"], ["report"], ["report", "--json"], ["team"]], ids=" ".join)
def test_bytes_where_text_belongs_end_no_command_with_a_traceback(foreign: Path, command: list[str]) -> None:
    """This includes content that is shown after the store is closed."""
    with closing(sqlite3.connect(foreign, isolation_level=None)) as plain:
        columns = [
            (table, name)
            for table in ("annotators", "answers", "labels", "predictions", "predictors", "remarks", "runs")
            for _, name, declared, *_ in plain.execute(f"PRAGMA table_info({table})").fetchall()
            if declared == "TEXT"
        ]
        plain.execute("UPDATE annotators SET filter = 'has:note'")
        for name in [name for kind, name in own_statements() if kind == "trigger"]:
            plain.execute(f"DROP TRIGGER {name}")
        for table, column in columns:
            kept = plain.execute(f"SELECT * FROM {table}").fetchall()
            plain.execute(f'UPDATE OR IGNORE {table} SET "{column}" = ?', (b"\xff\xfe",))
            error = CliRunner().invoke(app, [command[0], str(foreign), *command[1:]]).exception
            assert error is None or isinstance(error, TiebreakError), (table, column, error)
            plain.execute(f"DELETE FROM {table}")
            plain.executemany(f"INSERT INTO {table} VALUES ({', '.join('?' * len(kept[0]))})", kept)


@pytest.mark.parametrize(
    ("column", "value"), [("mentions", "[1]"), ("mentions", "-1"), ("mentions", '{"placed": "x"}'), ("error", None)]
)
def test_a_status_leaves_out_what_it_cannot_read(foreign: Path, column: str, value: object) -> None:
    put(foreign, "predictions", "status", "failed")
    put(foreign, "predictions", column, value)
    result = CliRunner().invoke(app, ["status", str(foreign)])
    assert result.exit_code == 0, result.exception


def test_nothing_that_a_store_names_is_imported(foreign: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    module = tmp_path / "evil_module.py"
    module.write_text("raise SystemExit('imported')")
    config = tmp_path / "evil.cfg"
    config.write_text('[nlp]\nlang = "evil_module"\n[components.llm]\nfactory = "evil_module"\n')
    with open_store(foreign) as store:
        for name in ("project", "config", "task_module", "scorer"):
            store.set_setting(name, str(config))
        store.execute("UPDATE runs SET model = 'evil_module', fingerprint = 'evil_module.' || id, kind = 'spacy'")
    monkeypatch.syspath_prepend(tmp_path)
    real = builtins.__import__
    imported: list[str] = []

    def watched(name: str, *arguments: Any, **options: Any) -> Any:
        imported.append(name)
        return real(name, *arguments, **options)

    def refuse(*arguments: object, **_: object) -> None:
        raise AssertionError(f"a store executed {arguments!r:.200}")

    monkeypatch.setattr(builtins, "__import__", watched)
    for target, name in (
        (pickle, "loads"),
        (pickle, "load"),
        (marshal, "loads"),
        (subprocess, "Popen"),
        (os, "system"),
        (importlib, "import_module"),
    ):
        monkeypatch.setattr(target, name, refuse)
    with open_store(foreign) as store:
        for use in USES.values():
            use(store)
    assert not [name for name in imported if name.startswith(("evil", "pickle", "spacy", "spacy_llm"))]
