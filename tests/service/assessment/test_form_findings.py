"""Findings of an upload in the language of the caller; a ready XForm is a form too."""

import httpx
import pytest

from tests.service.assessment.test_instruments import SKELETON, UPLOAD, client

__all__ = ["client"]

BROKEN = (
    b"| survey |\n| | type | name | label |\n| | select_one sex | a | A |\n| | texxt | b | B |\n"
)
XFORM = b"""<h:html xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml"><h:head>
<h:title>Walks</h:title><model><instance><data id="walks" version="1"><age/></data></instance>
<bind nodeset="/data/age" type="int" constraint=". &gt;= 18"/></model></h:head>
<h:body><input ref="/data/age"><label>Age?</label></input></h:body></h:html>"""


class TestLanguages:
    @pytest.mark.parametrize(
        ("language", "words"),
        [
            ("en", "Sheet 'survey', row 3, 'b': There is no question type 'texxt'."),
            ("es-MX,es;q=0.9", "Hoja 'survey', fila 3, 'b': No existe el tipo"),
            ("ru", "Лист 'survey', строка 3, 'b': Нет типа вопроса 'texxt'."),
            ("sw-KE", "Laha 'survey', safu mlalo 3, 'b': Hakuna aina ya swali 'texxt'."),
        ],
    )
    async def test_every_error_is_said_in_the_language_of_the_caller(
        self, client: httpx.AsyncClient, language: str, words: str
    ) -> None:
        answer = await client.post(UPLOAD, content=BROKEN, headers={"Accept-Language": language})
        assert answer.status_code == 422
        problem = answer.json()
        assert [error["code"] for error in problem["errors"]] == ["unknown-list", "unknown-type"]
        assert problem["errors"][1]["message"].startswith(words)
        hints = [f["hint"] for f in problem["findings"] if f["severity"] == "error"]
        assert all(hints)
        assert (await client.get("/v1/instruments")).json()["items"] == []


class TestXForms:
    async def test_a_ready_xform_becomes_a_draft(self, client: httpx.AsyncClient) -> None:
        answer = await client.post(UPLOAD, content=XFORM)
        assert answer.status_code == 201, answer.text
        view = answer.json()
        assert (view["name"], view["version"], view["questions"]) == ("walks", "1", 1)
        book = (await client.get(f"/v1/instruments/{view['id']}/codebook")).json()
        assert [(v["name"], v["type"]) for v in book] == [("age", "integer")]

    @pytest.mark.parametrize(
        "data",
        [
            b"<!DOCTYPE a [<!ENTITY e SYSTEM 'file:///etc/passwd'>]><a>&e;</a>",
            b"<a>" * 5000,
            SKELETON[:100] + b"\x00",
        ],
    )
    async def test_a_hostile_file_is_a_clear_refusal(
        self, client: httpx.AsyncClient, data: bytes
    ) -> None:
        answer = await client.post(UPLOAD, content=data)
        assert answer.status_code == 422
        assert answer.json()["errors"][0]["message"]
