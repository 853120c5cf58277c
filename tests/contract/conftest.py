"""The assessment service as a process, alone and behind the gateway; made once for many tests."""

from collections.abc import Iterator

import pytest

from tests.support.databases import SqliteDatabases
from tests.support.upload_server import UploadServer, behind_the_gateway, serving


@pytest.fixture(scope="session")
def upload_server(
    _sqlite: SqliteDatabases, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[UploadServer]:
    """On SQLite: for tests of what does not reach the database, or does not know its kind."""
    folder = tmp_path_factory.mktemp("upload-server")
    with serving(_sqlite.create("assessment", folder / "assessment.db"), folder) as server:
        yield server


@pytest.fixture(scope="session")
def gateway_origin(
    upload_server: UploadServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """The address of the gateway before that server."""
    with behind_the_gateway(upload_server, tmp_path_factory.mktemp("gateway")) as origin:
        yield origin
