"""Designs as the case format writes them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from usga_indicators.cli.cases.adjustments import adjusted
from usga_indicators.cli.cases.errors import CaseError, Unsupported
from usga_indicators.cli.cases.replication import replicated
from usga_indicators.cli.cases.table import Column, Table, read_table
from usga_indicators.domain.design import (
    InvalidWeight,
    LonelyPsu,
    MissingDesignValue,
    SurveyDesign,
)
from usga_indicators.domain.design.codes import AnyArray
from usga_indicators.domain.design.replicates import ReplicateDesign
from usga_indicators.domain.estimation.sample import Design

Json = dict[str, Any]


@dataclass(slots=True)
class Designs:
    """Designs by id, built when first asked for; data files are read once."""

    specifications: Mapping[str, Json]
    data_dir: Path
    _built: dict[str, tuple[Table, Design]] = field(default_factory=dict)
    _tables: dict[str, Table] = field(default_factory=dict)

    def get(self, key: str) -> tuple[Table, Design]:
        """The table and the design."""
        if key not in self.specifications:
            raise CaseError(f"there is no design {key}")
        if key not in self._built:
            spec = self.specifications[key]
            if not isinstance(spec, dict):
                raise CaseError("the design is no object")
            self._built[key] = self._build(spec)
        return self._built[key]

    def lonely_strata(self, key: str) -> list[str]:
        """Strata of the first stage with one unit, as the data name them."""
        spec = self.specifications[key]
        table = self._table(str(spec["data"])).with_factors(spec.get("factors") or {})
        strata, ids = _listed(spec.get("strata")), _listed(spec.get("ids"))
        if not strata:
            return []
        units: dict[str, set[object]] = {}
        named = table[strata[0]].texts()
        inside = table[ids[0]].texts() if ids else range(table.size)
        for stratum, unit in zip(named, inside, strict=True):
            units.setdefault(stratum, set()).add(unit)
        return sorted(stratum for stratum, found in units.items() if len(found) == 1)

    def _table(self, name: str) -> Table:
        if name not in self._tables:
            try:
                path = (self.data_dir / name).resolve()
                exists = path.is_file()
            except (OSError, ValueError):  # a name that no file can have
                raise CaseError(f"there is no data file {name}") from None
            if not path.is_relative_to(self.data_dir.resolve()):
                raise CaseError("data files lie in the data directory")
            if not exists:
                raise CaseError(f"there is no data file {name}")
            self._tables[name] = read_table(path)
        return self._tables[name]

    def _build(self, spec: Json) -> tuple[Table, Design]:
        if "data" not in spec:
            raise CaseError("the design names no file in `data`")
        table = self._table(str(spec["data"])).with_factors(spec.get("factors") or {})
        design: Design
        if spec.get("kind") == "replicate":
            design = self._replicate(table, spec)
        else:
            design = survey_design(table, spec)
        made = spec.get("as_replicate")
        if made:
            if isinstance(design, ReplicateDesign):
                raise CaseError("the design has replicate weights already", place="as_replicate")
            strata = _listed(spec.get("strata"))
            design = replicated(design, made, table[strata[0]].texts() if strata else None)
        for step in spec.get("adjust") or ():  # of replicates each by itself
            table, design = adjusted(table, design, step)
        return table, design

    def _replicate(self, table: Table, spec: Json) -> ReplicateDesign:
        given = self._table(str(spec["repweights_file"]))
        replicates = np.stack([c.values for c in given.columns.values()], axis=1)
        named = spec.get("weights")
        weights = table[named].values if named else replicates.mean(axis=1)
        rscales = spec.get("rscales")
        return ReplicateDesign.of(
            weights=weights,
            replicates=replicates,
            kind=str(spec["type"]),
            combined=bool(spec.get("combined_weights", False)),
            scale=spec.get("scale"),
            rscales=[rscales] if isinstance(rscales, int | float) else rscales,
            rho=spec.get("rho"),
            mse=bool(spec.get("mse", False)),
        )


def survey_design(table: Table, spec: Json) -> SurveyDesign:
    """Make the design before any adjustment."""
    pps = spec.get("pps") or False
    if pps not in {False, "brewer"}:
        raise Unsupported(f"unequal probability sampling by {pps}")
    rule = str(spec.get("lonely_psu") or "fail")
    if rule not in set(LonelyPsu):
        known = ", ".join(LonelyPsu)
        raise CaseError(f"there is no rule {rule} for lonely PSUs; {known} are known")
    for name in (*_listed(spec.get("weights")), *_listed(spec.get("probs"))):
        _refuse_weights(table, name)
    return SurveyDesign.of(
        rows=table.size,
        weights=_numbers(table, spec.get("weights")),
        probabilities=_numbers(table, spec.get("probs")),
        strata=[_identifiers(table[n]) for n in _listed(spec.get("strata"))],
        ids=[_identifiers(table[n]) for n in _listed(spec.get("ids"))],
        fpc=[table[n].values for n in _listed(spec.get("fpc"))],
        nest=bool(spec.get("nest", False)),
        lonely_psu=rule,
        adjust_domain_lonely=bool(spec.get("adjust_domain_lonely", False)),
        ultimate_cluster=bool(spec.get("ultimate_cluster", False)),
        unequal_probabilities=pps == "brewer",
    )


def _refuse_weights(table: Table, name: str) -> None:
    """A weight that is missing or negative, with its line in the file."""
    values = table[name].values
    for wrong, code, what in (
        (np.isnan(values), MissingDesignValue, "is missing"),
        (values < 0, InvalidWeight, "is negative"),
    ):
        if wrong.any():
            line = int(np.argmax(wrong)) + 2
            more = int(wrong.sum())
            raise code(
                f"a weight {what}: {table.at(name, line)}"
                + (f", and {more - 1} more" if more > 1 else "")
            )


def _listed(names: Any) -> list[str]:
    if names is None:
        return []
    return [names] if isinstance(names, str) else [str(n) for n in names]


def _numbers(table: Table, names: Any) -> AnyArray | None:
    """The product of the named columns (weights of several stages multiply)."""
    listed = _listed(names)
    if not listed:
        return None
    result = np.ones(table.size)
    for name in listed:
        result = result * table[name].values
    return result


def _identifiers(column: Column) -> AnyArray:
    if not column.known.all():
        raise MissingDesignValue(f"column {column.name} of the design has missing values")
    return column.values if column.numbers is not None else column.text_codes
