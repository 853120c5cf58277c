"""The case format of the reference comparison: designs, cases and the operations they ask for."""
