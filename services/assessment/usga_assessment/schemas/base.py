"""What every body that the API takes has in common."""

from typing import Annotated, ClassVar, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator
from usga_shared.wire.refused import FieldsRefused

from usga_assessment.domain.assessment.wording import ONE_LINE, SEVERAL_LINES


class Body(BaseModel):
    """A request body: a field that the API does not know is refused, not ignored."""

    model_config = ConfigDict(extra="forbid")


class Edit(Body):
    """A change: what is not given stays, and only `nullable` fields can be emptied by null."""

    nullable: ClassVar[frozenset[str]] = frozenset()

    @model_validator(mode="after")
    def _emptied(self) -> Self:
        for name in self.model_fields_set - self.nullable:
            if getattr(self, name) is None:
                raise FieldsRefused("not-null", "It may be left out, but not be null.", name)
        return self


Language = Annotated[
    str, StringConstraints(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$", max_length=20)
]
Title = Annotated[
    dict[
        Language,
        Annotated[
            str,
            StringConstraints(
                min_length=1, max_length=200, strip_whitespace=True, pattern=ONE_LINE
            ),
        ],
    ],
    Field(min_length=1, max_length=20, examples=[{"en": "Safety in Mathare"}]),
]
Text = Annotated[
    str, StringConstraints(max_length=2000, strip_whitespace=True, pattern=SEVERAL_LINES)
]
Label = Annotated[str, StringConstraints(min_length=1, max_length=80, pattern=ONE_LINE)]
Key = Annotated[
    str, StringConstraints(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9][A-Za-z0-9_.:-]*$")
]
"""Identifiers of strata, PSUs, cases and areas: they appear in addresses and files."""
