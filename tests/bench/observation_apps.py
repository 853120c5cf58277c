"""The servers that bench_observations measures: the service, and a bare route of the same bytes."""

import os
from pathlib import Path

from fastapi import FastAPI, Response
from usga_indicators.app import create_app
from usga_indicators.settings import Settings


def product() -> FastAPI:
    """The indicators service over a database that holds a published release."""
    folder = Path(os.environ["BENCH_FOLDER"])
    return create_app(
        Settings(
            database_url=os.environ["BENCH_DATABASE"],
            service_token="s" * 32,
            data_dir=folder / "data",
            key_dir=folder / "keys",
            log_level="WARNING",
        )
    )


def plain() -> FastAPI:
    """A route that answers with the bytes, and no more."""
    app = FastAPI()
    body = (Path(os.environ["BENCH_FOLDER"]) / "body.json").read_bytes()

    @app.get("/v1/observations")
    async def read() -> Response:
        return Response(body, media_type="application/json")

    return app
