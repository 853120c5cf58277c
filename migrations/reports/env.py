from usga_shared.database.environment import run

from usga_reports.storage.tables import Base

run(Base.metadata)
