"""Functions whose code depends on their arguments being nodes, lists or conditions."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from usga_expressions.compiler import dated
from usga_expressions.compiler.code import (
    Code,
    ValueKind,
    constant,
    known_text,
    number_of,
    numbers_of,
    scalar_of,
    text_of,
    texts_of,
    words_of,
)
from usga_expressions.compiler.itemset import texts_code
from usga_expressions.compiler.paths import Cursor, code_of, descend, text_source
from usga_expressions.form import Kind
from usga_expressions.functions.strings import is_digest
from usga_expressions.syntax import Call, Expression, Path, Reference, Text

if TYPE_CHECKING:
    from usga_expressions.compiler.emit import Emitter

_T, _N, _B = ValueKind.TEXT, ValueKind.NUMBER, ValueKind.BOOLEAN


def _all_texts(emitter: "Emitter", codes: Sequence[Code]) -> str:
    lists = " + ".join(texts_of(code) for code in codes) or "[]"
    if emitter.work.javarosa and any(code.kind is ValueKind.NODES for code in codes):
        return f"[v for v in {lists} if v]"
    return lists


def _concat(emitter: "Emitter", call: Call) -> Code:
    codes = [emitter.emit(argument) for argument in call.arguments]
    if codes and all(code.kind is not ValueKind.NODES for code in codes):
        return Code("(" + " + ".join(text_of(code) for code in codes) + ")", _T)
    return Code(f"''.join({_all_texts(emitter, codes)})", _T)


def _join(emitter: "Emitter", call: Call) -> Code:
    glue, *rest = [emitter.emit(argument) for argument in call.arguments]
    return Code(f"({text_of(glue)}).join({_all_texts(emitter, rest)})", _T)


def _count(emitter: "Emitter", call: Call) -> Code:
    nodes = emitter.nodes(call.arguments[0])
    if emitter.work.javarosa and nodes.texts and "''" not in nodes.texts:
        return Code(f"float(len([v for v in {nodes.texts} if v]))", _N)
    return Code(f"float(len({nodes.source}))", _N)


def _count_non_empty(emitter: "Emitter", call: Call) -> Code:
    nodes = emitter.nodes(call.arguments[0])
    return Code(f"float(len([v for v in {nodes.texts} if v]))", _N)


def _aggregate(function: str) -> Callable[["Emitter", Call], Code]:
    def build(emitter: "Emitter", call: Call) -> Code:
        read = emitter.nodes if function == "total" else emitter.emit
        lists = " + ".join(numbers_of(read(argument)) for argument in call.arguments) or "[]"
        if emitter.work.javarosa:
            lists = f"known({lists})"
        return Code(f"{function}({lists})", _N)

    return build


def _if(emitter: "Emitter", call: Call) -> Code:
    test, then, other = (emitter.emit(argument) for argument in call.arguments)
    condition = emitter.truth(test)
    if condition in ("True", "False"):
        chosen = then if condition == "True" else other
        return chosen if chosen.kind is not ValueKind.NODE else Code(text_of(chosen), _T)
    kinds = {
        _T if code.kind in (ValueKind.NODE, ValueKind.NODES) else code.kind
        for code in (then, other)
    }
    kind = kinds.pop() if len(kinds) == 1 else ValueKind.VALUE
    return Code(f"({scalar_of(then)} if {condition} else {scalar_of(other)})", kind)


def _coalesce(emitter: "Emitter", call: Call) -> Code:
    codes = [emitter.emit(argument) for argument in call.arguments]
    *first, last = [text_of(code) for code in codes]
    return Code("(" + " or ".join([*first, last]) + ")", _T)


def _once(emitter: "Emitter", call: Call) -> Code:
    at = emitter.work.at
    inner = emitter.emit(call.arguments[0])
    emitter.work.volatile = True
    own = text_source(emitter.work, at, emitter.work.scope())
    return Code(f"({own} or stored_text({scalar_of(inner)}))", _T)


def _position(emitter: "Emitter", call: Call) -> Code:
    if not call.arguments:
        focus = emitter.focus
        if not focus.position:
            return Code(f"float({emitter.work.scope()}.i)", _N)
        emitter.work.sized = True
        return Code(f"float({focus.position})", _N)
    cursor = emitter.cursor(call.arguments[0])
    if cursor is None:
        return constant(0.0)
    if not cursor.single:
        return Code(f"float(({cursor.source} or [{emitter.work.scope()}])[0].i)", _N)
    if cursor.definition.kind is Kind.REPEAT:
        return Code(f"float({cursor.source}.i)", _N)
    return constant(1.0)


def _last(emitter: "Emitter", call: Call) -> Code:
    if not emitter.focus.size:
        return emitter.fail("last-outside-condition", "last() has a meaning in [...] only", call)
    emitter.work.sized = True
    return Code(f"float({emitter.focus.size})", _N)


def _indexed_repeat(emitter: "Emitter", call: Call) -> Code:
    if len(call.arguments) % 2 == 0:
        message = "indexed-repeat() takes a number for each repeat"
        return emitter.fail("wrong-argument-count", message, call)
    target = emitter.definition(call.arguments[0])
    pairs = {}
    for at in range(1, len(call.arguments) - 1, 2):
        repeat = emitter.definition(call.arguments[at])
        if repeat is None or (target is not None and repeat not in target.chain):
            message = "a repeat that holds the question belongs here"
            return emitter.fail("not-a-repeat", message, call.arguments[at])
        pairs[repeat] = number_of(emitter.emit(call.arguments[at + 1]))
    work = emitter.work
    if target is None:
        return constant("")
    own = work.at.chain
    cursor = Cursor(work.form.root, work.scope(len(own)), single=True)
    pinned = True
    for depth, repeat in enumerate(target.chain):
        if repeat in pairs:
            cursor = _instance(work.name("u"), cursor, repeat.slot, pairs[repeat])
            pinned = False
        elif pinned and depth < len(own) and own[depth] is repeat:
            cursor = Cursor(repeat, work.scope(len(own) - depth - 1), single=True)
        else:
            cursor = descend(work, cursor, repeat)
            pinned = False
    work.crossing += 1
    code = code_of(work, Cursor(target, cursor.source, cursor.single))
    work.crossing -= 1
    return code


def _instance(each: str, cursor: Cursor, slot: int, index: str) -> Cursor:
    if cursor.single:
        source = f"nth({cursor.source}.c[{slot}], {index})"
    else:
        source = f"[v for {each} in {cursor.source} for v in nth({each}.c[{slot}], {index})]"
    return Cursor(cursor.definition, source, single=False)


def _selected(emitter: "Emitter", call: Call) -> Code:
    hay, item = (emitter.emit(argument) for argument in call.arguments)
    known_hay, known_item = known_text(hay), known_text(item)
    if known_hay is not None and known_item is None:
        words = set(known_hay.split()) or {""}
        listed = ", ".join(repr(word) for word in sorted(words))
        return Code(f"({text_of(item)}.strip() in {{{listed}}})", _B)
    word = "" if known_item is None else known_item.strip()
    if word:
        return Code(f"({word!r} in {words_of(hay)})", _B)
    return Code(f"selected({text_of(hay)}, {text_of(item)})", _B)


def call_text(expression: Expression) -> str:
    """The value of a text literal, empty for anything else."""
    return expression.value if isinstance(expression, Text) else ""


def _count_selected(emitter: "Emitter", call: Call) -> Code:
    return Code(f"float(len({words_of(emitter.emit(call.arguments[0]))}))", _N)


def _choice_name(emitter: "Emitter", call: Call) -> Code:
    value = text_of(emitter.emit(call.arguments[0]))
    named = call.arguments[1]
    name = call_text(named).strip()
    question = None
    if isinstance(named, Reference):
        question = emitter.definition(named)
    elif name.startswith("${") and name.endswith("}"):
        question = emitter.work.form.find(name[2:-1].strip(), emitter.work.at)
    if question is None or question.choices is None:
        return emitter.fail("not-a-select", "a select question belongs here", named)
    if question.value is not None and question.shown is not None:
        read = (question.value, question.shown)
        lists = ", ".join(texts_code(emitter.work, question, each) for each in read)
        return Code(f"label_of({value}, {lists})", _T)
    emitter.work.tables.add(question.choices)
    names = f"{question.choices!r}, {question.key!r}, {question.label!r}"
    return Code(f"choice_name(f, {value}, {names})", _T)


def _pulldata(emitter: "Emitter", call: Call) -> Code:
    first, *rest = call.arguments
    if not isinstance(first, Text):
        return emitter.fail("not-a-text", "the name of a file belongs here", first)
    table = first.value.removesuffix(".csv")
    emitter.work.tables.add(table)
    arguments = ", ".join(text_of(emitter.emit(argument)) for argument in rest)
    return Code(f"pull(f, {table!r}, {arguments})", _T)


def _marks(emitter: "Emitter", argument: Expression) -> str:
    """Source of a list of conditions: one for a value, one for each node by its own text."""
    code = emitter.emit(argument)
    if code.kind not in (ValueKind.NODE, ValueKind.NODES):
        return f"[{emitter.truth(code)}]"
    empty = "('', '0')" if emitter.work.javarosa else "('',)"
    return f"[v not in {empty} for v in {texts_of(code)}]"


def _checklist(emitter: "Emitter", call: Call) -> Code:
    least, most = (number_of(emitter.emit(argument)) for argument in call.arguments[:2])
    marks = " + ".join(_marks(emitter, argument) for argument in call.arguments[2:]) or "[]"
    return Code(f"checklist({least}, {most}, {marks})", _B)


def _weighted(emitter: "Emitter", call: Call) -> Code:
    least, most = (number_of(emitter.emit(argument)) for argument in call.arguments[:2])
    pairs = call.arguments[2:]
    if len(pairs) % 2:
        message = f"{call.name}() takes a weight for each value"
        return emitter.fail("wrong-argument-count", message, call)
    marks = " + ".join(_marks(emitter, argument) for argument in pairs[::2])
    weights = " + ".join(numbers_of(emitter.emit(argument)) for argument in pairs[1::2])
    return Code(f"weighted_checklist({least}, {most}, {marks}, {weights})", _B)


def _geo(function: str) -> Callable[["Emitter", Call], Code]:
    def build(emitter: "Emitter", call: Call) -> Code:
        codes = [emitter.emit(argument) for argument in call.arguments]
        return Code(f"{function}({' + '.join(texts_of(code) for code in codes)})", _N)

    return build


def _uuid(emitter: "Emitter", call: Call) -> Code:
    emitter.work.volatile = True
    if call.arguments:
        return Code(f"token(f, {number_of(emitter.emit(call.arguments[0]))})", _T)
    return Code("uuid(f)", _T)


def _regex(emitter: "Emitter", call: Call) -> Code:
    text, pattern = (text_of(emitter.emit(argument)) for argument in call.arguments)
    function = "matches_whole" if emitter.work.javarosa else "matches"
    source = call_text(call.arguments[1])
    if source:
        emitter.check_pattern(source, call.arguments[1])
    return Code(f"{function}({text}, {pattern})", _B)


def _own(
    function: str, kind: ValueKind, convert: Callable[[Code], str]
) -> Callable[["Emitter", Call], Code]:
    def build(emitter: "Emitter", call: Call) -> Code:
        focus = emitter.emit(call.arguments[0]) if call.arguments else emitter.here(call)
        return Code(f"{function}({convert(focus)})" if function else convert(focus), kind)

    return build


def _boolean(emitter: "Emitter", call: Call) -> Code:
    return Code(emitter.truth(emitter.emit(call.arguments[0])), _B)


def _not(emitter: "Emitter", call: Call) -> Code:
    return Code(f"(not {emitter.truth(emitter.emit(call.arguments[0]))})", _B)


def _string(emitter: "Emitter", call: Call) -> Code:
    code = emitter.emit(call.arguments[0]) if call.arguments else emitter.here(call)
    return Code(text_of(code), ValueKind.DATE if code.kind is ValueKind.DATE else _T)


def _randomize(emitter: "Emitter", call: Call) -> Code:
    nodes = emitter.nodes(call.arguments[0])
    if len(call.arguments) == 1:
        return nodes  # which choices are offered does not change, their order nobody knows
    code = emitter.emit(call.arguments[1])
    seed = f"seed_of({number_of(code)}, {text_of(code)})"
    return Code(
        f"shuffled({nodes.source}, {seed})",
        ValueKind.NODES,
        texts=f"shuffled({nodes.texts}, {seed})",
        numbers=f"shuffled({nodes.numbers}, {seed})",
    )


def _digest(emitter: "Emitter", call: Call) -> Code:
    codes = [emitter.emit(argument) for argument in call.arguments]
    named = [known_text(code) for code in codes[1:]]
    known = [name for name in named if name is not None]
    if len(known) == len(named) and not is_digest(*known):
        message = "digest() knows no such algorithm or encoding"
        return emitter.fail("unknown-digest", message, call)
    return Code(f"digest({', '.join(text_of(code) for code in codes)})", _T)


def _bare(emitter: "Emitter", call: Call) -> Code:
    message = f"{call.name}() must start a path"
    return emitter.fail("unsupported-instance", message, call)


Build = Callable[["Emitter", Call], Code]
#: name -> (fewest arguments, most arguments, builder)
SPECIAL: dict[str, tuple[int, int, Build]] = {
    "true": (0, 0, lambda _e, _c: constant(value=True)),
    "false": (0, 0, lambda _e, _c: constant(value=False)),
    "pi": (0, 0, lambda _e, _c: Code("PI", _N)),
    "concat": (0, 99, _concat),
    "join": (1, 99, _join),
    "count": (1, 1, _count),
    "count-non-empty": (1, 1, _count_non_empty),
    "sum": (1, 1, _aggregate("total")),
    "min": (0, 99, _aggregate("smallest")),
    "max": (0, 99, _aggregate("largest")),
    "if": (3, 3, _if),
    "coalesce": (2, 2, _coalesce),
    "once": (1, 1, _once),
    "position": (0, 1, _position),
    "last": (0, 0, _last),
    "indexed-repeat": (3, 7, _indexed_repeat),
    "selected": (2, 2, _selected),
    "count-selected": (1, 1, _count_selected),
    "jr:choice-name": (2, 2, _choice_name),
    "pulldata": (4, 4, _pulldata),
    "checklist": (2, 99, _checklist),
    "weighted-checklist": (4, 99, _weighted),
    "area": (1, 1, _geo("area")),
    "distance": (1, 99, _geo("distance")),
    "uuid": (0, 1, _uuid),
    "date": (1, 1, dated.date),
    "date-time": (1, 1, dated.date_time),
    "decimal-date-time": (1, 1, dated.decimal_date_time),
    "digest": (2, 3, _digest),
    "regex": (2, 2, _regex),
    "boolean": (1, 1, _boolean),
    "not": (1, 1, _not),
    "string": (0, 1, _string),
    "number": (0, 1, _own("", _N, number_of)),
    "string-length": (0, 1, _own("length", _N, text_of)),
    "normalize-space": (0, 1, _own("normalize", _T, text_of)),
    "randomize": (1, 2, _randomize),
    "current": (0, 0, _bare),
    "instance": (1, 1, _bare),
}
__all__ = ["SPECIAL", "Path"]
