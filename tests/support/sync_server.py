"""A small, honest sync server in memory, and links that lie, cut and repeat."""

import gzip
import hashlib
import random
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import httpx
import orjson
import zstandard
from joserfc import jws
from joserfc.jwk import ECKey
from usga_tablet.receipts import TYPE, batch_digest
from usga_tablet.sync import range_digest

PORTAL = "<html><body>Welcome! Please accept the terms.</body></html>"


class SyncServer:
    """Answers as docs/protocol/sync.md says; keeps everything it receipts."""

    def __init__(self) -> None:
        self.key = ECKey.generate_key("P-256", auto_kid=True)
        self.epoch = "e1"
        self.device = str(uuid4())
        self.held: dict[str, tuple[int, str, bytes]] = {}
        self.verdicts: dict[int, str] = {}
        self.most = 100
        self.changes: list[dict[str, Any]] = []
        self.files: list[dict[str, Any]] = []
        self.revoked = False
        self.wipe: dict[str, Any] = {}
        self.cursor_key = "k1"
        self.silent: set[str] = set()
        self.outdated = False
        self.accepted = {"gzip", "zstd", "identity"}
        self.dictionaries: dict[int, bytes] = {}
        self.codings: list[str] = []
        self.says_what_fits = False
        self.batches: list[int] = []
        self.requests: list[str] = []

    def answer(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request.url.path)
        if request.url.path == "/v1/devices":
            return httpx.Response(
                201,
                json={
                    "device": self.device,
                    "token": "usgad_" + "t" * 43,
                    "assessment": "KE-TEST-2026",
                    "receipt_keys": self.jwks(),
                },
            )
        if request.url.path in self.silent:
            return httpx.Response(504, text="nobody answered")
        if self.revoked:
            return self.problem(
                401, "The credential is not accepted", "invalid-credential", **self.wipe
            )
        if self.outdated and request.url.path in {"/v1/sync/changes", "/v1/sync/snapshot"}:
            return self.problem(403, "This version of the app is too old", "client-outdated")
        routes: dict[str, Callable[[httpx.Request], httpx.Response]] = {
            "/v1/sync/submissions": self.push,
            "/v1/sync/check": lambda asked: self.check(orjson.loads(asked.content)),
            "/v1/sync/changes": self.pull,
            "/v1/sync/snapshot": self.snapshot,
            "/.well-known/jwks.json": lambda _: httpx.Response(200, json=self.jwks()),
        }
        return routes[request.url.path](request)

    def snapshot(self, _request: httpx.Request) -> httpx.Response:
        return self.problem(404, "There is no such thing", "not-found")

    def pull(self, request: httpx.Request) -> httpx.Response:
        page = self.page(request.url.params.get("cursor", ""))
        if page is None:
            return self.problem(400, "The cursor is not valid here", "invalid-cursor")
        return httpx.Response(200, json=page)

    def page(self, cursor: str) -> dict[str, Any] | None:
        start = 0
        if cursor:
            key, _, place = cursor.partition("-")
            if key != self.cursor_key:
                return None
            start = int(place)
        items = self.changes[start : start + 2]
        end = start + len(items)
        return {
            "items": items,
            "next": f"{self.cursor_key}-{end}",
            "more": end < len(self.changes),
        }

    def jwks(self) -> dict[str, Any]:
        return {"keys": [{**self.key.as_dict(private=False)}]}

    def push(self, request: httpx.Request) -> httpx.Response:
        coding = request.headers.get("content-encoding", "identity")
        self.codings.append(coding)
        if coding not in self.accepted:
            return self.problem(415, "Not this coding", "unsupported-media")
        body = request.content
        if coding == "zstd":
            number = zstandard.get_frame_parameters(body).dict_id
            if number and number not in self.dictionaries:
                return self.problem(415, "Not this dictionary", "unknown-dictionary")
            known = self.dictionaries.get(number)
            trained = zstandard.ZstdCompressionDict(known) if known else None
            body = zstandard.ZstdDecompressor(dict_data=trained).decompress(body)
            self.codings[-1] = "zstd with a dictionary" if known else "zstd"
        elif coding == "gzip":
            body = gzip.decompress(body)
        lines = body.removesuffix(b"\n").split(b"\n")
        changes = {}
        if "changes_since" in request.url.params and not self.outdated:
            page = self.page(request.url.params["changes_since"])
            if page is None:
                return self.problem(400, "The cursor is not valid here", "invalid-cursor")
            changes = {"changes": page}
        self.batches.append(len(lines))
        if len(lines) > self.most:
            fits = {"fits": self.most} if self.says_what_fits else {}
            return self.problem(413, "The body is too large", "content-too-large", **fits)
        items: list[tuple[str, str, str]] = []
        exceptions: list[dict[str, Any]] = []
        for line in lines:
            envelope = orjson.loads(line)
            digest = hashlib.sha256(line).hexdigest()
            id_, seq = envelope["id"], envelope["seq"]
            state = self.verdicts.get(seq, "stored")
            if state == "unreadable":
                exceptions.append({"index": len(items), "state": "rejected"})
                items.append(("-", digest, "rejected"))
                continue
            if id_ in self.held:
                state = "duplicate" if self.held[id_][1] == digest else "conflict"
            elif state not in {"rejected", "withdrawn"}:
                self.held[id_] = (seq, digest, line)
            items.append((id_, digest, state))
            if state != "stored":
                exceptions.append({"id": id_, "state": state})
        payload = {
            "iss": "test",
            "iat": 0,
            "epoch": self.epoch,
            "assessment": "KE-TEST-2026",
            "device": self.device,
            "install": None,
            "batch": {"count": len(items), "digest": batch_digest(items)},
            "state": "stored",
            "exceptions": exceptions,
            "sequence": {"contiguous": len(self.held), "gaps": [], "forks": []},
        }
        files = {"files": self.files} if self.files else {}
        answer = {"receipt": self.sign(payload), "items": [], **changes, **files}
        return httpx.Response(200, json=answer)

    def sign(self, payload: dict[str, Any]) -> str:
        header = {"alg": "ES256", "kid": self.key.kid, "typ": TYPE}
        return jws.serialize_compact(header, orjson.dumps(payload), self.key, ["ES256"])

    def check(self, query: dict[str, Any]) -> httpx.Response:
        items = [
            {"id": i["id"], "state": "stored" if i["id"] in self.held else "absent"}
            for i in query.get("items", [])
        ]
        ranges = []
        for asked in query.get("ranges", []):
            found = sorted(
                (seq, id_, digest)
                for id_, (seq, digest, _) in self.held.items()
                if asked["first"] <= seq <= asked["last"]
            )
            ranges.append({**asked, "count": len(found), "digest": range_digest(found)})
        return httpx.Response(200, json={"epoch": self.epoch, "items": items, "ranges": ranges})

    def problem(
        self, status: int, title: str, slug: str = "refused", **members: Any
    ) -> httpx.Response:
        return httpx.Response(
            status,
            content=orjson.dumps(
                {"type": f"x/{slug}", "title": title, "detail": "", "status": status, **members}
            ),
            headers={"Content-Type": "application/problem+json"},
        )


class BadLink(httpx.AsyncBaseTransport):
    """Loses requests, loses answers, and lets a captive portal answer with every 2xx there is."""

    def __init__(
        self, server: SyncServer, rng: random.Random, *, portal: float, loss: float
    ) -> None:
        self.server, self.rng, self.portal, self.loss = server, rng, portal, loss
        self.faults: dict[str, int] = {}

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        await request.aread()
        if self.rng.random() < self.portal:
            self._count("portal")
            return httpx.Response(self.rng.choice([200, 201, 202]), html=PORTAL, request=request)
        if self.rng.random() < self.loss:
            self._count("request lost")
            raise httpx.ConnectError("no link", request=request)
        answer = self.server.answer(request)
        if self.rng.random() < self.loss:
            self._count("answer lost")
            raise httpx.ReadError("cut", request=request)
        answer.request = request
        return answer

    def _count(self, fault: str) -> None:
        self.faults[fault] = self.faults.get(fault, 0) + 1
