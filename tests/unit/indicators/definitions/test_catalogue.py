"""The shipped definitions: complete, translated, and fitting the household survey."""

from dataclasses import replace
from typing import Any

import pytest
from usga_assessment.domain.catalogue.instruments import form_bytes
from usga_indicators.domain.codebook import Codebook, codebook_of
from usga_indicators.domain.definition import (
    Breakdown,
    Definition,
    InvalidDefinition,
    MissingPolicy,
    Part,
    Source,
    Weight,
    catalogue,
    definitions_digest,
    lint,
    parse_definition,
)
from usga_indicators.domain.definition.plan import company_findings
from usga_indicators.domain.definition.wording import entries, places

from tests.support.forms import compiled
from tests.support.indicators import outline

BY_CODE = {d.code: d for d in catalogue()}
#: The catalogue of the domain dossier (5.2): how many indicators each theme has.
PROMISED = {
    "PER": 11, "VIC": 14, "VIO": 13, "JUS": 8, "POL": 9, "INT": 6, "FLO": 11, "COH": 4, "ENV": 4,
    "SVC": 6, "GOV": 7, "ADM": 7, "QUA": 4,
}  # fmt: skip


@pytest.fixture(scope="module")
def codebook() -> Codebook:
    return codebook_of([outline()])


@pytest.mark.parametrize(("theme", "count"), PROMISED.items())
def test_the_whole_catalogue_ships(theme: str, count: int) -> None:
    assert {f"{theme}-{n:02d}" for n in range(1, count + 1)} <= set(BY_CODE)


def test_uzbek_is_written_with_its_own_letters() -> None:
    words = [t["uz"] for d in catalogue() for t in (d.title, d.caveats) if t]
    assert not [w for w in words if any(sign in w for sign in "‘’'`")]
    assert any("\u02bb" in w for w in words)
    assert any("\u02bc" in w for w in words)


@pytest.mark.parametrize("language", ["es", "ru", "sw", "uz"])
def test_every_translation_belongs_to_a_text_as_it_is_now(language: str) -> None:
    english = {place: text for d in catalogue() for place, text in places(d).items()}
    assert {place: text for place, (text, _) in entries(language).items()} == english


@pytest.mark.parametrize(
    "definition", [d for d in catalogue() if d.instrument == "hvs"], ids=lambda d: d.code
)
def test_fits_the_household_survey(definition: Definition, codebook: Codebook) -> None:
    assert lint(definition, codebook) == []


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(
            name, marks=[pytest.mark.slow] if name == "hvs" else []
        )  # an outline of it is above
        for name in sorted({d.instrument for d in catalogue()})
    ],
)
def test_every_definition_fits_the_form_that_ships(name: str) -> None:
    document = compiled(form_bytes(name)).document
    assert document is not None
    form = codebook_of([document])
    own = [d for d in catalogue() if d.instrument == name]
    assert [f for d in own for f in lint(d, form)] == []


@pytest.mark.parametrize("definition", catalogue(), ids=lambda d: d.code)
class TestEveryDefinition:
    def test_has_a_title_in_five_languages(self, definition: Definition) -> None:
        assert set(definition.title) == {"en", "es", "ru", "sw", "uz"}
        assert len(set(definition.title.values())) == 5

    def test_has_its_caveats_in_the_same_languages(self, definition: Definition) -> None:
        assert set(definition.caveats) in ({"en", "es", "ru", "sw", "uz"}, set())

    def test_says_what_it_depends_on(self, definition: Definition) -> None:
        assert definition.theme == definition.code[:3]
        assert definition.umf or definition.theme == "QUA"
        assert definition.level or definition.role in {"outcome", "quality"}


def test_key_figures_are_ranked_once() -> None:
    ranks = sorted(d.key_figure for d in catalogue() if d.key_figure is not None)
    assert ranks == list(range(1, 13))


def test_household_items_take_household_weights() -> None:
    household = {d.code for d in catalogue() if d.weight is Weight.HOUSEHOLD}
    assert household == {"VIC-01", "VIC-02", "JUS-03", "FLO-10", "ENV-01", "SVC-01", "SVC-07"}


def test_violence_is_s3() -> None:
    for code in ("VIO-01", "VIO-03", "VIO-04", "VIO-05", "VIO-06", "JUS-01"):
        assert BY_CODE[code].sensitivity == 3


class TestDigest:
    def test_does_not_depend_on_the_order(self) -> None:
        assert definitions_digest(catalogue()) == definitions_digest(reversed(catalogue()))

    def test_changes_with_any_expression(self) -> None:
        changed = replace(BY_CODE["PER-01"], numerator="${safe_night} = 'vsafe'")
        others = [d for d in catalogue() if d.code != "PER-01"]
        assert definitions_digest([changed, *others]) != definitions_digest(catalogue())


