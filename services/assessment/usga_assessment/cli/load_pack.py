"""`load-pack NAME --assessment CODE`: a city's instruments and lists, sent to the API."""

import argparse
import asyncio
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from usga_assessment.cli.commands import say
from usga_assessment.domain.catalogue.form import as_csv
from usga_assessment.domain.catalogue.homes import PACKS
from usga_assessment.domain.catalogue.packs import (
    ListRows,
    Pack,
    form_of,
    languages_of,
    read_pack,
    source_of,
)
from usga_assessment.domain.catalogue.variants import VariantRefused

TOKEN = "USGA_TOKEN"  # noqa: S105 - the name of a variable
TIMEOUT = httpx.Timeout(120.0, connect=5.0)


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Declare the command."""
    parser = commands.add_parser(
        "load-pack",
        help="load a city's instruments and lists into an assessment",
        description="Builds each instrument of the pack with its overlay and sends it to "
        f"the API as a draft. The token of a coordinator is read from {TOKEN} or from a file.",
    )
    parser.add_argument("name", choices=PACKS)
    parser.add_argument("--assessment", required=True, metavar="CODE")
    parser.add_argument("--url", default="http://127.0.0.1:8080", help="the platform's address")
    parser.add_argument("--token-file", type=Path, metavar="FILE")
    parser.add_argument("--only", action="append", metavar="INSTRUMENT", help="repeatable")
    parser.add_argument(
        "--variant", action="append", default=[], metavar="INSTRUMENT=VARIANT", help="repeatable"
    )
    parser.add_argument("--publish", action="store_true", help="publish what was accepted")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Load the pack; 0 when everything was taken, 1 when something was refused, 2 for misuse."""
    token = (
        arguments.token_file.read_text(encoding="utf-8").strip()
        if arguments.token_file is not None
        else os.environ.get(TOKEN, "")
    )
    if not token:
        say(f"no token: set {TOKEN} or give --token-file", error=True)
        return 2
    pack = read_pack(arguments.name)
    chosen = dict(choice.partition("=")[::2] for choice in arguments.variant)
    wanted = arguments.only or list(pack.instruments)
    unknown = sorted({*wanted, *chosen} - pack.instruments.keys())
    if unknown:
        say(f"not in the pack: {', '.join(unknown)}", error=True)
        return 2
    if refused := _not_made(pack, wanted, chosen):
        for line in refused:
            say(line, error=True)
        return 2
    order = Order(pack, arguments.assessment, wanted, chosen, publish=arguments.publish)
    return asyncio.run(_load(order, arguments.url, token))


def _not_made(pack: Pack, wanted: list[str], chosen: Mapping[str, str]) -> list[str]:
    """Why a chosen variant cannot be, before anything is sent."""
    refused: list[str] = []
    for name in wanted:
        if name in chosen:
            try:
                source_of(pack, name, variant=chosen[name])
            except VariantRefused as error:
                refused += [f"{name}: {finding}" for finding in error.findings]
    return refused


async def _load(order: "Order", url: str, token: str) -> int:
    headers = {"Authorization": f"Bearer {token}"}
    async with httpx.AsyncClient(base_url=url, headers=headers, timeout=TIMEOUT) as http:
        try:
            return await Loader(http, order).load()
        except httpx.TransportError:
            say(f"no answer from {url}", error=True)
            return 1


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be loaded, and where."""

    pack: Pack
    assessment: str
    instruments: list[str]
    variants: Mapping[str, str] = field(default_factory=dict)
    publish: bool = False


class Loader:
    """Sends a pack; what was refused is told, and does not keep the rest from being sent."""

    def __init__(self, http: httpx.AsyncClient, order: Order) -> None:
        self._http = http
        self._order = order
        self._refused = 0

    async def load(self) -> int:
        """Lists first, then forms; returns the exit status."""
        order = self._order
        answer = await self._http.get(f"/v1/assessments/{order.assessment}")
        if not self._taken(order.assessment, answer):  # once, instead of once for each part
            return 1
        for name, rows in order.pack.lists.items():
            await self._list(name, rows)
        for name in order.instruments:
            await self._instrument(name)
        to_set = ", ".join(dict.fromkeys(order.pack.placeholders))
        say(f"to be set by the assessment: {to_set}, and the lists of its sample and staff")
        return 1 if self._refused else 0

    async def _list(self, name: str, rows: ListRows) -> None:
        """A list that the assessment has already is its own, and stays."""
        path = f"/v1/assessments/{self._order.assessment}/lists/{name}"
        if (await self._http.get(path)).status_code == httpx.codes.OK:
            say(f"list {name}: kept as it is")
            return
        answer = await self._http.put(path, json={"rows": rows})
        if self._taken(f"list {name}", answer):
            say(f"list {name}: {len(rows)} rows")

    async def _instrument(self, name: str) -> None:
        order = self._order
        try:
            source = source_of(order.pack, name, variant=order.variants.get(name))
        except VariantRefused as refused:
            self._say_refused(name, refused.findings)
            return
        incomplete = languages_of(order.pack, source)[1]
        answer = await self._http.post(
            f"/v1/assessments/{order.assessment}/instruments",
            content=as_csv(form_of(order.pack, source)).encode(),
            headers={"Content-Type": "text/csv"},
        )
        if not self._taken(name, answer):
            return
        view = answer.json()
        state = view["state"]
        if order.publish and state == "draft":
            published = await self._http.post(f"/v1/instruments/{view['id']}/publication")
            if not self._taken(name, published):
                return
            state = published.json()["state"]
        without = f"; not complete: {', '.join(incomplete)}" if incomplete else ""
        spoken = ", ".join(view["languages"])
        say(f"{name} {view['version']}: {state}, {view['questions']} questions, {spoken}{without}")

    def _taken(self, what: str, answer: httpx.Response) -> bool:
        if answer.is_success:
            return True
        self._say_refused(what, _reasons(answer))
        return False

    def _say_refused(self, what: str, reasons: list[str]) -> None:
        self._refused += 1
        for reason in reasons:
            say(f"{what}: {reason}", error=True)


def _reasons(answer: httpx.Response) -> list[str]:
    """What a problem document says; the status alone when the answer is none of ours."""
    try:
        problem: Any = answer.json()
        title, errors = str(problem["title"]), problem.get("errors") or []
    except (ValueError, KeyError, TypeError):
        return [f"answered with status {answer.status_code}"]
    return [title, *(f"{e.get('pointer', '')} {e.get('message', '')}".strip() for e in errors)]
