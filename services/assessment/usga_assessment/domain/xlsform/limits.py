"""Caps that are checked before, or while, a form is read: no upload may exhaust the service."""

MAX_FILE_BYTES = 8 * 1024 * 1024
"""A form with a thousand questions in five languages stays far below 2 MiB."""

MAX_UNPACKED_BYTES = 64 * 1024 * 1024
"""All parts of an .xlsx together, as declared by its directory (readers stop there)."""

MAX_PARTS = 2_000
MAX_ROWS = 20_000
MAX_COLUMNS = 512
MAX_CELLS = 400_000
MAX_CELL_CHARS = 32_767
"""The limit of a cell in Excel itself."""

MAX_REFERENCES = 50_000
"""Of questions by expressions and labels, in the whole form; the converter resolves each."""

MAX_REFERENCES_IN_CELL = 1_000
MAX_DELIMITERS = 4 * MAX_CELLS
"""Of a text: most are around empty cells, but each costs memory before it can be counted."""

MAX_NESTING = 24
"""Groups in groups; deeper forms exhaust the stack of the converter."""

MAX_QUESTIONS = 5_000

MAX_NAME_CHARS = 256
"""The longest member name of a JSON body that the service reads; answers stand under names."""

MAX_LANGUAGES = 40
"""Every label is repeated in each; hundreds of languages are a mistake or an attack."""
