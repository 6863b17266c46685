"""Estimates of systems over all texts from a random sample of known texts: pure functions, without the store."""
