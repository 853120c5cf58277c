"""Calls between services: retried where harmless, silence told from refusal, ids passed on."""

import httpx
import orjson
import pytest
from usga_shared.clients.assessment import AssessmentClient
from usga_shared.clients.base import ServiceClient, UpstreamProblem, UpstreamUnreachable
from usga_shared.http.context import RequestContext, current_context

PROBLEM = {"content-type": "application/problem+json"}


class Upstream:
    """Answers what it is told, in order, the last for ever; None is no answer at all."""

    def __init__(self, *answers: httpx.Response | None) -> None:
        self.answers, self.asked = list(answers), list[httpx.Request]()

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if answer is None:
            raise httpx.ConnectError("down", request=request)
        return answer

    def client(self) -> ServiceClient:
        transport = httpx.MockTransport(self)
        return ServiceClient("http://upstream", "t" * 32, transport=transport, pause=0)


def refusal(status: int) -> httpx.Response:
    return httpx.Response(status, content=orjson.dumps({"status": status}), headers=PROBLEM)


FINE = httpx.Response(200, json={"fine": True})


@pytest.mark.parametrize("first", [None, refusal(503), httpx.Response(502, text="bad gateway")])
async def test_a_read_is_tried_again(first: httpx.Response | None) -> None:
    upstream = Upstream(first, first, FINE)
    assert (await upstream.client().send("GET", "/x")).json() == {"fine": True}
    assert len(upstream.asked) == 3


@pytest.mark.parametrize("first", [None, refusal(503)])
async def test_a_write_is_tried_again_only_where_that_is_harmless(
    first: httpx.Response | None,
) -> None:
    upstream = Upstream(first, FINE)
    with pytest.raises((UpstreamUnreachable, UpstreamProblem)):
        await upstream.client().send("POST", "/x")
    assert len(upstream.asked) == 1
    upstream = Upstream(first, FINE)
    await upstream.client().send("POST", "/x", repeatable=True)
    assert len(upstream.asked) == 2


async def test_it_is_given_up_after_three_times() -> None:
    upstream = Upstream(None)
    with pytest.raises(UpstreamUnreachable):
        await upstream.client().send("GET", "/x")
    assert len(upstream.asked) == 3


async def test_a_refusal_is_final_and_says_which() -> None:
    upstream = Upstream(refusal(404))
    with pytest.raises(UpstreamProblem) as refused:
        await upstream.client().send("GET", "/x")
    assert (refused.value.upstream_status, len(upstream.asked)) == (404, 1)
    assert refused.value.upstream_document == {"status": 404}


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(404, text="<h1>nginx</h1>"),
        httpx.Response(503, content=b"<h1>", headers=PROBLEM),
    ],
)
async def test_an_answer_that_no_service_of_ours_wrote_is_silence(answer: httpx.Response) -> None:
    with pytest.raises(UpstreamUnreachable):
        await Upstream(answer).client().send("POST", "/x")


async def test_the_request_id_and_the_credential_travel_on() -> None:
    upstream = Upstream(FINE)
    trace = "00-" + "a" * 32 + "-" + "b" * 16 + "-01"
    token = current_context.set(RequestContext("request-1", trace))
    try:
        await upstream.client().send("GET", "/x")
    finally:
        current_context.reset(token)
    headers = upstream.asked[0].headers
    assert headers["X-Request-ID"] == "request-1"
    assert headers["traceparent"] == trace
    assert headers["X-USGA-Service"] == "t" * 32


@pytest.mark.parametrize(
    ("named", "asked"), [("\0", "%00"), ("a/b?c#d", "a%2Fb%3Fc%23d"), ("Матаре", "%D0%9C")]
)
async def test_whatever_an_assessment_is_called_stays_one_step_of_the_path(
    named: str, asked: str
) -> None:
    upstream = Upstream(httpx.Response(200, json=[]))
    transport = httpx.MockTransport(upstream)
    client = AssessmentClient("http://upstream", "t" * 32, transport=transport, pause=0)
    await client.outcomes(named)
    path = upstream.asked[0].url.raw_path.decode()
    assert path.startswith(f"/internal/v1/assessments/{asked}")
    assert path.endswith("/outcomes")
    assert path.count("/") == 5
