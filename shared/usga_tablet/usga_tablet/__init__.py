"""The reference sync client, and a synthetic respondent for any instrument."""
