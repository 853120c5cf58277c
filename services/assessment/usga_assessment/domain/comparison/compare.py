"""Comparing two versions of a form for whoever wants to compare what was answered to them.

A change of who was asked, of what values there are or of how a value is computed breaks a
variable; other words, codes or limits make it comparable with a caveat; order, hints and sealing
are told and leave it comparable (ADR-0028).
"""

from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from usga_shared.wire.implied import implied_by

from usga_assessment.domain.comparison.change import Aspect, Change, Comparison, Effect
from usga_assessment.domain.comparison.questions import (
    Question,
    Texts,
    questions,
    same_expression,
)

_ALIKE = (
    frozenset({"integer", "int", "decimal", "range"}),
    frozenset({"select_one", "select_one_from_file"}),
    frozenset({"select_multiple", "select_multiple_from_file"}),
)
"""Types whose values are of one kind: a change among them is a caveat."""
_WITHOUT_ANSWER = frozenset({"note"})
_PLAIN = (
    (Aspect.CHOICE_FILTER, "choice_filter", Effect.PARTIAL),
    (Aspect.CONSTRAINT, "constraint", Effect.PARTIAL),
    (Aspect.REQUIRED, "required", Effect.PARTIAL),
    (Aspect.CALCULATION, "calculation", Effect.BROKEN),
)
_CONDITIONS = frozenset({"constraint", "required"})
_TOLD = (
    (Aspect.SENSITIVITY, "sensitivity"),
    (Aspect.FIELD_CLASS, "field_class"),
    (Aspect.MODULE, "module"),
)


def compare(before: Mapping[str, Any], after: Mapping[str, Any]) -> Comparison:
    """All changes from one instrument document to another; variables are matched by name."""
    old, new = questions(before), questions(after)
    changes = [*_languages(before, after)]
    common = set(before.get("languages") or ()) & set(after.get("languages") or ())
    moved = _moved([n for n in old if n in new], [n for n in new if n in old])
    for name, question in new.items():
        if question.type in _WITHOUT_ANSWER:
            continue
        former = old.get(name)
        if former is None or former.type in _WITHOUT_ANSWER:
            changes.append(_change(name, Aspect.ADDED, Effect.PARTIAL, after=question.type))
            continue
        changes += _question(former, question, common)
        if name in moved:
            changes.append(_change(name, Aspect.ORDER, Effect.FULL))
    changes += [
        _change(name, Aspect.REMOVED, Effect.PARTIAL, before=question.type)
        for name, question in old.items()
        if name not in new and question.type not in _WITHOUT_ANSWER
    ]
    return Comparison.of(changes)


def _change(
    variable: str,
    aspect: Aspect,
    effect: Effect,
    *,
    before: object = None,
    after: object = None,
    **where: str,
) -> Change:
    texts = {k: None if v is None else str(v) for k, v in (("before", before), ("after", after))}
    return Change(variable=variable, aspect=aspect, effect=effect, **texts, **where)


def _languages(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Change]:
    """A language more or less changes no question, but who can be asked in their own."""
    old, new = before.get("languages") or (), after.get("languages") or ()
    for language in new:
        if language not in old:
            yield Change(aspect=Aspect.LANGUAGE_ADDED, effect=Effect.FULL, language=language)
    for language in old:
        if language not in new:
            yield Change(aspect=Aspect.LANGUAGE_REMOVED, effect=Effect.PARTIAL, language=language)


