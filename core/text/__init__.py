"""Texts as annotators and models count them: tokens, units, occurrences, hashes."""
