"""Long documents place by place in a real terminal: no settled place is lost."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from command_line import Run, review
from end_to_end.terminal import Terminal


def drafts(store: Path) -> list[tuple[int, int]]:
    """Return for each draft how many places are settled, and the number of keys."""
    with sqlite3.connect(store) as connection:
        return connection.execute(
            """
            SELECT (SELECT count(*) FROM json_each(draft, '$.places')), keys FROM drafts ORDER BY example_id
            """
        ).fetchall()


@pytest.mark.full
def test_what_is_settled_survives_kill_9_and_the_text_is_answered_with_its_last_place(store: Path, run: Run) -> None:
    with Terminal(review(store, "--by", "place")) as terminal:
        terminal.wait_for("place 1 of 2 here, 2 open")
        terminal.answer("a")
        terminal.wait_for("1 text begun")
        assert drafts(store) == [(1, 1)]
        terminal.kill()
    assert drafts(store) == [(1, 1)]
    assert run("export", store, "-").stdout == ""
    with Terminal(review(store, "--by", "place")) as terminal:
        terminal.wait_for("place 2 of 2 here, 1 open")
        terminal.answer("a")
        terminal.wait_for("1 text done")
        terminal.wait_for("place 1 of 2 here, 2 open")
        assert drafts(store) == []
        terminal.answer("u")
        terminal.wait_for("its last place is open again")
        assert drafts(store) == [(1, 1)]
        terminal.answer("a")
        terminal.wait_for("1 place · 1 text done")
        terminal.send("q")
        assert terminal.wait() == 0
    assert "1 place settled" in terminal.text
    assert len(run("export", store, "-").stdout.splitlines()) == 1
