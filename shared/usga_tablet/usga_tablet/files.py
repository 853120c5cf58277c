"""Sending files after their interviews: resumed where the server stands, freed only on proof."""

from typing import Any
from uuid import UUID

import orjson

from usga_tablet.answers import (
    Shape,
    flag,
    identifier,
    listed,
    mapping,
    maybe,
    record,
    text,
    told,
)
from usga_tablet.filebox import PROVEN, REFUSED, WITHDRAWN, BoxedFile
from usga_tablet.receipts import ReceiptRefused, read_word
from usga_tablet.sync import SyncStopped
from usga_tablet.uploads import FOR_GOOD, PATH, FileReport, Refused, Uploader, place_of

__all__ = ["PATH", "TYPE", "FileReport", "FileSender"]

TYPE = "usga-files+jwt"
_AT_ONCE = 100
_KEYS: Shape = record(keys=listed(mapping))
_CHECKED: Shape = record(
    items=listed(
        record(
            submission=identifier, known=flag, withdrawn=flag,
            files=listed(record(sha256=maybe(text), state=text, upload=maybe(text))),
        )
    ),
    proof=text,
)  # fmt: skip


class FileSender(Uploader):
    """Sends what a file box holds; the outbox knows the credential and the server's keys."""

    async def send(self) -> FileReport:
        """Send what is missing on the server, then free what it proves to keep.

        Raises SyncStopped when patience is over or there is no room; everything is kept then.
        """
        report = FileReport()
        try:
            missing = await self._look(report)
            for file, upload in missing:
                await self._send(file, upload, report)
            if missing:
                await self._look(report)
        except Refused as refused:
            raise SyncStopped(f"files wait: {refused.slug}") from None
        return report

    async def _look(self, report: FileReport) -> list[tuple[BoxedFile, str | None]]:
        """Ask what is missing; what is proven or withdrawn goes, what is not named is shown."""
        files: dict[UUID, list[BoxedFile]] = {}
        for file in self._box.queued():
            files.setdefault(file.submission, []).append(file)
        ids = list(files)
        missing: list[tuple[BoxedFile, str | None]] = []
        for start in range(0, len(ids), _AT_ONCE):
            asked = [str(id_) for id_ in ids[start : start + _AT_ONCE]]
            response = await self._request(
                "POST", f"{PATH}/check", report, content=orjson.dumps({"submissions": asked}),
                headers={"Content-Type": "application/json"},
                is_right=lambda answer: told(answer, _CHECKED) is not None,
            )  # fmt: skip
            answer = told(response, _CHECKED) or {"proof": "", "items": []}
            proven = await self._proven(answer["proof"], report)
            for item in answer["items"]:
                for file in files.get(UUID(item["submission"]), ()):
                    found = self._settle(file, item, proven, report)
                    if found is not None:
                        missing.append((file, place_of(found.get("upload"))))
        return missing

    def _settle(
        self,
        file: BoxedFile,
        item: dict[str, Any],
        proven: set[tuple[str, str]],
        report: FileReport,
    ) -> dict[str, Any] | None:
        """The server's entry of a file that is to be sent now, else None."""
        if item["withdrawn"]:
            self._box.settle(file, WITHDRAWN)
            return None
        if (str(file.submission), file.sha256) in proven:
            self._box.settle(file, PROVEN)
            report.proven += 1
            return None
        if not item["known"]:
            return None  # its interview goes first
        named = [f for f in item["files"] if f["sha256"] in {file.sha256, None}]
        if not named and self._outbox.is_queued(file.submission):
            return None  # what the server knows under this id is not this tablet's interview
        if not named:
            self._refuse(file, "attachment-unexpected", report)
            return None
        entry: dict[str, Any] = named[0]
        return entry if entry["state"] in {"missing", "coming"} else None

    async def _send(self, file: BoxedFile, upload: str | None, report: FileReport) -> None:
        """The whole way of one file; a refusal for good is noted, not raised."""
        offset = 0
        try:
            if upload is not None:
                upload, offset = await self._resume(file, upload, report)
            if upload is None:
                upload, offset = await self._announce(file, report), 0
            await self._send_from(file, upload, offset, report)
        except Refused as refused:
            if refused.slug == "interview-withdrawn":
                self._box.settle(file, WITHDRAWN)
            elif refused.slug in FOR_GOOD:
                self._refuse(file, refused.slug, report)
            else:
                raise
        else:
            report.sent += 1

    async def _proven(self, proof: str, report: FileReport) -> set[tuple[str, str]]:
        """What a proof names, when a key of the server signed it for this device."""
        device = self._outbox.setting("device")
        found = _opened(proof, orjson.loads(self._outbox.setting("receipt_keys") or "{}"), device)
        if found is None:
            fresh = await self._keys(report)
            found = _opened(proof, fresh, device)
            if found is not None:
                self._outbox.remember("receipt_keys", orjson.dumps(fresh).decode())
        return found or set()

    async def _keys(self, report: FileReport) -> dict[str, Any]:
        """What the origin publishes."""
        response = await self._request(
            "GET", "/.well-known/jwks.json", report,
            is_right=lambda answer: told(answer, _KEYS) is not None,
        )  # fmt: skip
        return told(response, _KEYS) or {}

    def _refuse(self, file: BoxedFile, slug: str, report: FileReport) -> None:
        self._box.settle(file, REFUSED, slug)
        report.refused += 1


def _opened(proof: str, keys: dict[str, Any], device: str | None) -> set[tuple[str, str]] | None:
    try:
        payload = read_word(proof, keys, TYPE)
        if payload["device"] != device:
            return None
        return {(file["submission"], file["sha256"]) for file in payload["files"]}
    except (ReceiptRefused, KeyError, TypeError):
        return None
