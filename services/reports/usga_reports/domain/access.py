"""Which roles see and order the reports of their assessments."""

from usga_shared.auth.actors import Role

STAFF = (Role.COORDINATOR, Role.STATISTICIAN)
"""Those who may read releases that are not published, and so see and order their reports."""
S3_READERS = (Role.STATISTICIAN,)
"""Those who read S3 cells of releases that are not published (ADR-0063): no admin."""
ORDERERS = (*STAFF, Role.ANALYST)
"""Those who order reports of published releases, and see them in the making."""
