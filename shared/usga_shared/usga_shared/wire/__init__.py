"""Models that services, tablets and partners exchange; the contract in code."""
