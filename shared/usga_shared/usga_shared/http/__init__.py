"""HTTP mechanism: request context, limits, bodies, ETags, problems, metrics, the app factory."""
