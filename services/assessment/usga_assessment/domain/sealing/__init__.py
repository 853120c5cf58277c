"""Keeping answers sealed: keys from two destroyable halves, parts by field class."""
