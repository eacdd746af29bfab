"""Benchmarks for ``./dev/bench``: each module has ``measure(bench)``, which gives rows of (work, measured, bound)."""
