"""The app has everything that its screens expect of it."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING

from tiebreak.tui import app
from tiebreak.tui.screens import application

if TYPE_CHECKING:
    from tiebreak.tui.app import TiebreakApp
    from tiebreak.tui.screens.application import Application


def as_screens_see_it(app: TiebreakApp) -> Application:
    """Give mypy a place to check each type; the test below checks that everything exists."""
    return app


def test_the_app_has_what_screens_need_of_it() -> None:
    members = {*application.Application.__annotations__, *vars(application.Application)}
    needed = {name for name in members if not name.startswith("_")}
    assert needed >= {"jobs", "finder", "deaf_for"}
    source = inspect.getsource(app.TiebreakApp)
    assert not {name for name in needed if f"self.{name} = " not in source and f"def {name}(" not in source}
