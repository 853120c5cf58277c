"""Taking in what the server tells: whole pages or nothing, and what can be proven is proven."""

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from usga_tablet.lists import NotTheList, apply_rows, digest
from usga_tablet.outbox import Outbox

Item = Mapping[str, Any]


class CasesDiffer(Exception):
    """What is here is not what the server means: forget the cursor, be told everything."""


def take_in(outbox: Outbox, page: Mapping[str, Any], *, proving: bool = True) -> int:
    """Keep one page and its cursor, in one transaction; how many entries it had.

    Raises NotTheList when a list does not verify, CasesDiffer when the cases do not after the
    last page; then nothing of the page is kept. Without `proving` the cases are taken as they are.
    """
    items: list[Item] = page["items"]
    wiping = [item for item in items if item["kind"] == "wipe"]
    with outbox.transaction():
        count = keep(outbox, (item for item in items if item["kind"] != "wipe"))
        outbox.remember("cursor", page["next"])
        if proving and not page["more"] and not cases_verify(outbox):
            raise CasesDiffer
    if wiping:
        outbox.wipe()
    return count


def keep(outbox: Outbox, items: Iterable[Item]) -> int:
    """Keep entries inside a transaction; how many there were.

    Raises NotTheList, also for entries that nobody of us would write.
    """
    try:
        return _keep(outbox, items)
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as odd:
        raise NotTheList from odd


def _keep(outbox: Outbox, items: Iterable[Item]) -> int:
    count = 0
    for item in items:
        kind, id_ = str(item["kind"]), str(item["id"])
        value = None if item.get("removed") else _value_of(item)
        match kind:
            case "list_rows":
                kind, value = "list", _newer(outbox, id_, item["value"])
            case "settings" if value is not None:
                _forget_others(outbox, value)
            case "withdrawn":
                outbox.forget(UUID(id_))
                outbox.keep_pulled("returned", id_, None)
        outbox.keep_pulled(kind, id_, value)
        count += 1
    return count


def _value_of(item: Item) -> dict[str, Any]:
    value = item["value"]
    if not isinstance(value, dict):
        raise TypeError("an entry that is not removed has a value")
    return value


def _newer(outbox: Outbox, name: str, changes: Mapping[str, Any]) -> dict[str, Any]:
    older = outbox.pulled("list").get(name)
    if older is None or older.get("digest") != changes["from"]:
        raise NotTheList
    rows = apply_rows(older["rows"], changes)
    if digest(rows) != changes["digest"]:
        raise NotTheList
    return {"digest": changes["digest"], "size": len(rows), "rows": rows}


def _forget_others(outbox: Outbox, settings: Mapping[str, Any]) -> None:
    """What is not named is no longer this tablet's."""
    for kind, naming in (
        ("instrument", "instruments"), ("dictionary", "instruments"), ("list", "lists"),
        ("case", "cases"),
    ):  # fmt: skip
        if naming in settings:
            outbox.keep_only(kind, settings[naming])


def cases_verify(outbox: Outbox) -> bool:
    """Whether the cases here are those that the server means (P-69)."""
    expected = outbox.pulled("settings").get("scope", {}).get("case_digest")
    if expected is None:
        return True
    try:
        found = digest([[id_, value] for id_, value in outbox.pulled("case").items()])
    except RecursionError:
        return False
    return found == str(expected)
