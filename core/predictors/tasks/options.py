"""Checking the options of all Tiebreak's tasks: labels, definitions, the template, and the files they name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tiebreak.core.errors import ConfigError
from tiebreak.core.files.ordinary import read_ordinary, with_newlines
from tiebreak.core.label_map import split_labels
from tiebreak.core.predictors.tasks.prompt import CONFIG_FOLDER

if TYPE_CHECKING:
    from jinja2 import Template

_LARGEST = 50_000_000  # bytes of a file; more fits into no prompt


def read_labels(task: str, labels: Sequence[str] | str) -> tuple[str, ...]:
    """Read labels from a list or a string with commas. Raises ConfigError if there are no labels."""
    given = split_labels(f"{task}: labels", labels) if isinstance(labels, str) else list(labels)
    if odd := [label for label in given if not isinstance(label, str)]:
        raise ConfigError(f"{task}: labels: {odd[0]!r} is not a text; write it in quotes")
    read = tuple(dict.fromkeys(label.strip() for label in given if label.strip()))
    if not read:
        raise ConfigError(f"{task}: labels: the list is empty; name at least one label")
    return read


def check_definitions(task: str, definitions: Mapping[str, str] | None, labels: Sequence[str]) -> dict[str, str]:
    """Return the definitions. Raises ConfigError if the task lacks the label of any definition."""
    for label in definitions or {}:
        if label not in labels:
            raise ConfigError(f"{task}: label_definitions: {label!r} is not one of the labels ({', '.join(labels)})")
    return dict(definitions or {})


def find_file(task: str, option: str, name: str) -> Path:
    """Find a file beside the config, or else in the working directory. Raises ConfigError if neither has it."""
    path = Path(name).expanduser()
    folder = CONFIG_FOLDER.get()
    places = [path if folder is None else folder / path, path]
    for place in places:
        if place.exists() and not place.is_dir():
            return place
    raise ConfigError(f"{task}: {option}: there is no file {places[0]}" + (f", nor {name}" if folder else ""))


def read_text(task: str, option: str, path: Path) -> str:
    """Return the content of `path`. Raises ConfigError if it cannot be read."""
    try:
        data = read_ordinary(path, _LARGEST)
        text = data.decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or error
        raise ConfigError(f"{task}: {option}: {path} cannot be read: {reason}") from error
    if len(data) > _LARGEST:
        raise ConfigError(f"{task}: {option}: {path} is larger than {_LARGEST // 1_000_000} MB; shorten it")
    return with_newlines(text)


def shipped_template(name: str) -> str:
    """Return the text of one of the shipped templates."""
    return (files(__package__) / "templates" / name).read_text("utf-8")


def read_template(task: str, template: str | None, shipped: str) -> str:
    """Return the text of the template: `template` is the text or its path; None stands for the `shipped` template."""
    if template is None:
        return shipped_template(shipped)
    if "\n" in template or "{{" in template or "{%" in template:
        return template
    return read_text(task, "template", find_file(task, "template", template))


def compile_template(task: str, source: str, variables: Mapping[str, Any]) -> Template:
    """Compile the template and try it with `variables`. Raises ConfigError if it is wrong or leaves out the text."""
    from jinja2 import StrictUndefined, TemplateError, TemplateSyntaxError
    from jinja2.meta import find_undeclared_variables
    from jinja2.sandbox import SandboxedEnvironment

    environment = SandboxedEnvironment(
        autoescape=False, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    try:
        used = find_undeclared_variables(environment.parse(source))
        template = environment.from_string(source)
    except TemplateSyntaxError as error:
        raise ConfigError(f"{task}: template: line {error.lineno}: {error.message}") from error
    if unknown := sorted(used - variables.keys() - environment.globals.keys()):
        raise ConfigError(f"{task}: template: there is no variable {unknown[0]!r}, only {', '.join(sorted(variables))}")
    if "text" not in used:
        raise ConfigError(f"{task}: template: {{{{ text }}}} is missing, so all texts would get the same prompt")
    try:
        template.render(variables)
    except (TemplateError, TypeError, ValueError, ArithmeticError, LookupError) as error:
        raise ConfigError(f"{task}: template: {error}") from error
    return template
