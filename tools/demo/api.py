"""Calls through the gateway, as a partner's program would make them."""

import time
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import httpx

_LONGEST = 120.0
PATIENT = httpx.Timeout(120.0, connect=10.0)


class Refused(RuntimeError):
    """The platform refused a call; the message is its problem document."""

    def __init__(self, response: httpx.Response) -> None:
        request = response.request
        super().__init__(
            f"{request.method} {request.url.path} answered {response.status_code}: {response.text}"
        )
        self.status = response.status_code
        self.document: dict[str, Any] = {}
        if "json" in response.headers.get("content-type", ""):
            self.document = response.json()


@dataclass(frozen=True, slots=True)
class Api:
    """One caller: an origin and a credential."""

    http: httpx.Client
    token: str | None = None

    def call(self, method: str, path: str, **options: Any) -> httpx.Response:
        """Any call; raises Refused for an error."""
        headers = dict(options.pop("headers", {}))
        if self.token is not None:
            headers.setdefault("Authorization", f"Bearer {self.token}")
        response = self.http.request(method, path, headers=headers, **options)
        if response.is_error:
            raise Refused(response)
        return response

    def get(self, path: str, **params: Any) -> Any:
        """Read JSON."""
        return self.call("GET", path, params=params).json()

    def post(self, path: str, body: Any = None, **options: Any) -> Any:
        """Write JSON; the answer's JSON, or None without a body."""
        response = self.call("POST", path, json=body, **options)
        return response.json() if response.content else None

    def put(self, path: str, body: Any, **options: Any) -> Any:
        """Replace by JSON."""
        response = self.call("PUT", path, json=body, **options)
        return response.json() if response.content else None

    def every(self, path: str, **params: Any) -> list[dict[str, Any]]:
        """All items of a list, page by page."""
        found: list[dict[str, Any]] = []
        cursor: str | None = None
        while True:
            page = self.get(path, **params, **({"cursor": cursor} if cursor else {}))
            found += page["items"]
            cursor = page["next"]
            if cursor is None:
                return found

    def wait_for(self, path: str, states: Collection[str]) -> dict[str, Any]:
        """Read until `state` is one of these; raises TimeoutError after two minutes."""
        deadline = time.monotonic() + _LONGEST
        while True:
            value: dict[str, Any] = self.get(path)
            if value["state"] in states:
                return value
            if time.monotonic() > deadline:
                raise TimeoutError(f"{path} is still {value['state']!r} after {_LONGEST:.0f} s")
            time.sleep(0.2)
