"""Lists of labels as people write them in a config: a list that is not JSON arrives as one string."""

from __future__ import annotations

from typing import Any

from tiebreak.core.label_map import split_labels


def mend_labels(config: Any) -> None:
    """Give the tasks of the `llm` components of `config` (confection's, changed in place) the intended labels.

    spacy-llm's tasks split such a string only at its commas. Strings that they read correctly stay as they are: a
    change would make a new run of the same config.
    """
    for name, component in (config.interpolate().get("components") or {}).items():
        is_llm = isinstance(component, dict) and component.get("factory") == "llm"
        task = component.get("task") if is_llm else None
        if not isinstance(task, dict) or not isinstance(given := task.get("labels"), str):
            continue
        labels = [label for label in split_labels(f"[components.{name}.task] labels", given) if label]
        if labels != [label for each in given.split(",") if (label := each.strip())]:
            has_commas = any("," in label for label in labels)  # the first version of a task takes no list
            meant = labels if has_commas else ", ".join(labels)
            config["components"][name]["task"] = {**task, "labels": meant}  # the task may have been a variable
