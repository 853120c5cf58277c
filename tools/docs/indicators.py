"""docs/methods/indicators.md: the shipped definitions, from the files that compute them."""

from pathlib import Path

from usga_indicators.domain.definition import Definition, catalogue
from usga_indicators.domain.definition.model import Method, MissingPolicy, Source, StatisticKind

TARGET = Path(__file__).parents[2] / "docs" / "methods" / "indicators.md"
_HEAD = """# Indicators

Made by `make docs` from `services/indicators/usga_indicators/definitions`; do not edit.
How a definition becomes numbers:

1. **Answers become columns.** `dk`, `ref`, `na` (and -98, -99 of numbers) are missing, each with
   its reason. A 12-month question that its screener made unnecessary is a `no` of origin
   *implied*; a screener answered `ref` or `dk` passes that on; behind a privacy gate that was not
   passed an answer is *missing*, never a no; so is what the instrument version did not ask
   (`definitions/skips.yaml`).
2. **Expressions are three-valued.** They are written in the form's language. A comparison with a
   missing answer is unknown; `a or b` is true as soon as one is, false when both are, else unknown
   (Kleene, as in SQL). A union therefore counts a person once. Who gave at least one of its
   components is in its base, and the missing ones count as no: a yes and a no are treated alike.
   Where a version did not ask a component, or asked it otherwise, the estimate says
   `comparability: partial`; where versions asked other people or another question, `broken`
   ([ADR-0028](../adr/0028-changes-of-a-form-and-comparability.md)).
3. **Who is in the base.** The filter must be true and the numerator known. With *silence counts*,
   people who were asked and answered `dk`, `ref` or `na` stay in the base (metadata that say
   "total respondents": 16.1.3, 16.1.4, 16.b.1, 11.7.2). Missing answers are published by reason.
4. **Estimates** keep the whole design: strata, PSUs (drawn ones without an interview are totals
   of zero), weights of persons or households, t quantiles with PSUs minus strata of the cell.
   Unless the design's rules say otherwise ([weighting.md](weighting.md) 7), PSUs count as drawn
   with replacement, which errs on the safe side, and a stratum with one PSU is centred on the
   mean of all; whatever has people of it is flagged (`U`, `lonely-psu`) and counted in the
   release. An interview without one of the two weights stays in what takes the other. Shares have
   logit intervals, medians Woodruff's; composites and differences carry the covariance of their
   shares. Formulas: [estimation.md](estimation.md).
5. **Cells**: total, stratum (with its area), sex, age band; areas that join strata; and one group
   at a time: disability, kind of settlement, education, place of birth, work, income, language,
   sex of the child. Each definition says which it has; nothing finer. Where a breakdown is of what
   happened rather than of people (place, ground, form of exploitation), an indicator of its own
   has a share for each (`VIO-04p`, `JUS-08g`, `ADM-05f`).
6. **Protection** by [disclosure.md](disclosure.md), then rounding. A difference is judged by its
   half-width alone and hidden with either of its shares; a composite by its weakest part.

7. **Other sources** ([ADR-0033](../adr/0033-sources-beside-the-sample.md)). Recorded events k of a
   year over the residents N stated for that year give the rate 100,000 k/N; its interval is
   Garwood's: chi2(0.025; 2k)/2 to chi2(0.975; 2k + 2)/2 events, over N. Example: 14 victims among
   200,000 residents are 7.0 per 100,000, with 7.65 to 23.49 events 3.8 to 11.7. Scorecards are
   plain means; points of an audit count by the length of street that the list of points gives them
   (`ENV-02`), or alike; fieldwork and shares of records are unweighted; none of them has an
   interval. Follow-ups about one official drawn among k count k times. Rates by sex and age are
   victims of that part over residents of that part, where both were stated
   ([ADR-0056](../adr/0056-victims-points-and-records-by-part.md)); shares of records are shown by
   section of the ICCS; points of a walk by the area that the list of points gives them. A dark
   figure is hidden where the recorded number behind it is.
8. **Own definitions** of an assessment come by API
   ([ADR-0034](../adr/0034-definitions-of-an-assessments-own.md)) and pass the same lint:
   `usga-indicators definitions --lint FORM.json DEFINITION.yaml`.

Incidents are the last of each kind that a respondent told of. In indicators over incidents n is
the number of respondents with one.

"""
_BETTER = {"+": "more", "-": "less", "o": "neither"}


def text() -> str:
    """The whole page."""
    lines = [_HEAD, "| code | title | SDG | statistic | key figure |", "|---|---|---|---|---|"]
    lines += [
        f"| [{d.code}](#{d.code.lower()}) | {d.title['en']} | {d.sdg or ''} | "
        f"{d.statistic.value} | {d.key_figure or ''} |"
        for d in catalogue()
    ]
    for definition in catalogue():
        lines += ["", *_section(definition)]
    return "\n".join(lines) + "\n"


def _section(d: Definition) -> list[str]:
    facts = [
        f"{d.statistic.value.replace('_', ' ')} in {d.unit_measure.value.replace('_', ' ')}",
        f"{d.weight.value} weight",
        f"reference period {d.reference_period}",
        f"better is {_BETTER[d.direction]}",
        f"S{d.sensitivity}",
        f"UMF {d.umf}",
        f"version {d.version}",
    ]
    if d.sdg:
        facts.insert(0, f"SDG {d.sdg}")
    if d.missing_policy is MissingPolicy.INCLUDE:
        facts.append("silence counts")
    facts += _where_from(d)
    if d.is_of_rows:
        facts.append(f"over rows of `{d.unit}`")
    lines = [f"### {d.code}", "", f"**{d.title['en']}.** {'; '.join(facts)}.", ""]
    lines += [
        f"- {name.replace('_', ' ')}: `{text}`"
        for name in ("numerator", "denominator", "filter", "population", "count_by")
        if (text := getattr(d, name))
    ]
    lines += [f"- {_part(d, place)}: `{part.numerator}`" for place, part in enumerate(d.parts)]
    if d.parts and d.parts[0].filter:
        lines.append(f"- filter of each: `{d.parts[0].filter}`")
    if d.items:
        lines.append(f"- one share for each item: {', '.join(f'`{item}`' for item in d.items)}")
    if d.disaggregations:
        lines.append(f"- by {', '.join(b.value.replace('_', ' ') for b in d.disaggregations)}")
    if d.minimum_valid:
        lines.append(
            f"- mean of the parts per respondent, over at least {d.minimum_valid} of them"
        )
    if d.caveats:
        lines += ["", d.caveats["en"]]
    return lines


def _where_from(d: Definition) -> list[str]:
    facts = []
    if d.source is not Source.SURVEY:
        facts.append(f"source {d.source.value.replace('_', ' ')}, form `{d.instrument}`")
    if d.weigh_by:
        facts.append(f"each counts by `{d.weigh_by}`")
    if d.method is not Method.EXPRESSION:
        facts.append(f"method {d.method.value.replace('_', ' ')}")
    if d.iccs:
        facts.append(f"ICCS {', '.join(d.iccs)}, counted by {d.counted}")
    if d.beside:
        facts.append(f"published beside it: {d.beside}")
    return facts


def _part(d: Definition, place: int) -> str:
    if d.statistic is StatisticKind.DIFFERENCE:
        return ("minuend", "subtrahend")[place]
    return f"part {place + 1}"


if __name__ == "__main__":
    TARGET.write_text(text(), "utf-8")
