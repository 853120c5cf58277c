"""Which variables a definition uses."""

from usga_expressions.syntax import Axis, Path, Reference, Start, walk

from usga_indicators.domain.codebook.skips import SkipRules
from usga_indicators.domain.definition.model import Definition
from usga_indicators.domain.definition.parsing import parsed


def names_in(text: str) -> tuple[str, ...]:
    """Names of `${name}` and of bare names inside predicates, each once, in order."""
    tree = parsed(text).expression if text else None
    if tree is None:
        return ()
    found: list[tuple[int, str]] = []
    for node in walk(tree):
        match node:
            case Reference(name=name, position=position):
                found.append((position.start, name))
            case Path(origin=origin, steps=steps, position=position):
                named = [s for s in steps if s.axis is Axis.CHILD and s.name]
                if origin is Start.HERE or isinstance(origin, Reference):
                    found += [(s.position.start, s.name) for s in named]
    return tuple(dict.fromkeys(name for _, name in sorted(found)))


def variables_of(definition: Definition) -> tuple[str, ...]:
    """Every name that the definition uses (repeats too), each once.

    A category may be part of a name, as in `${{item}_c_score}`: the names of all categories.
    """
    said = (each for _, one in definition.by_item() for each in one.expressions())
    names = [n for _, text in said for n in names_in(text)]
    names += [definition.weigh_by] if definition.weigh_by else []
    return tuple(dict.fromkeys(names))


def names_by_field(definition: Definition) -> dict[str, set[str]]:
    """Every name by field; a category may be one, as in `${{item}}`."""
    found: dict[str, set[str]] = {}
    for _, one in definition.by_item():
        for field, text in one.expressions():
            found.setdefault(field, set()).update(names_in(text))
    if definition.union:
        found["union"] = set(definition.union)
    if definition.weigh_by:
        found["weigh_by"] = {definition.weigh_by}
    return found


def with_screeners(names: tuple[str, ...], rules: SkipRules) -> tuple[str, ...]:
    """Add the screeners that give skipped variables their value."""
    wanted = list(names)
    for name in wanted:
        skip = rules.skips.get(name)
        if skip is not None and skip.screener not in wanted:
            wanted.append(skip.screener)
    return tuple(dict.fromkeys(wanted))
