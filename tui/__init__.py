"""Tiebreak in the terminal."""
