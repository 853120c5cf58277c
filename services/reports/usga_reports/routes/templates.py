"""What can be ordered."""

from fastapi import APIRouter

from usga_reports.domain.template.registry import TEMPLATES
from usga_reports.schemas import TemplateList, TemplateView

router = APIRouter(prefix="/v1/report-templates", tags=["reports"])


@router.get("", summary="List the report templates")
async def templates() -> TemplateList:
    """Names, versions, languages and formats. Needs no login."""
    return TemplateList(items=[TemplateView.of(template) for template in TEMPLATES.values()])
