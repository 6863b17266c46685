"""Pure functions that compare predictions and score how much they disagree."""
