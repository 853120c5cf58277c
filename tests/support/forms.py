"""Forms that many tests need, compiled once in a process."""

from functools import cache

from usga_assessment.domain.xlsform.compiler import CompiledForm, compile_form
from usga_expressions.instrument import Instrument


@cache
def compiled(source: bytes) -> CompiledForm:
    """What the compiler makes of these bytes; for tests that ask something else of a form.

    Everybody is given the same object: who changes a document, copies it first.
    """
    return compile_form(source)


@cache
def loaded(source: bytes) -> Instrument:
    """The form of these bytes, ready to check and walk."""
    document = compiled(source).document
    assert document is not None
    return Instrument.load(document)
