"""A repeat asked once more as a sealed group."""

import pytest
from usga_assessment.domain.catalogue.again import expand_again
from usga_assessment.domain.catalogue.source import SourceModule, SourceRow, read_modules

SOURCE = """
## H Events

| name | type | relevant | constraint | S | cls | text |
| --- | --- | --- | --- | --- | --- | --- |
| evp | again ev | GATE | | 3 | C | The last attack |
| .kind | phys | | | | | |
| ev | repeat | ${k}>0 | | 0 | C | Events |
| ev_type | calculate | | | 0 | C | Kind |
| .calculation | selected-at(${kinds}, position(..)-1) | | | | | |
| .list | crime | | | | | |
| ev_n | integer | | .>=1 or .=${ev_other} | 0 | C | How often (${ev_type}) since ${ref}? |
| .message | | | | | | Not ${ev_type}. |
| ev_rep | one yes_no | ${ev_n}>0 and ${ref}!='' | | 1 | M | Told? |
| .class | text | | | | | |
| | end | | | | | |
"""


def made(text: str = SOURCE) -> dict[str, SourceRow]:
    return {row.name: row for row in rows(text)}


def rows(text: str) -> list[SourceRow]:
    (module,) = expand_again(read_modules(text, home="trial"))
    return module.rows


def test_the_group_stands_in_the_place_of_the_row_and_the_repeat_stays() -> None:
    names = [row.name for row in rows(SOURCE)]
    assert names == [
        "evp",
        "evp_type",
        "evp_n",
        "evp_rep",
        "",
        "ev",
        "ev_type",
        "ev_n",
        "ev_rep",
        "",
    ]
    assert (made()["evp"].type, made()["evp"].relevant) == ("group", "GATE")
    assert made()["ev_rep"].more == {"class": "text"}


def test_every_item_is_s3_whatever_it_is_in_the_repeat() -> None:
    group = [row for row in rows(SOURCE) if row.name.startswith("evp")]
    assert {row.sensitivity for row in group} == {"3"}
    assert "class" not in made()["evp_rep"].more


def test_items_refer_to_each_other_and_to_the_rest_of_the_form() -> None:
    assert made()["evp_rep"].relevant == "${evp_n}>0 and ${ref}!=''"
    assert made()["evp_n"].constraint == ".>=1 or .=${ev_other}"  # no item of the repeat


def test_the_kind_is_told_not_looked_up() -> None:
    assert made()["evp_type"].more == {"calculation": "'phys'", "list": "crime"}
    assert "kind" not in made()["evp"].more


def test_words_keep_their_place_and_name_the_groups_own_in_every_language() -> None:
    label, message = made()["evp_n"].label, made()["evp_n"].texts["message"]
    assert label.place == "question:ev_n:label"
    assert label.filled(label.english) == "How often (${evp_type}) since ${ref}?"
    assert label.filled("Mara ngapi (${ev_type})?") == "Mara ngapi (${evp_type})?"
    assert message.filled(message.english) == "Not ${evp_type}."


END = "| | end | | | | | |"
NOTHING = "| x | again nothing | GATE | | 3 | C | X |"
FOREIGN_NAME = f"""| x | again odd | GATE | | 3 | C | X |
| odd | repeat | | | 0 | C | Odd |
| other | integer | | | 0 | C | Other |
{END}"""
BLOCKS_INSIDE = f"""| x | again nest | GATE | | 3 | C | X |
| nest | repeat | | | 0 | C | Nest |
| nest_g | group | | | 0 | C | Group |
{END}
{END}"""


@pytest.mark.parametrize(
    ("row", "error"),
    [(NOTHING, KeyError), (FOREIGN_NAME, ValueError), (BLOCKS_INSIDE, ValueError)],
    ids=["no such repeat", "an item of another name", "a block inside"],
)
def test_what_cannot_be_asked_again_is_said(row: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        rows(f"{SOURCE}{row}")


def test_a_module_without_such_a_row_is_as_it_was() -> None:
    plain: list[SourceModule] = read_modules(SOURCE.replace("again ev", "note"), home="trial")
    assert expand_again(plain) == plain
