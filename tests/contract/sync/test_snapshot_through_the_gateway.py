"""A first sync through nginx: the file is not compressed again, and goes on after a cut."""

import base64
import hashlib

from tests.support.upload_server import UploadServer

PATH = "/v1/sync/snapshot"


def test_a_download_goes_on_through_the_gateway(
    gateway_origin: str, upload_server: UploadServer
) -> None:
    server, address = upload_server, gateway_origin + PATH
    asked = {**server.credential, "Accept-Encoding": "gzip, br"}
    whole = server.http.get(address, headers=asked, timeout=30)
    assert whole.status_code == 200, whole.text
    assert "content-encoding" not in whole.headers
    digest = base64.b64encode(hashlib.sha256(whole.content).digest()).decode()
    assert whole.headers["repr-digest"] == f"sha-256=:{digest}:"
    etag, half = whole.headers["etag"], len(whole.content) // 2
    assert etag.startswith('"'), "a strong tag"
    ranged = {**asked, "Range": f"bytes={half}-", "If-Range": etag}
    rest = server.http.get(address, headers=ranged, timeout=30)
    assert rest.status_code == 206
    assert rest.headers["content-range"].startswith(f"bytes {half}-")
    assert whole.content[:half] + rest.content == whole.content
