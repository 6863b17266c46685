"""The engine: runs predictors over the pending examples. Whatever stops it, the next run continues from there."""
