"""The smallest client that syncs correctly: standard library, JSON, gzip, ids; nothing else.

It knows no compact answers, dictionaries, cursors, range digests or attachments, and does not even
verify signatures: it reads what a receipt says. Old tablets are like this for years.
"""

import base64
import gzip
import hashlib
import json
import urllib.error
import urllib.request
import uuid
from collections.abc import Iterable
from typing import Any


class OldestClient:
    def __init__(self, url: str, token: str, assessment: str, form: tuple[str, str]) -> None:
        self.url, self._token, self._assessment, self._form = url, token, assessment, form
        self.install, self.seq = str(uuid.uuid4()), 0
        self.queue: list[bytes] = []
        self.states: dict[str, str] = {}

    def finalise(self, answers: dict[str, Any]) -> str:
        self.seq += 1
        envelope = {
            "id": str(uuid.uuid4()), "assessment": self._assessment, "instrument": self._form[0],
            "version": self._form[1], "install": self.install, "seq": self.seq,
            "salt": uuid.uuid4().hex, "started_at": "2026-06-01T08:00:00+03:00",
            "ended_at": "2026-06-01T08:25:00+03:00", "language": "en", "answers": answers,
        }  # fmt: skip
        self.queue.append(json.dumps(envelope).encode())
        return str(envelope["id"])

    def sync(self, batch: int = 20) -> None:
        while self.queue:
            lines = self.queue[:batch]
            request = urllib.request.Request(
                f"{self.url}/v1/sync/submissions",
                gzip.compress(b"".join(line + b"\n" for line in lines)),
                {"Authorization": f"Bearer {self._token}", "Content-Encoding": "gzip",
                 "Content-Type": "application/x-ndjson"},
            )  # fmt: skip
            try:
                with urllib.request.urlopen(request, timeout=60) as answer:
                    token = json.load(answer)["receipt"]
            except urllib.error.HTTPError as refusal:
                if refusal.code != 413 or batch == 1:
                    raise
                batch = max(1, batch // 2)
                continue
            part = token.split(".")[1]
            self._believe(json.loads(base64.urlsafe_b64decode(part + "==")), lines)
            del self.queue[: len(lines)]

    def _believe(self, receipt: dict[str, Any], lines: Iterable[bytes]) -> None:
        states = {e["id"]: e["state"] for e in receipt["exceptions"]}
        bound = ""
        for line in lines:
            id_ = json.loads(line)["id"]
            state = self.states[id_] = states.get(id_, receipt["state"])
            bound += f"{id_} {hashlib.sha256(line).hexdigest()} {state}\n"
        assert hashlib.sha256(bound.encode()).hexdigest() == receipt["batch"]["digest"]
