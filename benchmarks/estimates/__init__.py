"""How often the intervals of the estimates hold, on whole processes of review, simulated with known gold.

A run shuffles the list of the slice. In sittings of 80, annotators answer the texts that their order gives out, with
the slice woven in as in the product. Once 10, 25 and 50% of the texts were given out, the run estimates precision,
recall and F1 of both systems and of the export. A cheap learner supplies the values of the order and the readings of
the export. It counts how often each reading held, by kind of place. `--real` plays the product's own session and
learner instead, which takes long.

A cell is one measure of one system at one moment; *cover* is the share of the runs whose interval holds the true value.
`alone` is the mean width as a share of the width by the slice alone. It is given if enough slice texts are answered for
the comparison to mean something. The texts and systems are real; some sets are drawn again from a smaller set.
"""
