"""The doctor's checks of the machine: Python, a missing or broken library, and a disk that fills up."""

from __future__ import annotations

import shutil
import sys
from collections import namedtuple
from pathlib import Path

import pytest

from tiebreak.core.doctor import machine
from tiebreak.core.doctor.machine import check_disk, check_library, check_python

_Usage = namedtuple("_Usage", "total used free")


def test_a_python_that_is_too_old_fails_with_the_one_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    [check] = check_python()
    assert (check.name, check.state) == ("Python", "ok")
    monkeypatch.setattr(machine, "LEAST_PYTHON", (sys.version_info[0], sys.version_info[1] + 1))
    [check] = check_python()
    assert check.state == "FAIL"
    assert f"{sys.version_info[0]}.{sys.version_info[1] + 1}" in str(check)


def test_a_library_that_is_missing_or_breaks_fails_with_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    [check] = check_library("pytest", "pytest")
    assert (check.state, check.found) == ("ok", pytest.__version__)
    [missing] = check_library("nowhere", "a_module_that_is_nowhere")
    assert missing.state == "FAIL"
    assert "not installed" in missing.found
    (tmp_path / "broken_library.py").write_text("raise ImportError('of another ABI')")
    monkeypatch.syspath_prepend(str(tmp_path))
    [broken] = check_library("broken", "broken_library")
    assert broken.state == "FAIL"
    assert broken.found == "of an unknown version cannot be imported: ImportError: of another ABI"


@pytest.mark.parametrize(("free", "state"), [(49, "FAIL"), (50, "note"), (999, "note"), (1000, "ok")])
def test_a_disk_is_judged_by_its_free_space(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, free: int, state: str
) -> None:
    asked = []

    def usage(folder: Path) -> _Usage:
        asked.append(folder)
        return _Usage(0, 0, free * 1_000_000)

    monkeypatch.setattr(shutil, "disk_usage", usage)
    [check] = check_disk(tmp_path / "not" / "made")
    assert (check.state, asked) == (state, [tmp_path])
