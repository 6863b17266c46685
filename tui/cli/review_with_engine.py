"""review --predict: start an engine that works beside the review."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tiebreak.core.store.connection import Store
    from tiebreak.tui.engine_process import Started
    from tiebreak.tui.keymap import Keymap


def start_beside(store: Store, config: Path, keymap: Keymap) -> tuple[Started | None, str]:
    """Start an engine for the project; return it, and the notice at the start of the review, with `keymap`'s keys.

    If an engine is at work on the store already, start no other, and return None for it.
    """
    from tiebreak.core.store.engines import engines
    from tiebreak.tui.commands import key_of
    from tiebreak.tui.engine_process import start_engine

    if at_work := engines(store, live=True):
        engine = at_work[0]
        key = key_of(keymap["review"], "engine")
        return (
            None,
            f"an engine is at work already (process {engine.pid} on {engine.host}); press {key} to see it",
        )
    return start_engine(["predict", str(store.path.absolute()), "--config", str(config)]), ""
