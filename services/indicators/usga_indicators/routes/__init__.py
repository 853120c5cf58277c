"""The HTTP surface: a route is a signature and one call (S-4)."""
