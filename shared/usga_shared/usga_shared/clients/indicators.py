"""The indicators service, as the reports service sees it."""

from urllib.parse import quote

from usga_shared.clients.base import ServiceClient
from usga_shared.wire.release import ReleaseBundle, ReleaseStanding


class IndicatorsClient(ServiceClient):
    """Releases of the indicators service."""

    async def release(self, release: str) -> ReleaseStanding:
        """One release, whatever its state (the service credential sees drafts)."""
        response = await self.send("GET", _of(release))
        return ReleaseStanding.model_validate_json(response.content)

    async def bundle(self, release: str, *, s3: bool = True) -> ReleaseBundle:
        """All that a report needs; without `s3` no indicator of S3 answers is in it."""
        query = "" if s3 else "?s3=false"
        response = await self.send("GET", f"{_of(release)}/bundle{query}")
        return ReleaseBundle.model_validate_json(response.content)


def _of(release: str) -> str:
    """The path of a release: callers may have named anything."""
    return f"/internal/v1/releases/{quote(release, safe='')}"
