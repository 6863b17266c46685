"""The engine: runs predictors over what is pending; whatever stops it, running it again goes on from there."""

from tiebreak.core.engine.engine import run_predictors
from tiebreak.core.engine.reports import EngineOptions, RunReport

__all__ = ["EngineOptions", "RunReport", "run_predictors"]
