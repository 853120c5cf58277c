"""The office: supervisors who withdraw, return and revoke, and the service that follows the feed."""

import random
from typing import TYPE_CHECKING, Any

import httpx
from usga_shared.auth.headers import SERVICE_HEADER

from tests.simulation.oracle import Violation, require
from tests.simulation.server import FORM, SERVICE_TOKEN, template
from tests.support.collecting import HERE, add_form

if TYPE_CHECKING:
    from tests.simulation.tablets import Interviewer
    from tests.simulation.world import World

_OK = range(200, 300)


class Office:
    """People with a good network; when the server is down they try again."""

    def __init__(self, world: "World", rng: random.Random) -> None:
        self.world, self._rng = world, rng
        self.view: dict[str, str] = {}
        """What the follower of the feed counts: the standing revision by unit."""
        self._cursor: str | None = None
        self.revoked: dict[str, tuple[str, float]] = {}
        """Token -> its device and when the server confirmed the revocation."""
        self.form_is_late = True

    async def ask(self, method: str, path: str, body: Any = None) -> httpx.Response:
        """One request, repeated while the server is down or dies over it."""
        headers = {
            "Authorization": f"Bearer {template().admin}",
            SERVICE_HEADER: SERVICE_TOKEN if path.startswith("/internal") else "",
        }
        while True:
            request = httpx.Request(method, f"http://server{path}", json=body, headers=headers)
            try:
                answer = await self.world.call(request)
            except httpx.TransportError:
                await self.world.pause(self._rng.uniform(1, 30))
                continue
            if answer.status_code < 500:
                return answer
            await self.world.pause(600.0)

    async def invite(self) -> str:
        """A code for a tablet."""
        answer = await self.ask(
            "POST", "/v1/devices/enrolments", {"assessment": HERE, "label": "tablet"}
        )
        require(answer.status_code in _OK, f"invitation: {answer.status_code} {answer.text}")
        return str(answer.json()["code"])

    async def invite_hub(self) -> str:
        """A code for a hub."""
        body = {"assessments": [HERE], "label": "hub"}
        answer = await self.ask("POST", "/v1/hubs/enrolments", body)
        require(answer.status_code in _OK, f"invitation: {answer.status_code} {answer.text}")
        return str(answer.json()["code"])

    async def revoke_hub(self, number: str) -> bool:
        """A hub was lost; whether the centre knew it and confirmed."""
        answer = await self.ask("POST", f"/v1/hubs/{number}/revocation", {})
        return answer.status_code in _OK

    async def withdraw(self) -> None:
        """Somebody comes with the card of an interview."""
        made = list(self.world.oracle.made.values())
        if not made:
            return
        code = self._rng.choice(made).code
        body = {"assessment": HERE, "code": code}
        answer = await self.ask("POST", "/v1/submissions/withdrawals", body)
        if answer.status_code in _OK:
            self.world.seen["withdrawal"] += 1
            self.world.look()
            self.world.oracle.withdraw(code)
            self.world.look()

    async def decide(self, decision: str) -> None:
        """Return, approve or reject an interview that stands."""
        rows = [r for r in self.world.oracle.rows if r.is_head and r.state != "withdrawn"]
        if not rows:
            return
        id_ = self._rng.choice(rows).id
        body = {"decision": decision, "comment": "please ask again"}
        answer = await self.ask("POST", f"/v1/submissions/{id_}/reviews", body)
        if answer.status_code in _OK:
            self.world.seen[f"decision {decision}"] += 1

    async def revoke(self, tablet: "Interviewer", *, wipe: bool) -> None:
        """A tablet was stolen."""
        token = tablet.outbox.setting("token") or ""
        device = tablet.outbox.setting("device") or ""
        answer = await self.ask("POST", f"/v1/devices/{device}/revocation", {"wipe": wipe})
        if answer.status_code in _OK:
            self.revoked[token] = (device, self.world.time())
            self.world.seen["revocation"] += 1

    async def revoke_again(self) -> None:
        """After a restore the operator repeats what the backup does not know."""
        for token, (device, _) in list(self.revoked.items()):
            del self.revoked[token]
            answer = await self.ask("POST", f"/v1/devices/{device}/revocation", {"wipe": False})
            if answer.status_code in _OK:
                self.revoked[token] = (device, self.world.time())

    async def publish_late_form(self) -> None:
        """Version 2 arrives after interviews that were made with it; they are judged again."""
        server = self.world.server
        if self.form_is_late and server is not None and server.lives:
            async with server.app.state.database.write() as session:
                await add_form(session, FORM.format(version=2).encode(), at=self.world.clock.now())
            self.form_is_late = False
        body = {"assessment": HERE, "limit": 100}
        answer = await self.ask("POST", "/v1/submissions/revalidations", body)
        require(answer.status_code in _OK, f"revalidation: {answer.status_code} {answer.text}")
        if answer.json()["accepted"]:
            self.world.seen["late form accepted"] += 1

    async def follow(self, *, limit: int = 4) -> None:
        """Take in what is new, as the indicators do."""
        while True:
            page = await self._page(self._cursor, limit)
            if page is None:
                self._cursor, self.view = None, {}
                self.world.seen["feed begun anew"] += 1
                continue
            take_in(self.view, page["items"])
            self._cursor = page["next"]
            if not page["more"]:
                return

    async def fresh_view(self) -> dict[str, str]:
        """The same from the beginning, in one go."""
        view: dict[str, str] = {}
        page = await self._page(None, 5000)
        if page is None:
            raise Violation("a first page was refused")
        take_in(view, page["items"])
        return view

    async def _page(self, cursor: str | None, limit: int) -> dict[str, Any] | None:
        body = {"cursor": cursor, "limit": limit, "instrument": "season", "variables": ["age"]}
        answer = await self.ask("POST", f"/internal/v1/assessments/{HERE}/extract", body)
        if answer.status_code == httpx.codes.BAD_REQUEST and cursor is not None:
            return None
        require(answer.status_code in _OK, f"extract: {answer.status_code} {answer.text}")
        page: dict[str, Any] = answer.json()
        return page

    async def exported(self) -> int:
        """Rows of the export."""
        answer = await self.ask("GET", f"/v1/assessments/{HERE}/export.csv")
        require(answer.status_code in _OK, f"export: {answer.status_code} {answer.text}")
        return len(answer.text.strip().splitlines()) - 1


def take_in(view: dict[str, str], items: list[dict[str, Any]]) -> None:
    """Apply a page of the feed."""
    for item in items:
        if item["status"] == "included":
            view[item["unit"]] = item["revision"].replace("-", "").upper()
        else:
            view.pop(item["unit"], None)
