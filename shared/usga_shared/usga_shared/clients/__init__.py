"""Typed clients for the calls between services (S-10)."""
