"""A store that speaks as much of S3 as the platform asks for, in this process."""

import hashlib
from datetime import UTC, datetime

import httpx
from usga_assessment.storage.attachments.s3 import Signer

NOW = datetime(2013, 5, 24, tzinfo=UTC)
#: The credentials of AWS's examples, "Authenticating Requests: Using the Authorization Header".
SIGNER = Signer("us-east-1", "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")


class Bucket:
    """A store over HTTP that refuses what is not signed for exactly these bytes."""

    def __init__(self) -> None:
        self.held: dict[str, bytes] = {}
        self.status: int | None = None

    def answer(self, request: httpx.Request) -> httpx.Response:
        if self.status is not None:
            return httpx.Response(self.status)
        content = request.read()
        digest = hashlib.sha256(content).hexdigest()
        right = SIGNER.headers(request.method, str(request.url), digest, NOW)
        if request.headers.get("authorization") != right["Authorization"]:
            return httpx.Response(403)
        path = request.url.path
        match request.method:
            case "PUT":
                self.held[path] = content
                return httpx.Response(200)
            case "GET" if path in self.held:
                return httpx.Response(200, content=self.held[path])
            case "DELETE":
                self.held.pop(path, None)
                return httpx.Response(204)
        return httpx.Response(404)
