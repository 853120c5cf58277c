"""What the API takes and shows of the lowest versions of apps."""

from typing import Annotated

from pydantic import BaseModel, Field, StringConstraints

from usga_assessment.domain.access.clients import NAME, VERSION, MinimumClients
from usga_assessment.schemas.base import Body

ClientName = Annotated[str, StringConstraints(pattern=NAME)]
ClientVersion = Annotated[str, StringConstraints(pattern=VERSION)]
Versions = dict[ClientName, ClientVersion]
_EXAMPLE = {"field-app": "3.2"}


class ClientVersionsEdit(Body):
    """Say which versions of apps an assessment still gives new work."""

    clients: Versions = Field(
        max_length=20,
        description="Lowest version by app, dotted numbers; apps that are not named are not "
        "judged. Takes the place of all that was said before.",
        examples=[_EXAMPLE],
    )


class ClientVersionsView(BaseModel):
    """Lowest versions of apps that are given new work."""

    clients: Versions = Field(description="Of this assessment.", examples=[_EXAMPLE])
    installation: Versions = Field(
        description="Of the whole installation, as its operator set them.", examples=[{}]
    )
    counting: Versions = Field(
        description="What counts: of each app the higher of both.", examples=[_EXAMPLE]
    )

    @classmethod
    def of(cls, own: MinimumClients, installation: MinimumClients) -> "ClientVersionsView":
        """The view of both."""
        return cls(
            clients=dict(own.versions),
            installation=dict(installation.versions),
            counting=dict(installation.stricter(own).versions),
        )
