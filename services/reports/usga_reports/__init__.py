"""Interpretation: findings, report jobs, PDF and HTML."""
