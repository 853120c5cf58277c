"""HTTP routes: signatures, documentation, one call each."""
