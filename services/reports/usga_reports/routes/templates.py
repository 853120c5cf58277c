"""What can be ordered."""

from fastapi import APIRouter, Depends
from usga_shared.auth.dependencies import actor_or_anonymous
from usga_shared.problems import InvalidCredential, responses

from usga_reports.domain.template.registry import TEMPLATES
from usga_reports.schemas import TemplateList, TemplateView

# Open to everybody, but a credential that is wrong is never taken for none.
router = APIRouter(
    prefix="/v1/report-templates", tags=["reports"], dependencies=[Depends(actor_or_anonymous)]
)


@router.get("", summary="List the report templates", responses=responses(InvalidCredential))
async def templates() -> TemplateList:
    """Names, versions, languages and formats. Needs no login."""
    return TemplateList(items=[TemplateView.of(template) for template in TEMPLATES.values()])
