"""What a report says and how it looks: pure functions from a release bundle to bytes."""
