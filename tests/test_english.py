"""The English of the tree keeps the rules of tests/english.py, folder by folder."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import pytest
from english import ROOT, faults, files, prose_of


def _by_folder() -> dict[str, list[Path]]:
    """Return the files by room or folder, and those at the root by name."""
    found: dict[str, list[Path]] = defaultdict(list)
    for path in files():
        folder = path.relative_to(ROOT).parent.parts[:2]
        found["/".join(folder) or path.name].append(path)
    return found


FOLDERS = _by_folder()


@pytest.mark.parametrize(
    "folder", [pytest.param(each, marks=pytest.mark.full) if each.startswith("tests") else each for each in FOLDERS]
)
def test_the_english_of_each_folder_keeps_the_rules(folder: str) -> None:
    found = [
        f"{path.relative_to(ROOT)}:{prose.line}: {prose.kind}: {fault}"
        for path in FOLDERS[folder]
        for prose in prose_of(path)
        for fault in faults(prose)
    ]
    assert not found, "\n".join(["", *found])


def test_each_folder_is_looked_at() -> None:
    assert {"README.md", "CONTRIBUTING.md", "docs", "core", "core/store", "tui/review", "tests/core"} <= FOLDERS.keys()


def test_a_fault_of_each_kind_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Otherwise a clean result could mean that nothing was read."""
    monkeypatch.setattr("english.ROOT", tmp_path)
    (tmp_path / "core").mkdir()
    module, page = tmp_path / "core" / "module.py", tmp_path / "page.md"
    module.write_text('def f():\n    """The sum."""\n    # be it so\n    raise ValueError("nobody was told of it")\n')
    page.write_text(f"| a cell |\n|---|\n| {'word ' * 26}|\n")
    kinds = {prose.kind: fault for path in (module, page) for prose in prose_of(path) for fault in faults(prose)}
    assert kinds.keys() == {"first line", "comment", "message", "page"}
