"""The command palette: every command of the screen below it by name, and the themes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import TYPE_CHECKING, cast

from textual.command import CommandPalette, DiscoveryHit, Hit, Hits, Provider

from tiebreak.tui.screens.base import CommandScreen
from tiebreak.tui.screens.closing import ClosesOnce

if TYPE_CHECKING:
    from tiebreak.tui.commands import Command
    from tiebreak.tui.screens.application import Application


class TiebreakCommandPalette(CommandPalette, ClosesOnce[None]):
    """Textual's palette, which keys that come together close once, and never end."""

    def _action_command_list(self, action: str) -> None:
        with suppress(KeyError):  # a key that scrolls, before the list has been laid out
            super()._action_command_list(action)


class CommandProvider(Provider):
    """The palette's view of the commands and switches of the screen below it, and of the themes."""

    def _actions(self) -> Iterator[tuple[str, Callable[[], None]]]:
        """Yield the title and the function of each command, switch and theme."""
        if isinstance(self.screen, CommandScreen):
            for command in self.screen.commands:
                keys = f" ({command.key_display})" if command.keys else ""
                yield f"{command.help}{keys}", _once(self._run(command))
            for title, switch in self.screen.switches:
                yield title, _once(switch)
        for name, look in cast("Application", self.app).looks.items():
            yield f"theme {name}: {look.help}", _once(self._use(name))

    def _run(self, command: Command) -> Callable[[], object]:
        key = command.keys[0] if command.keys else ""
        return lambda: self.screen.call_later(self.screen.run_action, f"do('{command.name}', '{key}')")

    def _use(self, theme: str) -> Callable[[], object]:
        return lambda: setattr(self.app, "theme", theme)

    async def discover(self) -> Hits:
        for title, action in self._actions():
            yield DiscoveryHit(title, action)

    async def search(self, query: str) -> Hits:
        matcher = self.matcher(query)
        for title, action in self._actions():
            if (score := matcher.match(title)) > 0:
                yield Hit(score, matcher.highlight(title), action)


def _once(action: Callable[[], object]) -> Callable[[], None]:
    """Return `action` for a single call: two enters in one read make the palette call it twice."""
    waiting = [action]

    def act() -> None:
        while waiting:
            waiting.pop()()

    return act
