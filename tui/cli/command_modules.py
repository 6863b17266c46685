"""The module of each command, in the order in which `tiebreak --help` lists them: those of a first hour first."""

from __future__ import annotations

from collections.abc import Mapping

MODULES: Mapping[str, str] = {
    "demo": "demo",
    "load": "data",
    "predict": "predict",
    "configs": "configs",
    "review": "review",
    "report": "report",
    "learn": "learn",
    "export": "export",
    "agreement": "agreement",
    "team": "team",
    "shell": "team",
    "predictors": "predictors",
    "queue": "queue",
    "diff": "diff",
    "doctor": "doctor",
    "status": "status",
    "backup": "upkeep",
    "check": "upkeep",
    "history": "upkeep",
    "restore": "upkeep",
}
