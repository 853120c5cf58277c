"""Sentences about published numbers, careful about what a sample can say."""
