"""Keys by purpose, of a player who knows the gold labels and presses the keys of the real app.

`scratch` marks texts that no model has read, with what is learned proposed and without; `one` corrects a single model;
`two` settles the differences of two. The player plans by the product's own rules the cheapest keys it finds, presses
them, and answers only if what stands on the screen is the gold; the keys that an answer keeps are those that it counts.
"""
