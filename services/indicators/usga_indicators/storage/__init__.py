"""All SQL of the service, and the files it keeps."""
