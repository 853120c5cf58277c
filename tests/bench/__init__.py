"""Benchmarks: figures beside their reference lines."""
