"""How good systems are over all texts, of which a random sample is known: pure functions, without the store."""
