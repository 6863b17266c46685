"""Benchmarks: Tiebreak's targets for speed, each compared with something measured in the same run.

`python -m benchmarks` prints one table, each row as soon as it is measured. `--only NAME` runs one benchmark, `--json`
prints JSON, and `--quick` takes smaller sizes.
"""
