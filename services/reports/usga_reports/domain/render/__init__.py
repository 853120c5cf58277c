"""Formats: a document becomes bytes, the same bytes every time."""
