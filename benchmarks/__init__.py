"""Benchmarks: Tiebreak's targets for speed, each against something measured in the same run.

`python -m benchmarks` prints one table, each row as soon as it is measured; `--only NAME`, `--json` and `--quick`
narrow it, print it as JSON, or take smaller sizes.
"""