class TestLint:
    @pytest.mark.parametrize(
        ("code", "change", "finding"),
        [
            ("PER-01", {"numerator": "${safe_nigth} = 'safe'"}, "unknown-variable"),
            ("PER-01", {"numerator": "${safe_night} = 'saef'"}, "unknown-choice"),
            ("PER-01", {"numerator": "selected('safe saef', ${safe_night})"}, "unknown-choice"),
            ("PER-01", {"filter": "${safe_night} != 'dk'"}, "reserved-choice"),
            ("PER-09", {"numerator": "${avoid_12m} = 'none'"}, "multiple-equals"),
            ("PER-01", {"numerator": "${safe_night} = "}, "syntax"),
            ("PER-01", {"numerator": "regex(${safe_night}, 'safe')"}, "not-for-columns"),
            ("PER-01", {"numerator": "${age} = 'old'"}, "not-for-columns"),
            ("VIC-09", {"unit": "incident"}, "unknown-repeat"),
            ("PER-11", {"items": ("theft", "dragons")}, "unknown-choice"),
            ("VIO-01", {"sensitivity": 2}, "sensitivity"),
            ("VIC-01", {"weight": Weight.PERSON}, "weight"),
            ("PER-01", {"weight": Weight.HOUSEHOLD}, "weight"),
            ("VIC-07", {"union": ("hv_fee_12m",)}, "union"),
            ("PER-01", {"weight": Weight.NONE}, "weight"),
            ("QUA-02", {"weight": Weight.PERSON}, "weight"),
            ("VIO-06", {"missing_policy": MissingPolicy.EXCLUDE}, "missing-policy"),
            ("GOV-01", {"missing_policy": MissingPolicy.INCLUDE}, "missing-policy"),
            ("PER-01", {"missing_policy": MissingPolicy.EXCLUDE}, "missing-policy"),
            ("INT-01", {"beside": None}, "beside"),
            ("SVC-03", {"beside": None}, "beside"),
            ("VIO-01", {"disaggregations": (Breakdown.AREA,)}, "disaggregation"),
            ("VIC-01", {"disaggregations": (Breakdown.AGE,)}, "disaggregation"),
            ("PER-01", {"disaggregations": (Breakdown.ICCS,)}, "disaggregation"),
            ("ADM-02", {"disaggregations": (Breakdown.STRATUM,)}, "disaggregation"),
            ("ADM-04", {"disaggregations": (Breakdown.SEX,)}, "disaggregation"),
            ("ENV-02", {"disaggregations": (Breakdown.SEX,)}, "disaggregation"),
            ("GOV-06", {"disaggregations": (Breakdown.AREA,)}, "disaggregation"),
            ("POL-05", {"filter": ""}, "universe"),
            ("SVC-03", {"filter": "${sex} = 'female'"}, "universe"),
            ("JUS-07", {"numerator": "${dj_norsn} = 'cost'", "filter": ""}, "universe"),
            (
                "VIC-05",
                {"numerator": "(${pv_fraud_12m} = 'yes') + (${pv_cyber_12m} = 'yes')"},
                "unbounded",
            ),
            ("JUS-04", {"iccs": ()}, "iccs"),
            ("PER-01", {"weigh_by": "w_lenght"}, "unknown-variable"),
            ("PER-01", {"source": Source.NON_PROBABILITY}, "non-probability"),
            ("GOV-01", {"parts": (Part("${nowhere} = 'a'"), Part("true()"))}, "unknown-variable"),
        ],
    )
    def test_names_what_is_wrong(
        self, codebook: Codebook, code: str, change: dict[str, Any], finding: str
    ) -> None:
        found = lint(replace(BY_CODE[code], **change), codebook)
        assert finding in {f.finding.code for f in found}
        assert {f.code for f in found} == {code}

    def test_names_the_field(self, codebook: Codebook) -> None:
        wrong = replace(BY_CODE["SVC-03"], filter="${hs_used} = 'yes'")
        found = lint(wrong, codebook)
        assert {f.field for f in found} == {"filter"}
        assert found[0].finding.hint == "did you mean hs_use?"


def test_what_is_published_beside_an_indicator_is_there() -> None:
    assert list(company_findings(catalogue())) == []
    alone = [replace(BY_CODE["POL-05"], beside="POL-99")]
    assert [(code, field) for code, field, _ in company_findings(alone)] == [("POL-05", "beside")]


MINIMAL = """
code: XXX-01
version: 1.0.0
title: {en: "A title"}
theme: XXX
statistic: proportion
unit: person
unit_measure: percent
weight: person
numerator: "${a} = 'b'"
missing_policy: exclude
reference_period: "12m"
direction: "+"
sensitivity: 1
"""


class TestReading:
    def test_a_minimal_definition_is_enough(self) -> None:
        assert parse_definition(MINIMAL).code == "XXX-01"

    @pytest.mark.parametrize(
        ("old", "new", "finding"),
        [
            ("weight: person\n", "", "missing-field"),
            ("XXX-01", "X1", "code"),
            ("1.0.0", "1.0", "version"),
            ("weight: person\n", "weight: person\nsource: rumour\n", "source"),
            ("theme: XXX", "theme: XXX\ncolour: red", "unknown-field"),
            ("proportion", "percentage", "statistic"),
            ("proportion", "ratio", "missing-field"),
            ("proportion", "composite", "parts"),
            ("numerator: \"${a} = 'b'\"\n", "", "missing-field"),
            ('{en: "A title"}', '{es: "Un título"}', "title"),
            ('{en: "A title"}', '{en: "A title", xx: "?"}', "title"),
            ('direction: "+"', 'direction: "up"', "direction"),
            ("sensitivity: 1", "sensitivity: 4", "sensitivity"),
            ("theme: XXX", "theme: XXX\ndisaggregations: [shoe_size]", "disaggregations"),
            ("theme: XXX", "theme: XXX\nquantile: 1.5", "quantile"),
            ("theme: XXX", "theme: XXX\nitems: [b, c]", "items"),
            ("'b'", "'{item}'", "items"),
            ("theme: XXX", "theme: XXX\nrole: villain", "role"),
        ],
    )
    def test_says_everything_that_is_wrong(self, old: str, new: str, finding: str) -> None:
        assert old in MINIMAL
        with pytest.raises(InvalidDefinition) as caught:
            parse_definition(MINIMAL.replace(old, new))
        assert finding in {f.code for f in caught.value.findings}

    @pytest.mark.parametrize("text", ["a: [", "- 1\n- 2", "", "!!python/object:os.system x"])
    def test_what_is_no_definition_is_refused(self, text: str) -> None:
        with pytest.raises(InvalidDefinition):
            parse_definition(text)
