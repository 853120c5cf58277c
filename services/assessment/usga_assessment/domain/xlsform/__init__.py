"""XLSForm: a form's bytes to an instrument document, its codebook and its findings."""
