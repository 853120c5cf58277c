"""Programs of development and of the demonstration; nothing here ships in a service."""
