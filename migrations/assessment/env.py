from usga_shared.database.environment import run

from usga_assessment.storage.tables import Base

run(Base.metadata)
