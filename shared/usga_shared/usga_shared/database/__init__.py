"""Engines, sessions and migrations for SQLite and PostgreSQL."""
