"""The described client fails for answers that the description does not know (S-13)."""

import pytest
from fastapi import FastAPI, Response
from pydantic import BaseModel

from tests.support.apps import asgi_client


class Thing(BaseModel):
    """What the operations promise."""

    name: str


def application() -> FastAPI:
    app = FastAPI()

    @app.get("/things/{key}", response_model=Thing)
    async def read(key: str) -> Response:
        match key:
            case "good":
                return Response('{"name": "a"}', media_type="application/json")
            case "misshapen":
                return Response('{"nom": "a"}', media_type="application/json")
            case "plain":
                return Response("a", media_type="text/plain")
        return Response(status_code=304)

    return app


async def test_an_answer_as_described_passes() -> None:
    async with asgi_client(application(), described=True) as client:
        assert (await client.get("/things/good")).json() == {"name": "a"}
        assert (await client.get("/nowhere")).status_code == 404


@pytest.mark.parametrize(
    ("key", "words"),
    [("misshapen", "not as described"), ("plain", "undeclared"), ("old", "304: undeclared")],
)
async def test_an_answer_that_is_not_described_fails_the_test_that_met_it(
    key: str, words: str
) -> None:
    async with asgi_client(application(), described=True) as client:
        with pytest.raises(AssertionError, match=words):
            await client.get(f"/things/{key}")
