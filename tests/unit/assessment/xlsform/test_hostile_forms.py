"""Forms made to break the compiler end in findings, quickly and without much memory."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from usga_assessment.domain.xlsform import limits
from usga_assessment.domain.xlsform.compiler import compile_form

from tests.unit.assessment.xlsform.support import codes, compiled

HEAD = "survey\n,type,name,label,relevant,calculation\n"
TAIL = "settings\n,form_id,version\n,f,1\n"


def rows(text: str, choices: str = "") -> bytes:
    return (
        HEAD + text + (f"choices\n,list_name,name,label\n{choices}" if choices else "") + TAIL
    ).encode()


NESTED = ",begin_group,g{0},A,,\n"
FORMS = {
    "deep expression": (rows(f',text,a,A,"{"not(" * 6000}1{")" * 6000}",\n'), True),
    "long expression": (rows(f',text,a,A,"{"+".join("1" * 16000)}",\n'), True),
    "many minuses": (rows(f',text,a,A,"{"-" * 32000}1",\n'), True),
    "many predicates": (rows(f',text,a,A,"a{"[1" * 5000}{"]" * 5000}",\n'), True),
    "a circle": (
        rows("".join(f',calculate,q{i},A,,"${{q{(i + 1) % 400}}}+1"\n' for i in range(400))),
        True,
    ),
    "deep groups": (
        rows(
            "".join(map(NESTED.format, range(3000))) + ",text,a,A,,\n" + ",end_group,,,,\n" * 3000
        ),
        True,
    ),
    "misspelt types": (rows("".join(f",integr{i},q{i},A,,\n" for i in range(4000))), True),
    "misspelt names": (
        rows("".join(f",text,question_{i},A,${{questionn_{i}}}=1,\n" for i in range(4000))),
        True,
    ),
    "a long list": (
        rows(",select_one l,a,A,,\n", "".join(f",l,c{i},x\n" for i in range(6000))),
        False,
    ),
}


@pytest.mark.parametrize("name", FORMS)
def test_it_ends_in_findings_within_five_seconds(name: str) -> None:
    data, refused = FORMS[name]
    before = time.process_time()
    form = compile_form(data)
    assert time.process_time() - before < 5
    assert form.refused is refused


def test_hundreds_of_languages_are_not_read() -> None:
    header = ",".join(f"label::l{i}" for i in range(limits.MAX_LANGUAGES + 1))
    form = compile_form(f"survey\n,type,name,{header}\n,text,a,x\n".encode())
    assert (form.readable, form.findings[0].code) == (False, "too-many-languages")


def test_a_control_character_is_named_with_its_cell() -> None:
    assert (
        codes(compiled("| type | name | label |\n| text | a | bell\x07 |"))["control-character"]
        == "survey!C2"
    )


TYPES = ["text", "integer", "select_one yn", "select_multiple yn", "rank yn", "begin group", "end group",
         "begin_repeat", "end_repeat", "calculate", "note", "audit", "range", "geopoint", "hidden",
         "select_one_from_file a.csv", "select_one ${a}", "csv-external", "begin loop over yn", "osm x", "begin", ""]  # fmt: skip
NAMES = ["a", "b", "r", "yn", "meta", "data", "1x", "a b", "", "A", "instanceID", "é"]
CELLS = ["", "", "", "${a}", "${b}>1", ".", "selected(., 'x')", "count(${r})", "1 +", "(((", "'", "${", "}", "pulldata(",
         "position(..)", "indexed-repeat(${a}, ${r}, 1)", "yes", "no", "/data/a", "if(${a}, ${a}", "a=b", "3", "s3", "en"]  # fmt: skip
COLUMNS = ["label", "label::en", "label::French (fr)", "hint", "relevant", "constraint", "calculation", "required",
           "choice_filter", "repeat_count", "default", "parameters", "appearance", "trigger", "disabled", "bind",
           "bind::usga:sensitivity", "bind::usga:field_class", "bind::jr:constraintMsg", "media::image", "save_to", "::"]  # fmt: skip


@st.composite
def any_form(draw: st.DrawFn) -> bytes:
    columns = ["type", "name", *draw(st.lists(st.sampled_from(COLUMNS), max_size=6, unique=True))]
    cells = [
        st.sampled_from(TYPES),
        st.sampled_from(NAMES),
        *[st.sampled_from(CELLS)] * (len(columns) - 2),
    ]
    table = draw(st.lists(st.tuples(*cells), max_size=8))
    lines = ["| survey |", "| | " + " | ".join(columns) + " |"]
    lines += ["| | " + " | ".join(row) + " |" for row in table]
    lines += [
        "| choices |",
        "| | list_name | name | label |",
        "| | yn | yes | Yes |",
        "| | yn | no | No |",
    ]
    return "\n".join(lines).encode()


@settings(max_examples=150, deadline=None)
@given(any_form())
def test_no_form_of_an_author_raises(data: bytes) -> None:
    form = compile_form(data)
    assert form.refused == any(finding.severity == "error" for finding in form.findings)


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=300))
def test_no_bytes_raise(data: bytes) -> None:
    for prefix in (b"", b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"| survey |\n"):
        assert compile_form(prefix + data).findings
