"""Translations of the catalogue: what counts, what is stale, what a form shows."""

import re
from pathlib import Path

import pytest
from usga_assessment.cli import main
from usga_assessment.domain.catalogue import instruments
from usga_assessment.domain.catalogue.form import FormSheets, build_form
from usga_assessment.domain.catalogue.homes import GENERATED, home
from usga_assessment.domain.catalogue.instruments import (
    completeness,
    entries,
    own_texts,
    read_source,
)
from usga_assessment.domain.catalogue.po_text import refreshed, template
from usga_assessment.domain.catalogue.source import (
    SHARED,
    Source,
    Text,
    read_lists,
    read_modules,
)
from usga_assessment.domain.catalogue.translation import (
    Completeness,
    Entry,
    Translations,
    Worth,
    judge,
    read_entries,
    unused,
)
from usga_assessment.domain.catalogue.wording import LANGUAGES, Wording

QUESTIONS = """
## A First

| name | type | relevant | constraint | S | cls | text |
| --- | --- | --- | --- | --- | --- | --- |
| age | integer | | .>=18 and .<=99 or .=-98 or .=-99 | 2 | C | How old are you? |
| part_{n} | calculate | | | 0 | X | Part {n} |
| .times | 2 | | | | | |
| .calculation | once(random()) | | | | | |
| safe | one safe | | | 0 | C | Safe since ${age}? |
"""
LISTS = """
| list | name | text |
| --- | --- | --- |
| safe* | yes | Safe |
"""
SOURCE = Source(
    "small",
    "1",
    Text("title", "A walk", "small"),
    read_modules(QUESTIONS, home="small"),
    read_lists(LISTS, home="small"),
)
OWN = {
    "title": Entry("A walk", "Un paseo", fuzzy=False),
    "section:A": Entry("First", "Primero", fuzzy=False),
    "question:age:label": Entry("How old are you?", "¿Qué edad tiene?", fuzzy=False),
    "question:part_{n}:label": Entry("Part {n}", "Parte {n}", fuzzy=False),
    "question:safe:label": Entry("Safe since ${age}?", "¿Seguro desde ${age}?", fuzzy=False),
    "choice:safe:yes": Entry("Safe", "Seguro", fuzzy=False),
}
COMMON = {
    "phrase:one": Entry("Mark one answer.", "Marque una respuesta.", fuzzy=False),
    "phrase:number": Entry("Enter a whole number.", "Escriba un número entero.", fuzzy=False),
    "phrase:skip": Entry("The respondent may skip it.", "Puede omitirla.", fuzzy=False),
    "phrase:dont_know": Entry("-98: does not know.", "-98: no sabe.", fuzzy=False),
    "phrase:refused": Entry("-99: prefers not to answer.", "-99: no contesta.", fuzzy=False),
    "phrase:span_or_or": Entry(
        "Enter {low} to {high}, or {code}, or {other}.",
        "Escriba de {low} a {high}, o {code}, o {other}.",
        fuzzy=False,
    ),
    "choice:*:dk": Entry("Does not know", "No sabe", fuzzy=False),
    "choice:*:ref": Entry("Prefers not to answer", "No contesta", fuzzy=False),
    "choice:*:na": Entry("Does not apply", "No corresponde", fuzzy=False),
}


def spanish(**changed: Entry | None) -> Translations:
    """Complete translations, but for what a test changes: `label_of_age=...` by place."""
    own = OWN | {"question:age:label": changed["age"]} if "age" in changed else OWN
    return Translations(
        {"small": {place: entry for place, entry in own.items() if entry}, SHARED: COMMON}
    )


def form(translations: Translations) -> FormSheets:
    return build_form(SOURCE, Wording({"es": translations}))


def asked() -> list[Text]:
    wording = Wording({})
    build_form(SOURCE, wording)
    return wording.asked


