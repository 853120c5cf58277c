"""One small city a database: everything that these tests look at was made in it, in order."""

import io
from collections.abc import Iterator

import pytest

THEMES = (
    "city",
    "definitions",
    "weights",
    "live",
    "releases",
    "disclosure",
    "sources",
    "planted",
    "results",
    "retraction",
)
pytest.register_assert_rewrite(*(f"tests.e2e.indicators.{theme}" for theme in THEMES))

from tests.e2e.indicators.city import SIZE, City, found_city  # noqa: E402
from tests.e2e.indicators.definitions import own  # noqa: E402, F401 - a fixture
from tests.e2e.indicators.live import full_count, watched  # noqa: E402, F401
from tests.e2e.indicators.planted import interview_first_part  # noqa: E402
from tests.e2e.indicators.releases import first, later  # noqa: E402, F401
from tests.e2e.indicators.retraction import taken_back  # noqa: E402, F401
from tests.e2e.indicators.weights import weighted  # noqa: E402, F401 - a fixture
from tests.support.databases import SERVICES  # noqa: E402
from tests.support.postgres import PostgresDatabases  # noqa: E402
from tools.demo.play import scene_of  # noqa: E402
from tools.demo.progress import Progress  # noqa: E402
from tools.launcher.stack import Stack  # noqa: E402

QUICK = {"USGA_INDICATORS_EMBARGO_SECONDS": "0.3", "USGA_INDICATORS_FEED_SECONDS": "0"}


@pytest.fixture(scope="module")
def stack(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Stack]:
    """A running platform that looks at its embargoes three times a second."""
    home = tmp_path_factory.mktemp(f"indicators-{request.param}")
    databases: dict[str, str] | None = None
    server: PostgresDatabases | None = None
    made: list[str] = []
    if request.param == "postgres":
        server = request.getfixturevalue("_postgres")
        made = [server.create(None) for _ in SERVICES]
        databases = {s: server.url(name) for s, name in zip(SERVICES, made, strict=True)}
    with Stack(home, databases=databases, environment=QUICK) as running:
        yield running
    for name in made:
        assert server is not None
        server.drop(name)


@pytest.fixture(scope="module")
def city(stack: Stack) -> Iterator[City]:
    """Fieldwork is open: a first part of the interviews is in."""
    with scene_of(stack, Progress(io.StringIO()), size=SIZE) as scene:
        made = found_city(scene)
        interview_first_part(made)
        yield made
