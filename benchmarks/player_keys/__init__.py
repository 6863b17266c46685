"""Keys by purpose, of a player who knows the gold labels and presses the keys of the real app.

`scratch` marks texts that no model has read, with learned proposals and without. `one` corrects a single model, and
`two` settles the differences of two. `rows` goes through all rows of a text in order, as a person does.

By the product's own rules, the player plans the cheapest keys that it finds, then presses them. It answers only if the
gold stands on the screen. It counts the keys that an answer keeps.
"""
