"""Pipelines of rules: real pipelines that load at once."""

from __future__ import annotations

from pathlib import Path

import spacy


def save_ruler(path: Path, *components: str, **labels: str) -> str:
    """Save a pipeline that gives these labels to these words (`ORG="Acme"`), with these components; return its path."""
    nlp = spacy.blank("en")
    patterns = [{"label": label, "pattern": word} for label, word in labels.items()]
    if patterns:
        nlp.add_pipe("entity_ruler").add_patterns(patterns)  # type: ignore[attr-defined]  # of the ruler
    for component in components:
        nlp.add_pipe(component)
    nlp.to_disk(path)
    return str(path)
