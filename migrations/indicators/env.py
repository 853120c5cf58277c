from usga_shared.database.environment import run

from usga_indicators.storage.tables import Base

run(Base.metadata)
