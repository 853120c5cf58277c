"""A whole field season in one process: real server, real tablets, virtual time, seeded faults."""
