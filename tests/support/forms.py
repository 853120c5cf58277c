"""Forms that many tests need, compiled once in a process."""

from functools import cache

from usga_assessment.domain.xlsform.compiler import CompiledForm, compile_form


@cache
def compiled(source: bytes) -> CompiledForm:
    """What the compiler makes of these bytes; for tests that ask something else of a form.

    Everybody is given the same object: who changes a document, copies it first.
    """
    return compile_form(source)
