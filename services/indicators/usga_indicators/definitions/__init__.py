"""Indicator definitions: data, one YAML file each; `skips.yaml` says what a skip means."""
