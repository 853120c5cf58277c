"""What the service does: one verb a module (S-3)."""
