"""The composite indices that ship with the service, as data."""
