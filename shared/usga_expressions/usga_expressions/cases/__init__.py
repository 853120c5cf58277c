"""Evaluating files of single expressions and of whole forms, to compare with other engines."""

from usga_expressions.cases.files import evaluate_document, evaluate_file

__all__ = ["evaluate_document", "evaluate_file"]