def _question(old: Question, new: Question, languages: set[str]) -> Iterator[Change]:
    name = new.name
    if old.type != new.type:
        alike = any({old.type, new.type} <= kinds for kinds in _ALIKE)
        effect = Effect.PARTIAL if alike else Effect.BROKEN
        yield _change(name, Aspect.TYPE, effect, before=old.type, after=new.type)
    if old.repeat != new.repeat:
        yield _change(name, Aspect.REPEAT, Effect.BROKEN, before=old.repeat, after=new.repeat)
    single = old.single & new.single
    one, other = _both(old.universe), _both(new.universe)
    if not same_expression(one, other, single=single, condition=True):
        yield _change(name, Aspect.UNIVERSE, Effect.BROKEN, before=one, after=other)
    for aspect, key, effect in _PLAIN:
        one, other = old.text(key), new.text(key)
        if not same_expression(one, other, single=single, condition=key in _CONDITIONS):
            yield _change(name, aspect, effect, before=one, after=other)
    one, other = _implied(old), _implied(new)
    if one != other:  # a new rule says of older interviews, too, what their answers made certain
        effect = Effect.BROKEN if one else Effect.FULL
        yield _change(name, Aspect.IMPLIED, effect, before=one, after=other)
    yield from _texts(old, new, languages)
    yield from _codes(old, new, languages)
    for aspect, key in _TOLD:
        told, tells = old.node.get(key), new.node.get(key)
        if told != tells:
            yield _change(name, aspect, Effect.FULL, before=told, after=tells)


def _both(conditions: Sequence[str]) -> str | None:
    if len(conditions) < 2:  # noqa: PLR2004 - nothing to join
        return conditions[0] if conditions else None
    return " and ".join(f"({condition})" for condition in conditions)


def _implied(question: Question) -> str | None:
    rule = implied_by(question.node)
    return f"{rule.screener}: {' '.join(rule.when)} -> {rule.value}" if rule else None


def _texts(old: Question, new: Question, languages: set[str]) -> Iterator[Change]:
    yield from _reworded(
        old.texts("label"), new.texts("label"), languages,
        lambda effect, **more: _change(new.name, Aspect.WORDING, effect, **more),
    )  # fmt: skip
    yield from _reworded(
        old.texts("hint"), new.texts("hint"), languages,
        lambda _, **more: _change(new.name, Aspect.HINT, Effect.FULL, **more),
    )  # fmt: skip


def _reworded(
    old: Texts, new: Texts, languages: set[str], make: Callable[..., Change]
) -> Iterator[Change]:
    """Texts that differ in a language of both versions; only in space and case: nothing lost."""
    for language in sorted(languages):
        one, other = old.get(language), new.get(language)
        if one != other:
            same = _words(one) == _words(other)
            effect = Effect.FULL if same else Effect.PARTIAL
            yield make(effect, language=language, before=one, after=other)


def _words(text: str | None) -> list[str]:
    return (text or "").casefold().split()


def _codes(old: Question, new: Question, languages: set[str]) -> Iterator[Change]:
    name = new.name
    if not (old.codes or new.codes):
        if old.code_list != new.code_list:
            one, other = old.code_list, new.code_list
            yield _change(name, Aspect.CODE_LIST, Effect.PARTIAL, before=one, after=other)
        return
    kept = [code for code in new.codes if code in old.codes]
    effect = Effect.PARTIAL if kept else Effect.BROKEN
    for code, label in new.codes.items():
        if code not in old.codes:
            yield _change(name, Aspect.CODE_ADDED, effect, code=code, after=_any(label))
            continue
        yield from _reworded(
            old.codes[code], label, languages,
            lambda how, code=code, **more: _change(
                name, Aspect.CODE_RELABELLED, how, code=code, **more
            ),
        )  # fmt: skip
    for code, label in old.codes.items():
        if code not in new.codes:
            yield _change(name, Aspect.CODE_REMOVED, effect, code=code, before=_any(label))
    if kept != [code for code in old.codes if code in new.codes]:
        yield _change(name, Aspect.CODE_ORDER, Effect.FULL)


def _any(label: Texts) -> str | None:
    return label.get("en") or next(iter(label.values()), None)


def _moved(old: Sequence[str], new: Sequence[str]) -> set[str]:
    """The fewest names that must move to make one order the other (longest increasing run)."""
    place = {name: index for index, name in enumerate(old)}
    ends: list[int] = []
    last: list[str] = []
    before: dict[str, str | None] = {}
    for name in new:
        at = bisect_left(ends, place[name])
        before[name] = last[at - 1] if at else None
        ends[at : at + 1] = [place[name]]
        last[at : at + 1] = [name]
    stays: set[str] = set()
    step: str | None = last[-1] if last else None
    while step is not None:
        stays.add(step)
        step = before[step]
    return set(new) - stays