class TestForm:
    def test_each_language_is_a_column(self) -> None:
        age = form(spanish()).survey[1]
        assert age["label::Español (es)"] == "¿Qué edad tiene?"
        assert age["label::English (en)"] == "How old are you?"

    def test_generated_hints_and_messages_are_put_together_in_each_language(self) -> None:
        age = form(spanish()).survey[1]
        assert age["hint::Español (es)"] == (
            "Escriba un número entero. -98: no sabe. -99: no contesta. Puede omitirla."
        )
        assert age["constraint_message::Español (es)"] == "Escriba de 18 a 99, o -98, o -99."

    def test_copies_carry_their_number(self) -> None:
        rows = form(spanish()).survey
        assert [row["label::Español (es)"] for row in rows[2:4]] == ["Parte 1", "Parte 2"]

    def test_answers_that_all_lists_share_are_translated_once(self) -> None:
        labels = [row["label::Español (es)"] for row in form(spanish()).choices]
        assert labels == ["Seguro", "No sabe", "No contesta", "No corresponde"]

    def test_half_a_hint_is_not_shown(self) -> None:
        translations = Translations(
            {"small": OWN, SHARED: {k: v for k, v in COMMON.items() if k != "phrase:skip"}}
        )
        assert form(translations).survey[1]["hint::Español (es)"] == ""


class TestWorth:
    TEXT = Text("question:q:label", "Since ${ref_12m}, how often?")

    @pytest.mark.parametrize(
        ("entry", "worth"),
        [
            (None, Worth.MISSING),
            (Entry("Since ${ref_12m}, how often?", " ", fuzzy=False), Worth.MISSING),
            (Entry("Since ${ref_12m}, how often?", "С ${ref_12m}?", fuzzy=False), "translated"),
            (Entry("Since ${ref_12m}, how many?", "С ${ref_12m}?", fuzzy=False), Worth.STALE),
            (Entry("Since ${ref_12m}, how often?", "С ${ref_12m}?", fuzzy=True), Worth.STALE),
            (Entry("Since ${ref_12m}, how often?", "С ref_12m?", fuzzy=False), Worth.BROKEN),
            (Entry("Since ${ref_12m}, how often?", "С ${ref_5y}?", fuzzy=False), Worth.BROKEN),
        ],
    )
    def test_an_entry_counts_while_it_says_the_same(
        self, entry: Entry | None, worth: Worth
    ) -> None:
        assert judge(self.TEXT, entry) == worth

    def test_a_stale_entry_is_not_shown(self) -> None:
        stale = spanish(age=Entry("What is your age?", "¿Qué edad tiene?", fuzzy=False))
        assert form(stale).survey[1]["label::Español (es)"] == ""

    def test_counts_tell_each_kind_apart(self) -> None:
        assert Completeness.of(asked(), spanish()).complete
        stale = spanish(age=Entry("What is your age?", "¿Qué edad tiene?", fuzzy=False))
        found = Completeness.of(asked(), stale)
        assert (found.translated, found.total) == (14, 15)
        assert found.stale == ("question:age:label",)
        assert Completeness.of(asked(), spanish(age=None)).missing == ("question:age:label",)

    def test_entries_without_a_place_in_the_source_are_named(self) -> None:
        extra = {**OWN, "question:gone:label": Entry("Gone", "Ido", fuzzy=False)}
        assert unused(extra, asked(), "small") == ["question:gone:label"]


