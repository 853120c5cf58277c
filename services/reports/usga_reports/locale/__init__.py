"""Words of this service's problems."""
