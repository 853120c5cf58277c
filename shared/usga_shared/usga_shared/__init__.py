"""Mechanism of the three services: problems, settings, logging, HTTP, database, clients."""
