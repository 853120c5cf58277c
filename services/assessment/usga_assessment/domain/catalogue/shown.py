"""A choice that the form itself made is shown in words: a note for each choice, one at a time.

`shows inc_type` stands for a note "Robbery" where `inc_type` is `rob`, a note "Burglary" where it
is `burg`, and so on. `${inc_type}` in a label would show the code, and jr:choice-name() works on
selects alone and leaves words of one language among the answers. Notes leave nothing, are
translated with the list, and every client has them.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from usga_assessment.domain.catalogue.shorthand import EXCLUSIVE
from usga_assessment.domain.catalogue.source import SourceLists, SourceRow

SHOWS = "shows "
ONLY, WITHOUT = "only", "without"


def with_notes(
    rows: Iterable[SourceRow], questions: Mapping[str, SourceRow], lists: SourceLists
) -> Iterator[SourceRow]:
    """The rows, with notes in the place of each row of type `shows QUESTION`.

    Where a variant has left the question out, there is nothing to show. `only` among what is said
    of the row keeps the note of a single choice, `without` leaves choices out.
    """
    for row in rows:
        if not row.type.startswith(SHOWS):
            yield row
            continue
        name = row.type.removeprefix(SHOWS)
        for choice in lists[questions[name].more["list"]] if name in questions else ():
            if choice.name in {*EXCLUSIVE, *row.more.get(WITHOUT, "").split()}:
                continue
            if row.more.get(ONLY, choice.name) != choice.name:
                continue
            is_it = f"${{{name}}}='{choice.name}'"
            yield replace(
                row,
                name=f"{row.name}_{choice.name}",
                type="note",
                relevant=f"({row.relevant}) and {is_it}" if row.relevant else is_it,
                label=choice.label,
                more={},
            )
