"""How often the intervals of the estimates hold, on whole processes of review that are simulated with known gold.

A run shuffles the list of the slice, lets sittings of 80 texts answer what their order gives out, weaves in the slice
as the product does, and estimates precision, recall and F1 of both systems and of the export once 10, 25 and 50% of the
texts were given out. What an order ranks by and what is exported comes from a cheap learner: by kind of place, which
reading held how often. `--real` plays the product's own session and learner instead, which takes long.

A cell is one measure of one system at one moment; *cover* is the share of the runs whose interval holds the true value.
`alone` is the mean width as a share of that of the slice alone, where enough slice texts are answered for the
comparison to say something. Texts are real ones with real systems, in part drawn again from a smaller set.
"""
