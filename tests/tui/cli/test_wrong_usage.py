"""Usage that is wrong for any store and any files ends with status 2, before anything is opened."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import typer

from tiebreak.core.errors import TiebreakError
from tiebreak.tui.cli.application import app
from tiebreak.tui.cli.running import add_commands, status_of

add_commands()
OPTION = re.compile(r"(?<![\w-])--[a-z][a-z-]*")
GROUP: Any = typer.main.get_command(app)
COMMANDS: dict[str, Any] = GROUP.commands

# The arguments that each command needs; none of these files exists.
CALLED = {
    "load": "no.db no.jsonl",
    "predict": "no.db no_pipeline",
    "export": "no.db out.jsonl",
    "diff": "no.jsonl no.jsonl",
    "restore": "no.db other.db",
    "shell": "no.db --annotator sam",
    "demo": "--store no/no.db",
    "configs": "",
    "doctor": "",
}
# Wrong values of options that are read as text, by command, or for all commands with the option.
WRONG = {
    "--as": [" "],
    "--label-map": ["ORG:", "A,A", "{"],
    "--columns": ["1", "x,y"],
    "--class-names": ["O,,B-PER", "O,O"],
    "--format": ["docx"],
    "--format-a": ["docx"],
    "--format-b": ["docx"],
    "--annotator": [" ", "auto"],
    "--theme": ["pink"],
    "--filter": ["kind:odd", "score:2x"],
    "team --filter": ["sam", ":label:ORG", "sam:kind:odd", " :x", "auto:x"],
    "--assign": ["sam", "sam:9-1", ":0-5", "auto:0-5"],
    "--slice": ["2", "half"],
    "--max-error": ["2"],
    "--anchoring": ["200%"],
    "--overlap": ["1.5", "-1"],
    "--for": ["soon", "0m"],
    "--label": ["ORG,,PER"],
    "--as-of": ["yesterday"],
    "--answers": ["good"],
    "--include": ["all", "best,unanswered"],
    "--min-confidence": ["2", "0.9"],
    "--split": ["2", "0", "half"],
    "agreement --annotator": [" ", "auto", "sam"],
}
# Any value of these options may be right somewhere: names, paths and addresses that a store, a folder or a host knows.
FREE = {
    *("--scorer", "--shared", "--session", "--spans-key", "--source", "--model", "--base-url", "--store", "--to"),
    *("--config", "--predict", "--cache", "--onto", "--card", "--text-column"),
    *("--reading", "--leave-out", "--put-back"),
}
# Options that exclude each other, or that need each other.
TOGETHER = [
    "review no.db --max-error 5%",
    "review no.db --by place --adjudicate",
    "review no.db --include-agreed --filter status:all",
    "queue no.db --include-answered --filter status:all",
    "predict no.db",
    "predict no.db no_pipeline --config no.cfg",
    "predict no.db --config no.cfg --label-map ORG",
    "predict no.db no.cfg --reparse --dry-run",
    "export no.db - --split 0.2",
    "export no.db - --card card.md",
    "export no.db - --onto no.jsonl",
    "export no.db out.jsonl --onto no.jsonl --split 0.2",
    "export no.db out --format spacy --versions",
    "export no.db out --format spacy --offsets utf-16",
    "export no.db - --json",
    "export no.db out.jsonl --reading llm --include best",
    "predictors no.db --leave-out llm --put-back llm",
    "diff - -",
    "demo --model NAME",
    "demo --base-url http://127.0.0.1:9",
    "demo --from-scratch --model NAME --base-url http://127.0.0.1:9",
    "configs no-such-config",
]


def calls() -> list[str]:
    """Return a command line for each wrong value of each option."""
    lines = list(TOGETHER)
    for name, command in COMMANDS.items():
        for option, values in options_of(command).items():
            values = [] if option in FREE else WRONG.get(option, values)
            for value in WRONG.get(f"{name} {option}", values):
                needs = {"--max-error": " --auto-accept"}.get(option, "")
                lines.append(f"{name} {CALLED.get(name, 'no.db')} {option} {shlex.quote(value)}{needs}")
    return lines


def options_of(command: Any) -> dict[str, list[str]]:
    """Return the options that take a value, with values that typer itself has to refuse."""
    found: dict[str, list[str]] = {}
    for each in command.params:
        if each.param_type_name == "option" and not each.is_flag:
            least = getattr(each.type, "min", None)
            found[each.opts[0]] = ["odd"] if least is None else ["odd", f"{least - 1:g}"]
    return found


def test_every_option_is_tried() -> None:
    tried = set(OPTION.findall(" ".join(calls())))
    assert tried | FREE == {option for command in COMMANDS.values() for option in options_of(command)} | {
        *("--adjudicate", "--auto-accept", "--by", "--from-scratch", "--dry-run", "--include-agreed"),
        *("--include-answered", "--reparse", "--versions", "--json"),
    }
    assert len(calls()) > 100


@pytest.mark.parametrize("command", COMMANDS)
def test_it_is_said_with_status_2_before_anything_is_opened(
    command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for line in calls():
        if shlex.split(line)[0] != command:
            continue
        with pytest.raises(Exception) as raised:  # noqa: PT011  typer's errors of usage are its own
            GROUP.main(shlex.split(line), standalone_mode=False)
        error = raised.value
        status = status_of(error) if isinstance(error, TiebreakError) else getattr(error, "exit_code", None)
        assert status == 2, (line, error)
    assert not list(tmp_path.iterdir())
