"""Checking that the terminal can draw the review screen: its size, colours and characters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from tiebreak.core.doctor.checks import Check, fail, note, ok

LEAST = (60, 16)  # columns and rows that the review screen needs
GOOD = (80, 24)


@dataclass(frozen=True)
class Terminal:
    """The terminal, as the command line sees it; only the variables about terminals in `environment` are read.

    `colours` is how many the screen would use (0, 16, 256 or 16777216), `encoding` the locale's.
    """

    is_terminal: bool
    columns: int = 0
    rows: int = 0
    colours: int = 256
    encoding: str = "utf-8"
    environment: Mapping[str, str] = field(default_factory=dict)

    @property
    def multiplexer(self) -> str:
        if self.environment.get("TMUX"):
            return "tmux"
        return "screen" if self.environment.get("STY") else ""


def check_size(terminal: Terminal) -> list[Check]:
    name = "terminal size"
    if not terminal.is_terminal:
        return [note(name, "not a terminal", "the review screen needs a terminal: over SSH, log in with `ssh -t`")]
    size = f"{terminal.columns}x{terminal.rows}"
    if terminal.columns < LEAST[0] or terminal.rows < LEAST[1]:
        pane = ", or zoom its pane (prefix z)" if terminal.multiplexer == "tmux" else ""
        return [fail(name, size, f"make the window at least {LEAST[0]}x{LEAST[1]}{pane}")]
    if terminal.columns < GOOD[0] or terminal.rows < GOOD[1]:
        return [note(name, size, f"enough, but {GOOD[0]}x{GOOD[1]} shows more")]
    return [ok(name, size)]


def check_colours(terminal: Terminal) -> list[Check]:
    name, environment = "colours", terminal.environment
    if not terminal.is_terminal:
        return []
    term = environment.get("TERM", "")
    inside = f", in {terminal.multiplexer}" if terminal.multiplexer else ""
    if not terminal.colours and environment.get("NO_COLOR"):
        return [note(name, f"none: NO_COLOR is set{inside}", "for colours: `unset NO_COLOR`")]
    if not terminal.colours:
        reason = f"TERM={term}" if term else "TERM is not set"
        return [note(name, f"none: {reason}{inside}", "for colours: `export TERM=xterm-256color`")]
    found = f"{terminal.colours:,}, TERM={term}{inside}"
    if terminal.colours >= 256:
        return [ok(name, found)]
    todo = "`export TERM=xterm-256color` if the terminal has more"
    if terminal.multiplexer == "tmux":
        todo = '`set -g default-terminal "tmux-256color"` in ~/.tmux.conf for more'
    elif terminal.multiplexer == "screen":
        todo = "`term screen-256color` in ~/.screenrc for more"
    return [note(name, found, todo)]


def check_characters(terminal: Terminal) -> list[Check]:
    name = "characters"
    if terminal.encoding.lower().replace("-", "") == "utf8":
        return [ok(name, "UTF-8")]
    again = ", then attach tmux again with `tmux -u`" if terminal.multiplexer == "tmux" else ""
    return [note(name, f"{terminal.encoding}, not UTF-8: lines show as garbage", f"`export LC_ALL=C.UTF-8`{again}")]
