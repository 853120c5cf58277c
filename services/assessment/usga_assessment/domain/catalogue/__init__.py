"""The assessment's own instruments: from diffable source to XLSForm."""
