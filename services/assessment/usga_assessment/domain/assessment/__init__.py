"""Assessments: what they are, and the state machine that they pass through."""
