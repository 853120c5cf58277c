"""Mechanism that the three services share: problems, settings, logging, HTTP, database, clients."""
