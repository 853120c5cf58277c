"""Problem texts of the shared catalogue, by language."""
