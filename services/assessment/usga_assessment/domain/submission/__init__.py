"""Interviews: envelope, place in the chain of revisions, ethics, checks."""
