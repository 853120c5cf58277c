"""Writes what the gateway serves about the API: the merged description, its own refusals."""
