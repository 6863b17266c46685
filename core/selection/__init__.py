"""The selection of examples: filters, orders and shares, as data and pure functions."""
