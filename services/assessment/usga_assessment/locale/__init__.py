"""Messages of the assessment service, by language."""
