"""Overlays and packs: what a country changes, what stays comparable, what is still to be set."""

import re

import pytest
from usga_assessment.domain.catalogue.form import as_csv
from usga_assessment.domain.catalogue.homes import GENERATED, OVERLAYS, PACKS
from usga_assessment.domain.catalogue.instruments import (
    build,
    own_texts,
    read_source,
    translations,
)
from usga_assessment.domain.catalogue.overlays import EVERYWHERE, lay, read_overlay
from usga_assessment.domain.catalogue.packs import (
    form_of,
    languages_of,
    read_pack,
    source_of,
)
from usga_assessment.domain.catalogue.source import Source
from usga_assessment.domain.catalogue.translation import Completeness
from usga_assessment.domain.catalogue.variants import VariantRefused
from usga_assessment.domain.xlsform.compiler import compile_form

KENYA = read_overlay("overlays/ke")
HVS = read_source("hvs")


def label(source: Source, question: str) -> str:
    rows = (row for module in source.modules for row in module.rows)
    return next(row.label.english for row in rows if row.name == question)


def choices(source: Source, name: str) -> dict[str, str]:
    return {choice.name: choice.label.english for choice in source.lists[name]}


class TestOverlay:
    KENYAN = lay(HVS, KENYA, version="ke")

    def test_a_text_is_replaced_wherever_it_stands(self) -> None:
        assert label(self.KENYAN, "inc_loss").endswith("in Kenyan shillings?")
        assert choices(self.KENYAN, "authority")["16_local_gov"] == "County government"
        assert choices(self.KENYAN, "authority")["13_police"] == "Police"

    def test_a_list_is_replaced_whole(self) -> None:
        assert list(choices(self.KENYAN, "lang")) == ["sw", "en", "other"]
        assert "KES" in choices(self.KENYAN, "income_local")["b1"]

    def test_a_text_of_one_instrument_leaves_the_others_alone(self) -> None:
        poll = lay(read_source("rap"), KENYA, version="ke")
        hints = {}
        for source in (self.KENYAN, poll):
            rows = (row for module in source.modules for row in module.rows)
            hints[source.name] = next(r for r in rows if r.name == "refer_given").texts["hint"]
        assert hints["hvs"].english.startswith("Give the card")
        assert hints["rap"].english.startswith("Read the numbers")

    def test_the_instrument_itself_stays_as_it_was(self) -> None:
        assert label(HVS, "inc_loss").endswith("in the money of this country?")
        assert self.KENYAN.version == f"{HVS.version}-ke"

    def test_translations_of_the_overlay_are_shown(self) -> None:
        form = build(self.KENYAN, ["sw"])
        row = next(row for row in form.survey if row.get("name") == "inc_loss")
        assert row["label::Kiswahili (sw)"].endswith("kwa shilingi za Kenya?")


@pytest.mark.parametrize("name", OVERLAYS)
class TestEachOverlay:
    def test_every_text_has_a_place_in_some_instrument(self, name: str) -> None:
        places = {
            (instrument, text.place) for instrument in GENERATED for text in own_texts(instrument)
        }
        shared = {text.place for text in own_texts("")}
        everywhere = {place for _, place in places} | shared
        for where, place in read_overlay(name).words:
            found = place in everywhere if where == EVERYWHERE else (where, place) in places
            assert found, (where, place)

    def test_codes_stay_comparable(self, name: str) -> None:
        for key in ("income_local", "amount_local"):
            assert [c.name for c in read_overlay(name).lists[key]] == [
                c.name for c in HVS.lists[key]
            ]

    def test_bands_say_that_they_are_still_to_be_set(self, name: str) -> None:
        overlay = read_overlay(name)
        for key in overlay.placeholders:
            bands = [c.label.english for c in overlay.lists[key] if c.name.startswith("b")]
            assert all(band.endswith(f"({overlay.currency}, to be set)") for band in bands)

    def test_it_is_complete_in_its_own_languages(self, name: str) -> None:
        overlay = read_overlay(name)
        for language in overlay.languages:
            assert Completeness.of(overlay.texts(), translations(language)).complete


@pytest.mark.parametrize("name", PACKS)
class TestEachPack:
    def test_every_instrument_compiles_without_an_error(self, name: str) -> None:
        pack = read_pack(name)
        assert list(pack.instruments) == list(GENERATED)
        for instrument in pack.instruments:
            source = source_of(pack, instrument)
            form = compile_form(as_csv(form_of(pack, source)).encode())
            assert form.document is not None, instrument
            assert form.document["version"].endswith(f"-{name}")
            complete = [
                code.replace("uz_latn", "uz-Latn") for code in languages_of(pack, source)[0]
            ]
            assert form.document["languages"] == ["en", *complete]

    def test_no_money_of_another_country_is_left(self, name: str) -> None:
        pack = read_pack(name)
        others = {"KES", "MXN", "UZS"} - {pack.overlay.currency}
        for instrument in pack.instruments:
            text = as_csv(form_of(pack, source_of(pack, instrument)))
            assert re.findall(rf"\b(?:{'|'.join(others)})\b", text) == []

    def test_lists_have_a_name_and_a_label_in_each_row(self, name: str) -> None:
        for rows in read_pack(name).lists.values():
            names = [row["name"] for row in rows]
            assert len(set(names)) == len(names) > 0
            assert all(re.fullmatch(r"[a-z0-9_]+", row["name"]) and row["label"] for row in rows)


class TestVariants:
    def test_a_pack_can_ask_a_variant(self) -> None:
        pack = read_pack("ke-mathare")
        assert source_of(pack, "hvs", variant="short").version == (
            f"{HVS.version}-short-ke-mathare"
        )
        with pytest.raises(VariantRefused, match="no variant 'tiny'"):
            source_of(pack, "hvs", variant="tiny")
