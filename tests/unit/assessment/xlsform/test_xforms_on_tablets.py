"""A ready XForm that ODK Validate refuses is refused here, at the line and with a way out."""

import pytest
from usga_assessment.domain.xlsform.wording import in_language

from .support import compiled, one
from .test_xforms import made

ASKED = '<input ref="/walk/a"><label>A</label></input>'
LIST = '<instance id="l"><root><item><name>x</name><label>X</label></item></root></instance>'
COUNTED = (
    '<group ref="/walk/r"><label>R</label><repeat nodeset="/walk/r" jr:count="/walk/n + 1">'
    '<input ref="/walk/r/a"><label>A</label></input></repeat></group>'
)
TEXT = '<text id="t"><value>A</value></text>'


def select(itemset: str) -> str:
    return f'<select1 ref="/walk/a"><label>A</label>{itemset}</select1>'


def itemset(value: str = '<value ref="name"/>', label: str = '<label ref="label"/>') -> str:
    return select(f"<itemset nodeset=\"instance('l')/root/item\">{value}{label}</itemset>")


def itext(*translations: str) -> dict[str, str]:
    return {"rest": f"<itext>{''.join(translations)}</itext>"}


REFUSED: list[tuple[str, tuple[str, str, str], dict[str, str]]] = [
    ("xform-no-target", ("<a/>", '<bind ref="/walk/a"/>', ASKED), {}),
    ("xform-no-target", ("<a/>", "", "<input><label>A</label></input>"), {}),
    ("xform-no-target", ("<a/>", '<setvalue event="odk-instance-load" value="1"/>', ASKED), {}),
    ("xform-event", ("<a/>", '<setvalue ref="/walk/a" event="load" value="1"/>', ASKED), {}),
    ("xform-unknown-control", ("<a/>", "", '<textarea ref="/walk/a"/>'), {}),
    ("xform-unknown-node", ("<a/>", "", f'<group ref="/walk/g">{ASKED}</group>'), {}),
    ("xform-count", ("<n/><r><a/></r>", "", COUNTED), {}),
    ("choice-without-label", ("<a/>", "", select("<item><value>x</value></item>")), {}),
    ("xform-itemset", ("<a/>", LIST, itemset(value="")), {}),
    ("xform-itemset", ("<a/>", LIST, itemset(label="")), {}),
    ("xform-itemset", ("<a/>", LIST, itemset(label='<label ref="words"/>')), {}),
    ("xform-itext-language", ("<a/>", "", ASKED), itext(f"<translation>{TEXT}</translation>")),
    ("xform-itext-twice", ("<a/>", "", ASKED),
     itext(f'<translation lang="en">{TEXT}{TEXT}</translation>')),
    ("xform-itext-twice", ("<a/>", "", ASKED), itext(f'<translation lang="en">{TEXT}</translation>' * 2)),
    ("xform-itext-default",
     ("<a/>", "", "<input ref=\"/walk/a\"><label ref=\"jr:itext('t')\"/></input>"),
     itext(f'<translation lang="en">{TEXT}</translation>',
           '<translation lang="fr" default="true()"/>')),
    ("expression-syntax", ("<a/>", '<bind nodeset="/walk/a" readonly="f("/>', ASKED), {}),
    ("xform-unknown-node", ("<a/>", '<bind nodeset="/walk/z" required="true()"/>', ASKED), {}),
]  # fmt: skip


@pytest.mark.parametrize(("code", "parts", "more"), REFUSED)
def test_it_is_refused_at_the_line(
    code: str, parts: tuple[str, str, str], more: dict[str, str]
) -> None:
    form = made(*parts, **more)
    said = one(form, code)
    assert (form.document, said.severity) == (None, "error")
    assert said.cell == "xform!1"
    assert said.hint
    assert in_language(said, "ru").message != said.message


def test_what_tablets_take_is_taken() -> None:
    for parts in (
        ("<a/>", LIST, itemset()),
        ("<a/>", '<bind nodeset="/walk/a/@unit" type="string"/>', ASKED),
        ("<a/>", '<setvalue ref="/walk/a" event="odk-instance-first-load" value="1"/>', ASKED),
    ):
        form = made(*parts)
        assert form.document is not None, form.findings
    leftover = made("<a/>", '<bind nodeset="/walk/z" type="string"/>', ASKED)
    assert one(leftover, "xform-unknown-node").severity == "warning"
    assert leftover.document is not None


def test_an_unreadable_read_only_is_told_at_its_cell_of_a_sheet_too() -> None:
    form = compiled("| type | name | label | read_only |\n| text | a | A | ${a} == 1 |")
    said = one(form, "expression-syntax")
    assert (said.cell, said.hint) == ("survey!D2", "Write '=' instead of '=='.")