class TestFiles:
    TEXTS = (Text("question:q:label", 'Say "yes"\\no', "small"), Text("title", "A walk", "small"))

    def test_what_is_written_can_be_read(self) -> None:
        had = {"title": Entry("A walk", "Прогулка «да»", fuzzy=False)}
        written = refreshed("small", "ru", self.TEXTS, had)
        read = read_entries(written.encode())
        assert read["title"] == had["title"]
        assert read["question:q:label"] == Entry('Say "yes"\\no', "", fuzzy=False)
        assert refreshed("small", "ru", self.TEXTS, read) == written

    def test_a_changed_english_text_keeps_its_translation_as_fuzzy(self) -> None:
        had = {"title": Entry("A stroll", "Прогулка", fuzzy=False)}
        written = refreshed("small", "ru", self.TEXTS, had)
        assert '#| msgid "A stroll"\n' in written
        assert read_entries(written.encode())["title"] == Entry("A walk", "Прогулка", fuzzy=True)

    def test_what_the_source_dropped_falls_away(self) -> None:
        had = {"choice:x:y": Entry("Gone", "Ушло", fuzzy=False)}
        assert "choice:x:y" not in refreshed("small", "ru", self.TEXTS, had)


class TestCatalogue:
    @pytest.mark.parametrize("name", [SHARED, *GENERATED], ids=lambda name: name or "shared")
    def test_the_committed_template_is_what_the_source_says(self, name: str) -> None:
        committed = (home(name) / "wording" / "template.pot").read_text(encoding="utf-8")
        assert committed == template(name or "shared", own_texts(name))

    @pytest.mark.parametrize("language", LANGUAGES)
    @pytest.mark.parametrize("name", [SHARED, *GENERATED], ids=lambda name: name or "shared")
    def test_no_translation_lost_a_reference_or_its_place(self, name: str, language: str) -> None:
        texts = {text.place: text for text in own_texts(name)}
        found = entries(name, language)
        assert unused(found, texts.values(), name) == []
        broken = [p for p, text in texts.items() if judge(text, found.get(p)) is Worth.BROKEN]
        assert broken == []

    @pytest.mark.parametrize("language", LANGUAGES)
    @pytest.mark.parametrize("name", GENERATED)
    def test_every_instrument_is_complete_in_every_language(
        self, name: str, language: str
    ) -> None:
        found = completeness(name, language)
        assert (found.missing, found.stale, found.broken) == ((), (), ())
        assert found.complete

    def test_a_place_names_one_text_only(self) -> None:
        for name in (SHARED, *GENERATED):
            by_place: dict[str, set[str]] = {}
            for text in own_texts(name):
                by_place.setdefault(text.place, set()).add(text.english)
            assert {p: words for p, words in by_place.items() if len(words) > 1} == {}

    def test_a_shared_list_is_not_written_down_twice(self) -> None:
        shared = instruments.shared_lists()
        for name in GENERATED:
            own = read_lists((home(name) / "lists.md").read_text(encoding="utf-8"), home=name)
            same = [
                key
                for key in own.keys() & shared.keys()
                if [c.name for c in own[key]] == [c.name for c in shared[key]]
                and [c.label.english for c in own[key]] == [c.label.english for c in shared[key]]
            ]
            assert same == []

    def test_references_in_texts_name_questions(self) -> None:
        for name in GENERATED:
            source = read_source(name)
            names = {row.name for module in source.modules for row in module.rows}
            named = {
                reference
                for text in own_texts(name)
                for reference in re.findall(r"\$\{(\w+)\}", text.english)
            }
            assert named <= names


class TestCommand:
    def test_it_counts_each_language(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["wording", "hvs", "--language", "sw"]) == 0
        found = completeness("hvs", "sw")
        line = capsys.readouterr().out.strip()
        assert line.split()[:5] == ["hvs", "sw", f"{found.total}", "of", f"{found.total}"]
        assert line.endswith("complete")

    def test_an_unknown_instrument_is_named(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["wording", "svh"]) == 2
        assert "svh" in capsys.readouterr().err

    def test_the_languages_of_a_form_can_be_chosen(self, tmp_path: Path) -> None:
        out = tmp_path / "hvs.csv"
        assert main(["build-instrument", "hvs", "--language", "sw", "-o", str(out)]) == 0
        assert set(re.findall(r"label::(.+?),", out.read_text(encoding="utf-8"))) == {
            "English (en)",
            "Kiswahili (sw)",
        }
