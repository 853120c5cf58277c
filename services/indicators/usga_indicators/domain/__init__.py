"""Pure rules of the indicators service: no web framework, no SQL, no clock."""
