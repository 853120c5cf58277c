"""The HTTP surface of the reports service."""
