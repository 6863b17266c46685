"""The engine: runs predictors over what is pending; whatever stops it, running it again goes on from there."""
