"""Which examples are asked for: filters and shares, as data and pure functions."""
