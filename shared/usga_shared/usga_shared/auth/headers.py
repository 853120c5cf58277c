"""Names of headers that carry credentials."""

SERVICE_HEADER = "X-USGA-Service"
