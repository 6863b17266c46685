"""The screens: one module a screen, and the parts that the review screen is made of."""
