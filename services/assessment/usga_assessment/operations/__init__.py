"""One module per verb; an operation says what it needs and never commits."""
