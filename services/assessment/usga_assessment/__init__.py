"""Collection: instruments, samples, cases, devices, sync, submissions."""
