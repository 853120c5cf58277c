"""Report templates: from published numbers to a document of typed blocks."""
