"""What a check of a definition says is known in every language of the API."""

import ast
import re
import tomllib
from collections.abc import Iterator
from dataclasses import replace
from importlib.resources import files
from pathlib import Path

import pytest
from usga_indicators.domain.codebook import codebook_of
from usga_indicators.domain.definition import catalogue, lint
from usga_indicators.domain.definition.loader import InvalidDefinition, definition_of
from usga_indicators.domain.definition.model import Weight
from usga_indicators.messages import WeightsRefused
from usga_indicators.messages.findings import said_in
from usga_shared.i18n import LANGUAGES, Messages
from usga_shared.problems import ErrorItem

from tests.support.indicators import outline

SERVICE = Path(str(files("usga_indicators")))
SOURCES = (*SERVICE.glob("domain/definition/*.py"), SERVICE / "operations/check_definition.py")
OF_WEIGHTS = (
    *SERVICE.glob("domain/weighting/*.py"),
    SERVICE / "operations/make_weight_set.py",
    SERVICE / "operations/weight_desk.py",
)
ENTRIES = tomllib.loads((SERVICE / "messages" / "findings.toml").read_text("utf-8"))["finding"]
_NAMED = re.compile(r"\{\d\}")
#: Words of another finding, of a setting, or of a list of choices: nothing to translate.
_NOT_SAID = {"none", "total", "or"}


def texts(node: ast.expr) -> Iterator[str]:
    """The texts that an expression may give, with {0}, {1} for what they name."""
    match node:
        case ast.Constant(value=str(text)):
            yield text
        case ast.JoinedStr(values=parts):
            number = iter(range(9))
            yield "".join(
                str(p.value) if isinstance(p, ast.Constant) else f"{{{next(number)}}}"
                for p in parts
            )
        case ast.IfExp(body=body, orelse=orelse):
            yield from texts(body)
            yield from texts(orelse)


def said() -> set[str]:
    """Every text that the check of a definition may say."""
    found: set[str] = set()
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            match getattr(node.func, "id", ""):
                case "error" | "warning":
                    given = [node.args[1], *(k.value for k in node.keywords)]
                case "Unsupported":
                    given = node.args
                case _:
                    continue
            found |= {text for each in given for text in texts(each)}
    return {
        t for t in found if " " in t and t not in _NOT_SAID and not t.startswith("no variable")
    }


def said_of_weights() -> set[str]:
    """Every text that making weights may say."""
    found: set[str] = set()
    for path in OF_WEIGHTS:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            match node:
                case ast.Call(func=ast.Name(id="refused" | "WeightFinding"), args=args):
                    found |= {text for each in args[2:] for text in texts(each)}
                case ast.Assign(targets=[ast.Name(id="message")], value=value):
                    found |= set(texts(value))
    return {t for t in found if " " in t or "=" in t}


def test_every_text_of_weights_is_in_the_list() -> None:
    known = {entry["en"] for entry in ENTRIES}
    assert len(said_of_weights()) > 40
    assert said_of_weights() - known == set()


@pytest.mark.parametrize("language", [code for code in LANGUAGES if code != "en"])
def test_a_refusal_of_weights_speaks_the_callers_language(language: str) -> None:
    lost = "in replicate 7: no interview stands for the eligible cases of stratum = s09"
    outside = "3 interviews have no category of margin age (Y18T24, Y25T34)"
    english = [
        f"{lost} (join the class with another: fewer variables in `by`)",
        f"{outside} (add the categories to the margin, or say missing: keep)",
        "the population is empty",
    ]
    refusal = WeightsRefused(errors=[ErrorItem("/recipe", "x", each) for each in english])
    told = refusal.document(Messages({"en": {}}), language, "")["errors"]
    for before, error in zip(english, told, strict=True):
        after = error["message"]
        assert after != before
        assert not {"interview", "margin", "population", "categories"} & set(after.split())
        assert all(name in after for name in re.findall(r"s09|Y18T24, Y25T34|age \(", before))
    assert refusal.document(Messages({"en": {}}), "en", "")["errors"][0]["message"] == english[0]


def test_every_text_of_the_code_is_in_the_list() -> None:
    known = {entry["en"] for entry in ENTRIES}
    assert len(said()) > 40
    assert said() - known == set()


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda e: e["en"][:40])
def test_every_text_is_told_in_every_language_with_the_same_names(entry: dict[str, str]) -> None:
    assert set(entry) == set(LANGUAGES)
    names = sorted(_NAMED.findall(entry["en"]))
    for language in LANGUAGES:
        assert sorted(_NAMED.findall(entry[language])) == names, language
        assert language == "en" or entry[language] != entry["en"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_how_a_code_and_a_version_are_written_is_said(language: str) -> None:
    with pytest.raises(InvalidDefinition) as refusal:
        definition_of({"code": "per-1", "version": "1"})
    said = {f.code: said_in(language, f.message) or "" for f in refusal.value.findings}
    assert "PER-01a" in said["code"]
    assert "1.0.0" in said["version"]


def test_names_are_kept_and_the_closest_text_is_taken() -> None:
    text = "the instrument has no variable safe_nigth"
    assert said_in("es", text) == "el formulario no tiene la variable safe_nigth"
    assert said_in("ru", "PER-01 is a shipped indicator, the same in every city") == (
        "PER-01 поставляется с платформой и одинаков во всех городах"
    )
    assert said_in("sw", "safe_night has no choice sfae") == "safe_night haina chaguo sfae"
    assert said_in("en", text) == text
    assert said_in("es", "a text that nobody wrote") == "a text that nobody wrote"
    assert said_in("es", None) is None


@pytest.mark.parametrize("language", [code for code in LANGUAGES if code != "en"])
def test_a_whole_check_speaks_one_language(language: str) -> None:
    by_code = {d.code: d for d in catalogue()}
    wrong = replace(
        by_code["VIC-03"], weight=Weight.HOUSEHOLD, numerator="${pv_rob_12m} + ${nope} = 'yes'"
    )
    findings = lint(wrong, codebook_of([outline()]))
    assert findings
    for each in findings:
        for text in (each.finding.message, each.finding.hint):
            if text is not None:
                assert said_in(language, text) != text, text
