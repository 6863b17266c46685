"""Import all of Tiebreak and what it imports late, so that Python keeps their bytecode."""

from __future__ import annotations

import pkgutil
from importlib import import_module
from types import ModuleType

import tiebreak.core
import tiebreak.tui


def main() -> None:
    for package in (tiebreak.core, tiebreak.tui):
        _import_all(package)
    from tiebreak.core.predictors.spacy_pipeline import load_pipeline

    import_module("openai")
    import_module("spacy_llm.util")
    load_pipeline("en_core_web_sm")


def _import_all(package: ModuleType) -> None:
    for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
        import_module(module.name)


if __name__ == "__main__":
    main()
