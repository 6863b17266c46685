"""Tiebreak without a terminal: comparing, scoring, ordering, storing."""
