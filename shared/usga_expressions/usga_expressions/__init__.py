"""The expression language of forms and indicators."""
