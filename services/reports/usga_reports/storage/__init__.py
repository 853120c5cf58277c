"""Reports, their jobs and their artefacts."""
