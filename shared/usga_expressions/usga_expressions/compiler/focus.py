"""Where an expression stands while it is compiled."""

from dataclasses import dataclass, field

from usga_expressions.findings import Finding
from usga_expressions.form import Definition, Form
from usga_expressions.reading import Reading


@dataclass(frozen=True, slots=True)
class Focus:
    """The node that `.` and relative paths start from, as names in the generated code.

    `definition` and `scope` in the form; or `row`, a row of a list. `position` and `size` are
    there inside a predicate. `select` is the question whose choices the nodes are.
    """

    definition: Definition | None
    scope: str = "s"
    row: str = ""
    position: str = ""
    size: str = ""
    select: Definition | None = None


@dataclass(slots=True)
class Work:
    """What one compilation collects."""

    form: Form
    at: Definition
    reading: Reading
    findings: list[Finding] = field(default_factory=list)
    uses: set[Definition] = field(default_factory=set)
    across: set[Definition] = field(default_factory=set)
    tables: set[str] = field(default_factory=set)
    columns: set[str] = field(default_factory=set)
    volatile: bool = False
    sized: bool = False  # a predicate looked at position or size
    crossing: int = 0  # inside indexed-repeat or a predicate: other instances are meant
    conditions: int = 0  # conditions around the one that is compiled
    names: int = 0
    inline: bool = False  # scopes and slots are local variables of one long function
    stored: set[Definition] = field(default_factory=set)  # read through a scope all the same

    def scope(self, levels: int = 0) -> str:
        """Source of the scope where the expression stands, or of one around it."""
        if self.inline:
            return f"s{len(self.at.chain) - levels}"
        return "s" + ".p" * levels

    @property
    def javarosa(self) -> bool:
        """Whether JavaRosa's reading is compiled."""
        return self.reading is Reading.JAVAROSA

    def name(self, prefix: str) -> str:
        """Make a variable name that no other part uses."""
        self.names += 1
        return f"{prefix}{self.names}"

    def use(self, definition: Definition) -> None:
        """Remember that the value of a definition is read."""
        (self.across if self.crossing else self.uses).add(definition)
