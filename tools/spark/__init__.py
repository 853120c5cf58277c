"""Apache Spark as a standalone cluster on loopback, from what `make setup-spark` gets."""
