"""Forms and lists from a hub: only what the centre's sealed word names as it is (H-62)."""

from typing import Any

import orjson

from usga_tablet.answers import PAGE
from usga_tablet.hub_meeting import AtHub, HubReport
from usga_tablet.link import CursorRefused, SyncReport
from usga_tablet.lists import digest as digest_of
from usga_tablet.pulling import keep

_SHARED = frozenset({"instrument", "dictionary", "list"})


class PullingShared(AtHub):
    """Takes what all tablets of the assessment share."""

    async def _pull_shared(self, report: SyncReport, done: HubReport) -> None:
        place = f"cursor {self._hub}"
        while True:
            cursor = self.outbox.setting(place)
            try:
                page = await self._json(
                    "GET",
                    "/v1/sync/changes",
                    report,
                    wants=PAGE,
                    params={"cursor": cursor} if cursor else {},
                )
            except CursorRefused:
                if not cursor:
                    raise
                self.outbox.remember(place, "")
                continue
            with self.outbox.transaction():
                items = [item for item in page["items"] if self._is_the_centres(item)]
                done.pulled += keep(self.outbox, items)
                done.unproven += len(page["items"]) - len(items)
                self.outbox.remember(place, page["next"])
            if not page["more"] or page["next"] == cursor:
                break
        if done.unproven:  # told whole once more when the centre's word of it has come
            self.outbox.remember(place, "")

    def _is_the_centres(self, item: dict[str, Any]) -> bool:
        """Whether what a hub gives in the clear is what the centre's sealed word says (H-62)."""
        if item["kind"] not in _SHARED or item.get("removed"):
            return False
        value = item.get("value")
        if self.outbox.pulled(item["kind"]).get(item["id"], ...) == value:
            return True
        told = orjson.loads(self.outbox.setting("shared") or "{}")
        try:
            return bool(told.get(f"{item['kind']} {item['id']}") == digest_of(value))
        except RecursionError:
            return False
