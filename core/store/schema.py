"""The tables, and the migrations that made them. Migrations are only ever appended."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlite_utils import Database

APPLICATION_ID = 0x7469_6562  # "tieb": marks the file as a Tiebreak store
VERSION = 10  # of the schema, in PRAGMA user_version; each migration adds one

# The full-text index of the examples, made by the first search. It has no content: the texts are in `examples`.
# A store must have exactly this text, on one line.
WORDS = """\
CREATE VIRTUAL TABLE example_words \
USING fts5 (words, content = '', columnsize = 0, tokenize = 'unicode61 remove_diacritics 2')"""

FIRST = """
CREATE TABLE settings (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE examples (
    id INTEGER PRIMARY KEY,
    text TEXT NOT NULL,
    text_digest BLOB NOT NULL,  -- BLAKE2b, 128 bits: the identity
    input_hash INTEGER NOT NULL,  -- Prodigy's, 32 bits: exported, never a key
    task_hash INTEGER,  -- Prodigy's, where the record came with one
    tokens TEXT,  -- JSON [[start, end], ...]; NULL where nobody gave any
    meta TEXT,  -- JSON object
    other_fields TEXT,  -- JSON object: what else the record held
    source TEXT  -- the file it came from
);
CREATE UNIQUE INDEX examples_by_text ON examples (text_digest);

CREATE TABLE labels (
    name TEXT PRIMARY KEY,
    position INTEGER NOT NULL  -- first seen first
) WITHOUT ROWID;

CREATE TABLE predictors (
    id INTEGER PRIMARY KEY,  -- the lower one is shown left
    name TEXT NOT NULL UNIQUE
);

CREATE TABLE runs (
    id INTEGER PRIMARY KEY,
    predictor_id INTEGER NOT NULL REFERENCES predictors (id),
    kind TEXT NOT NULL,  -- spacy, llm or file
    fingerprint TEXT NOT NULL,  -- of model, version, prompt and label map
    model TEXT NOT NULL,
    label_map TEXT,
    activated INTEGER NOT NULL,  -- the highest of a predictor is its current run
    started_at TEXT NOT NULL,
    ok INTEGER NOT NULL DEFAULT 0,  -- predictions
    failed INTEGER NOT NULL DEFAULT 0,
    UNIQUE (predictor_id, fingerprint)
);

CREATE TABLE predictions (
    example_id INTEGER NOT NULL REFERENCES examples (id),
    run_id INTEGER NOT NULL REFERENCES runs (id),
    status TEXT NOT NULL CHECK (status IN ('ok', 'failed')),
    spans TEXT,  -- JSON [{"start", "end", "label"}, ...]
    cats TEXT,  -- JSON object label -> score
    dropped TEXT,  -- JSON: mentions of an LLM's answer that could not be placed
    error TEXT,  -- why it failed
    PRIMARY KEY (example_id, run_id)
) WITHOUT ROWID;
CREATE INDEX failed_predictions_by_run ON predictions (run_id) WHERE status = 'failed';

CREATE TABLE llm_calls (
    id INTEGER PRIMARY KEY,
    example_id INTEGER NOT NULL REFERENCES examples (id),
    run_id INTEGER NOT NULL REFERENCES runs (id),
    prompt TEXT,
    response TEXT,
    error TEXT,
    seconds REAL,
    prompt_tokens INTEGER,
    completion_tokens INTEGER,
    called_at TEXT NOT NULL
);
CREATE INDEX llm_calls_by_example ON llm_calls (example_id);

CREATE TABLE differences (
    example_id INTEGER NOT NULL REFERENCES examples (id),
    position INTEGER NOT NULL,  -- in text order, from 0
    start INTEGER NOT NULL,
    "end" INTEGER NOT NULL,
    kind TEXT NOT NULL,  -- missing, label, boundary or mixed
    readings TEXT NOT NULL,  -- JSON {predictor: [{"start", "end", "label"}, ...]}
    PRIMARY KEY (example_id, position)
) WITHOUT ROWID;

CREATE TABLE queue (
    example_id INTEGER PRIMARY KEY REFERENCES examples (id),
    score REAL NOT NULL,  -- disagreement, 0..1
    differences INTEGER NOT NULL,  -- how many
    tie BLOB NOT NULL,  -- the text's digest: a stable order among equals
    answered INTEGER NOT NULL DEFAULT 0  -- 1 where an answer is in force
);
CREATE INDEX queue_order ON queue (answered, score DESC, differences DESC, tie);

CREATE TABLE answers (
    id INTEGER PRIMARY KEY,
    example_id INTEGER NOT NULL REFERENCES examples (id),
    annotator TEXT NOT NULL,
    session TEXT NOT NULL,
    answer TEXT NOT NULL CHECK (answer IN ('accept', 'reject', 'ignore')),
    spans TEXT NOT NULL,  -- JSON: as saved
    choices TEXT NOT NULL,  -- JSON: what was chosen at each difference
    shown TEXT NOT NULL,  -- JSON: the answer as the screen first showed it
    seconds REAL NOT NULL,  -- on screen
    keys INTEGER NOT NULL,  -- pressed
    view TEXT NOT NULL,  -- review or auto-accept
    answered_at REAL NOT NULL  -- Unix seconds
);
CREATE INDEX answers_by_example ON answers (example_id, annotator, id);
CREATE INDEX answers_by_annotator ON answers (annotator, id);

CREATE TABLE undone_answers (
    answer_id INTEGER PRIMARY KEY REFERENCES answers (id),
    session TEXT NOT NULL,
    undone_at REAL NOT NULL
);

CREATE TRIGGER answers_are_never_changed BEFORE UPDATE ON answers
BEGIN SELECT RAISE(ABORT, 'answers are append-only'); END;
CREATE TRIGGER answers_are_never_deleted BEFORE DELETE ON answers
BEGIN SELECT RAISE(ABORT, 'answers are append-only'); END;
CREATE TRIGGER answers_are_never_replaced BEFORE INSERT ON answers
WHEN EXISTS (SELECT 1 FROM answers WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'answers are append-only'); END;

CREATE VIEW answers_in_force AS
SELECT answers.*, examples.text
FROM answers JOIN examples ON examples.id = answers.example_id
WHERE answers.id = (
    SELECT max(newest.id) FROM answers AS newest
    WHERE newest.example_id = answers.example_id AND newest.annotator = answers.annotator
        AND NOT EXISTS (SELECT 1 FROM undone_answers WHERE answer_id = newest.id)
);

CREATE VIEW current_predictions AS
SELECT predictions.example_id, predictors.id AS predictor_id, predictors.name AS predictor, predictions.status,
    predictions.spans, predictions.cats, predictions.dropped, predictions.error, predictions.run_id,
    max(runs.activated) AS activated
FROM predictions
JOIN runs ON runs.id = predictions.run_id
JOIN predictors ON predictors.id = runs.predictor_id
GROUP BY predictions.example_id, predictors.id;

CREATE VIEW disagreements AS
SELECT queue.example_id, queue.score, queue.differences, queue.answered, examples.text
FROM queue JOIN examples ON examples.id = queue.example_id
WHERE queue.differences > 0
ORDER BY queue.score DESC, queue.differences DESC, queue.tie;

CREATE VIEW failed_predictions AS
SELECT predictors.name AS predictor, predictions.error, examples.id AS example_id, examples.text
FROM predictions
JOIN runs ON runs.id = predictions.run_id
JOIN predictors ON predictors.id = runs.predictor_id
JOIN examples ON examples.id = predictions.example_id
WHERE predictions.status = 'failed';
"""

REVIEW = """
ALTER TABLE answers ADD COLUMN cats TEXT;  -- JSON object label -> score: the categories as saved
ALTER TABLE answers ADD COLUMN screen TEXT;  -- JSON: the predictors from left to right, and if their names were hidden

CREATE TABLE remarks (
    id INTEGER PRIMARY KEY,
    example_id INTEGER NOT NULL REFERENCES examples (id),
    annotator TEXT NOT NULL,
    session TEXT NOT NULL,
    flagged INTEGER NOT NULL,  -- 1: of use as a few-shot example, or to come back to
    note TEXT NOT NULL,
    made_at REAL NOT NULL  -- Unix seconds
);
CREATE INDEX remarks_by_example ON remarks (example_id, annotator, id);

CREATE TRIGGER remarks_are_never_changed BEFORE UPDATE ON remarks
BEGIN SELECT RAISE(ABORT, 'remarks are append-only'); END;
CREATE TRIGGER remarks_are_never_deleted BEFORE DELETE ON remarks
BEGIN SELECT RAISE(ABORT, 'remarks are append-only'); END;

CREATE VIEW remarks_in_force AS
SELECT remarks.* FROM remarks
WHERE remarks.id = (
    SELECT max(newest.id) FROM remarks AS newest
    WHERE newest.example_id = remarks.example_id AND newest.annotator = remarks.annotator
) AND (flagged OR note <> '');

CREATE TABLE annotators (
    name TEXT PRIMARY KEY,
    introduced INTEGER NOT NULL DEFAULT 0,  -- 1 once the introduction was shown
    place TEXT  -- JSON: the example that was on screen when the annotator left, and what was chosen there
) WITHOUT ROWID;
"""

ENGINE = """
CREATE TABLE engines (
    id INTEGER PRIMARY KEY,
    host TEXT NOT NULL,
    pid INTEGER NOT NULL,
    started_at REAL NOT NULL,  -- Unix seconds, as all that follow
    beat REAL NOT NULL,  -- when it last said that it is alive
    ended_at REAL,
    state TEXT NOT NULL,  -- running, paused, stopping, ended
    wanted TEXT NOT NULL DEFAULT 'run',  -- what people ask of it: run, pause or stop
    message TEXT NOT NULL DEFAULT '',
    options TEXT NOT NULL  -- JSON object
);

CREATE TABLE engine_runs (
    engine_id INTEGER NOT NULL REFERENCES engines (id),
    run_id INTEGER NOT NULL REFERENCES runs (id),
    state TEXT NOT NULL,  -- running, waiting, ended, failed
    message TEXT NOT NULL,  -- what holds it up, or what it could not do as asked
    pending INTEGER NOT NULL,  -- examples, when it began
    ok INTEGER NOT NULL,  -- predictions of this engine
    failed INTEGER NOT NULL,
    calls INTEGER NOT NULL,  -- LLM calls that were paid for
    reused INTEGER NOT NULL,  -- answers that were there already
    retries INTEGER NOT NULL,
    in_flight INTEGER NOT NULL,
    allowed INTEGER NOT NULL,  -- how many calls may be in flight now
    rate REAL NOT NULL,  -- examples a second, lately
    cost REAL,
    PRIMARY KEY (engine_id, run_id)
) WITHOUT ROWID;

CREATE TABLE claims (
    run_id INTEGER NOT NULL REFERENCES runs (id),
    example_id INTEGER NOT NULL REFERENCES examples (id),
    engine_id INTEGER NOT NULL REFERENCES engines (id),
    PRIMARY KEY (run_id, example_id)
) WITHOUT ROWID;
CREATE INDEX claims_by_engine ON claims (engine_id);

ALTER TABLE runs ADD COLUMN shared_prompt TEXT;  -- what its prompts have in common: the dictionary of their zlib
ALTER TABLE runs ADD COLUMN calls INTEGER NOT NULL DEFAULT 0;  -- LLM calls that were paid for
ALTER TABLE runs ADD COLUMN reused INTEGER NOT NULL DEFAULT 0;  -- answers that were there already
ALTER TABLE runs ADD COLUMN prompt_tokens INTEGER NOT NULL DEFAULT 0;
ALTER TABLE runs ADD COLUMN completion_tokens INTEGER NOT NULL DEFAULT 0;
ALTER TABLE runs ADD COLUMN cost REAL;  -- NULL where the config has no prices

ALTER TABLE predictions ADD COLUMN mentions TEXT;  -- JSON object: what became of the mentions in an LLM's answer
ALTER TABLE predictions ADD COLUMN scores TEXT;  -- JSON: one for each span
ALTER TABLE predictions ADD COLUMN engine_id INTEGER REFERENCES engines (id);  -- which engine made it
CREATE INDEX predictions_with_mentions ON predictions (run_id) WHERE mentions IS NOT NULL;

ALTER TABLE llm_calls ADD COLUMN request BLOB;  -- digest of model, parameters and prompt
ALTER TABLE llm_calls ADD COLUMN finish_reason TEXT;
ALTER TABLE llm_calls ADD COLUMN tries INTEGER NOT NULL DEFAULT 1;
ALTER TABLE llm_calls ADD COLUMN cost REAL;
ALTER TABLE llm_calls ADD COLUMN reused INTEGER NOT NULL DEFAULT 0;  -- 1: nothing was sent
CREATE INDEX llm_calls_by_request ON llm_calls (request) WHERE response IS NOT NULL;
"""

TEAM = """
ALTER TABLE queue ADD COLUMN overlap INTEGER NOT NULL DEFAULT 0;  -- 1: of the share that every annotator answers
CREATE INDEX queue_overlap ON queue (score DESC, differences DESC, tie) WHERE overlap = 1 AND answered = 1;

CREATE TABLE on_screen (
    session TEXT PRIMARY KEY,
    example_id INTEGER NOT NULL REFERENCES examples (id),
    annotator TEXT NOT NULL,
    host TEXT NOT NULL,
    pid INTEGER NOT NULL,
    touched_at REAL NOT NULL  -- Unix seconds: when the annotator last pressed a key, within a minute
) WITHOUT ROWID;

CREATE TABLE assignments (
    annotator TEXT NOT NULL,
    first_id INTEGER NOT NULL,  -- of the examples that are this annotator's, both ends included
    last_id INTEGER NOT NULL,
    PRIMARY KEY (annotator, first_id)
) WITHOUT ROWID;

ALTER TABLE annotators ADD COLUMN filter TEXT NOT NULL DEFAULT '';  -- what of the queue is this annotator's

DROP VIEW answers_in_force;
CREATE VIEW answers_in_force AS
SELECT answers.*, examples.text
FROM answers JOIN examples ON examples.id = answers.example_id
WHERE answers.id = (
    SELECT max(newest.id) FROM answers AS newest
    WHERE newest.example_id = answers.example_id AND newest.annotator = answers.annotator
        AND (newest.view = 'adjudicate') = (answers.view = 'adjudicate')
        AND NOT EXISTS (SELECT 1 FROM undone_answers WHERE answer_id = newest.id)
);

CREATE VIEW final_answers AS  -- an adjudication where there is one; else each person's, or what auto accepted
SELECT * FROM answers_in_force AS answer
WHERE CASE WHEN EXISTS (
    SELECT 1 FROM answers_in_force WHERE example_id = answer.example_id AND view = 'adjudicate'
) THEN answer.id = (
    SELECT max(id) FROM answers_in_force WHERE example_id = answer.example_id AND view = 'adjudicate'
) ELSE annotator <> 'auto' OR NOT EXISTS (
    SELECT 1 FROM answers_in_force WHERE example_id = answer.example_id AND annotator <> 'auto'
) END;
"""

LABELS = """
ALTER TABLE examples ADD COLUMN span_fields TEXT;  -- JSON: the record's spans that held more than bounds and label
ALTER TABLE examples ADD COLUMN token_fields TEXT;  -- JSON object: by number of the token, what else it held

CREATE TABLE run_labels (
    run_id INTEGER NOT NULL REFERENCES runs (id),
    label TEXT NOT NULL,  -- as the predictor gave it
    name TEXT,  -- what the label map makes of it; NULL where it leaves the label out
    count INTEGER NOT NULL,  -- of spans or categories, in predictions as they were first saved
    PRIMARY KEY (run_id, label)
) WITHOUT ROWID;

INSERT INTO run_labels
SELECT run_id, label, label, count(*) FROM (
    SELECT run_id, json_extract(span.value, '$.label') AS label
    FROM predictions, json_each(CASE WHEN json_valid(spans) THEN spans ELSE '[]' END) AS span
    WHERE span.type = 'object'
    UNION ALL
    SELECT run_id, score.key
    FROM predictions, json_each(CASE WHEN json_valid(cats) THEN cats ELSE '{}' END) AS score
) WHERE typeof(label) = 'text' GROUP BY run_id, label;
"""

LEARNING = """
CREATE TABLE learners (
    id INTEGER PRIMARY KEY CHECK (id = 1),  -- one at a time
    host TEXT NOT NULL,
    pid INTEGER NOT NULL,
    beat REAL NOT NULL  -- Unix seconds: when it last said that it is alive
);

CREATE TABLE learned (
    example_id INTEGER PRIMARY KEY REFERENCES examples (id),
    basis BLOB NOT NULL,  -- digest of the differences that `places` speaks of
    answers INTEGER NOT NULL,  -- that it rests on
    places TEXT NOT NULL  -- JSON: at each difference, what may hold there with its probability
);

CREATE TABLE learned_patterns (
    pattern TEXT NOT NULL,  -- JSON: the kind of a difference, and which predictors say which labels there
    outcome TEXT NOT NULL,  -- JSON: the predictors whose reading held; "neither"; "other"
    places INTEGER NOT NULL,  -- settled differences at which it did
    confirmed INTEGER NOT NULL,  -- of these, settled one by one
    PRIMARY KEY (pattern, outcome)
) WITHOUT ROWID;
"""

# The value of an example before anything was learned. It is a guess: the corrections that its differences need by the
# seconds that they and the text take. `core.learning.value` says how the value is learned.
FIRST_VALUE = "0.75 * queue.differences / max(length(examples.text) / 24.0 + 2.5 * queue.differences, 1.0)"

VALUE = f"""
ALTER TABLE queue ADD COLUMN value REAL NOT NULL DEFAULT 0.0;  -- expected corrections of the export a second
ALTER TABLE queue ADD COLUMN errors REAL;  -- expected corrections; NULL where nothing was learned yet
ALTER TABLE queue ADD COLUMN seconds REAL;  -- expected, of the annotators' time
UPDATE queue SET value = (SELECT {FIRST_VALUE} FROM examples WHERE examples.id = queue.example_id);
CREATE INDEX queue_value ON queue (answered, score > 0, value DESC, tie);

ALTER TABLE learned ADD COLUMN offers TEXT NOT NULL DEFAULT '[]';  -- JSON: places where all may err
ALTER TABLE answers ADD COLUMN offered TEXT;  -- JSON: what was chosen at each of these, as `choices`
"""


SLICE = """
CREATE TABLE slice (
    example_id INTEGER PRIMARY KEY REFERENCES examples (id),
    position REAL NOT NULL,  -- in the random order in which texts are given out: which share of its load came before it
    unmarked INTEGER NOT NULL,  -- 1: of the third on which no agreed mark is shown
    drawn_at REAL,  -- Unix seconds: when it was given out as of the slice; NULL: it is on the list alone
    reached_at REAL,  -- Unix seconds: since when the order of a sitting would have given it out by then
    exported TEXT  -- JSON: what would be exported if nobody had answered it; the learner makes it again
);

CREATE TABLE slice_loads (
    first_id INTEGER PRIMARY KEY,  -- of the examples that the list was drawn from, both ends included
    last_id INTEGER NOT NULL,
    candidates INTEGER NOT NULL,  -- of these, those that no person had answered
    chosen INTEGER NOT NULL  -- of the candidates, at random
);

CREATE TABLE skips (
    example_id INTEGER PRIMARY KEY REFERENCES examples (id),  -- was put off without an answer
    skipped_at REAL NOT NULL  -- Unix seconds
);
"""

_OVERLAP_AT_9 = """coalesce(
    hex(substr(tie, 1, 4)) < (SELECT value FROM settings WHERE name = 'overlap bound'), 0
)"""

OPEN_TEXTS = f"""
ALTER TABLE queue ADD COLUMN predictors INTEGER NOT NULL DEFAULT 2;  -- that read it and did not fail; below 2: open
INSERT INTO queue (example_id, score, differences, tie, answered, overlap, predictors)
SELECT example_id, 0.0, 0, tie,
    EXISTS (SELECT 1 FROM answers_in_force AS force WHERE force.example_id = queue.example_id),
    {_OVERLAP_AT_9},
    (SELECT count(*) FROM current_predictions AS said WHERE said.example_id = queue.example_id AND status = 'ok')
FROM (
    SELECT id AS example_id, text_digest AS tie FROM examples WHERE id NOT IN (SELECT example_id FROM queue)
) AS queue;
UPDATE queue SET predictors = (
    SELECT count(*) FROM current_predictions AS said WHERE said.example_id = queue.example_id AND status = 'ok'
) WHERE (SELECT count(*) FROM predictors) > 2;
UPDATE queue SET value = 0.001 WHERE predictors = 1;
CREATE INDEX queue_open ON queue (answered, value DESC, tie) WHERE predictors < 2;
CREATE INDEX queue_agreed ON queue (answered, value DESC, tie) WHERE score = 0 AND predictors > 1;

CREATE TABLE drafts (  -- texts that are answered place by place, and not at all their places yet
    example_id INTEGER NOT NULL REFERENCES examples (id),
    annotator TEXT NOT NULL,
    draft TEXT NOT NULL,  -- JSON: what was chosen so far, as in `annotators.place`
    seconds REAL NOT NULL,  -- on screen so far
    keys INTEGER NOT NULL,  -- pressed so far
    saved_at REAL NOT NULL,  -- Unix seconds
    PRIMARY KEY (example_id, annotator)
) WITHOUT ROWID;
"""

# FIRST_VALUE as of version 9: among open texts, those that a predictor has read come first.
VALUE_BEFORE = f"{FIRST_VALUE} + 0.001 * (queue.predictors = 1)"

RUNS = """
ALTER TABLE runs ADD COLUMN path TEXT;  -- of the file, the config or the pipeline, as it was named; NULL: unknown
ALTER TABLE runs ADD COLUMN file_time REAL;  -- Unix seconds: when what `path` names was last written; NULL: unknown
ALTER TABLE runs ADD COLUMN prompt TEXT;  -- JSON object: what prompts are made of, by part; NULL: unknown, or no prompt

ALTER TABLE predictors ADD COLUMN left_out_at REAL;  -- Unix seconds: since when it is not compared; NULL: it is

DROP VIEW current_predictions;
CREATE VIEW current_predictions AS
SELECT predictions.example_id, predictors.id AS predictor_id, predictors.name AS predictor, predictions.status,
    predictions.spans, predictions.cats, predictions.dropped, predictions.error, predictions.run_id,
    max(runs.activated) AS activated
FROM predictions
JOIN runs ON runs.id = predictions.run_id
JOIN predictors ON predictors.id = runs.predictor_id
WHERE predictors.left_out_at IS NULL
GROUP BY predictions.example_id, predictors.id;

CREATE TABLE tallies (
    what TEXT NOT NULL,  -- is counted
    part INTEGER NOT NULL,  -- of the answers, or the examples: those with ids from 4096 times this on
    basis BLOB NOT NULL,  -- digest of what was counted, and of `counts`
    counts TEXT NOT NULL,  -- JSON
    PRIMARY KEY (what, part)
) WITHOUT ROWID;
"""

# Tables that may be dropped at any time: the learner makes them again.
LEARNED = ("learners", "learned", "learned_patterns")
# All tables that may be dropped at any time; a report counts its tallies again.
DROPPABLE = (*LEARNED, "tallies")

SCRIPTS = {
    "m001_main_job": FIRST,
    "m002_review_screen": REVIEW,
    "m003_engine": ENGINE,
    "m004_team": TEAM,
    "m005_labels": LABELS,
    "m006_learning": LEARNING,
    "m007_value": VALUE,
    "m008_slice": SLICE,
    "m009_open_texts": OPEN_TEXTS,
    "m010_runs": RUNS,
}


def migrate(database: Database) -> None:
    """Bring the schema of `database` to VERSION; call it in a write transaction, so that others wait."""
    from sqlite_utils.migrations import Migrations

    migrations = Migrations("tiebreak")
    for version, (name, script) in enumerate(SCRIPTS.items(), start=1):
        migrations(name=name)(_migration(script, version))
    migrations.apply(database)


def _migration(script: str, version: int) -> Callable[[Database], None]:
    """Return the function that brings the schema from the previous version to `version`."""

    def run(db: Database, /) -> None:
        for statement in _statements(script):
            db.execute(statement)
        if version == 1:
            db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        db.execute(f"PRAGMA user_version = {version}")

    run.__name__ = f"to_{version}"
    return run


def statements_up_to(version: int) -> list[str]:
    """Return all statements that made the schema of this version, in order."""
    return [statement for script in list(SCRIPTS.values())[:version] for statement in _statements(script)]


def _statements(script: str) -> list[str]:
    """Return the statements of `script`: `executescript` would commit the migration's transaction."""
    import sqlite3

    statements, statement = [], ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            statements.append(statement)
            statement = ""
    return statements
