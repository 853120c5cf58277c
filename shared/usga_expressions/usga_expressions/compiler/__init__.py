"""The compiled backend: an expression becomes one Python function."""

from usga_expressions.compiler.expression import Compiled, Compiler

__all__ = ["Compiled", "Compiler"]
