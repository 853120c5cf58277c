"""Who calls: roles, actors, credentials and how a request proves them."""
