"""The rules of collection: plain values and pure functions."""
