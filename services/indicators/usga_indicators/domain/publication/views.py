"""A definition as readers see it."""

from usga_shared.wire.release import IndicatorView

from usga_indicators.domain.definition.model import Definition
from usga_indicators.domain.definition.names import variables_of


def indicator_view(definition: Definition) -> IndicatorView:
    """The definition with its expressions; parts are joined by ` | `."""
    parts = " | ".join(part.numerator for part in definition.parts)
    universes = dict.fromkeys((definition.filter, *(part.filter for part in definition.parts)))
    return IndicatorView(
        code=definition.code,
        version=definition.version,
        title=dict(definition.title),
        description=dict(definition.description),
        theme=definition.theme,
        statistic=definition.statistic.value,
        unit_measure=definition.unit_measure.value,
        numerator=definition.numerator or parts,
        denominator=" | ".join(
            text
            for text in (
                definition.denominator,
                *universes,
                definition.population,
                definition.count_by,
                definition.weigh_by and f"number(${{{definition.weigh_by}}})",
            )
            if text
        ),
        weight=definition.weight.value,
        reference_period=definition.reference_period,
        missing_policy=definition.missing_policy.value,
        direction=definition.direction,
        sensitivity=definition.sensitivity,
        sdg=definition.sdg,
        umf=definition.umf,
        source=definition.source.value,
        beside=definition.beside,
        role=definition.role,
        level=definition.level,
        disaggregations=[d.value for d in definition.disaggregations],
        caveats=dict(definition.caveats),
        variables=list(variables_of(definition)),
        key_figure=definition.key_figure,
    )
