"""The sample: selection probabilities, weights, dispositions, outcome rates."""
