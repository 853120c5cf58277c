"""The hub's verbs, and the centre's about hubs."""
