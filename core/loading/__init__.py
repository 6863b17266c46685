"""Load texts and predictions from sources into a store."""
