"""Checking the machine: Python, spaCy, and room on the disk."""

from __future__ import annotations

import platform
import shutil
import sys
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from tiebreak.core.doctor.checks import Check, fail, note, ok, one_line
from tiebreak.core.store.integrity import SQLITE

LEAST_PYTHON = (3, 11)
_MB = 1_000_000


def check_python() -> list[Check]:
    found = f"{platform.python_version()}, SQLite {SQLITE}, Tiebreak {_version('tiebreak')}"
    if sys.version_info < LEAST_PYTHON:
        return [fail("Python", found, f"install Python {'.'.join(map(str, LEAST_PYTHON))} or newer")]
    return [ok("Python", found)]


def check_library(package: str, module: str) -> list[Check]:
    """Check that a package is installed and can be imported: binary packages can be installed and broken."""
    try:
        import_module(module)
    except ModuleNotFoundError as error:
        return [fail(package, f"not installed: {one_line(error)}", f"`pip install {package}`")]
    except Exception as error:
        found = f"{_version(package)} cannot be imported: {type(error).__name__}: {one_line(error)}"
        return [fail(package, found, f"`pip install -U {package}`, in a fresh environment if that does not help")]
    return [ok(package, _version(package))]


def check_disk(folder: Path) -> list[Check]:
    """Check the room for the store: a hundred thousand examples with an LLM's answers take a few hundred MB."""
    folder = folder.resolve()
    there = next((each for each in (folder, *folder.parents) if each.is_dir()), folder)
    free = shutil.disk_usage(there).free
    found = f"{free / _MB:,.0f} MB free in {there}"
    if free < 50 * _MB:
        return [fail("disk", found, "free some space: a full disk stops predictions and answers")]
    if free < 1000 * _MB:
        return [note("disk", found, "enough only for a small project")]
    return [ok("disk", found)]


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "of an unknown version"
