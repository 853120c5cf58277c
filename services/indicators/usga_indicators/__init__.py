"""Numbers: extracts, estimates, disclosure control, releases."""
