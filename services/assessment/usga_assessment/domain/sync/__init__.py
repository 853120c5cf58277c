"""The sync protocol's own values: sequences, digests, receipts."""
