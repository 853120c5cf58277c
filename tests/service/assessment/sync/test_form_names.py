"""Whatever form_id and version an author wrote, interviews of the form are stored."""

from usga_assessment.domain.xlsform.compiler import compile_form

from tests.support.collecting import Collecting, add_form, interview

WRITTEN = [
    ("my form", "1"), ("a b c!/../x", "1"), ("ok1", "v 1.0"), ("ok2", "2024/05"),
    ("ok3", "../x"), ("Größe", "1"), ("ok4", "версия"), ("x" * 200, "1"), ("ok5", "1" * 120),
    ("Walks-2", "2024.05 (draft)"), ("ok6", "1'<>"),
]  # fmt: skip


async def test_every_accepted_form_takes_interviews(here: Collecting) -> None:
    batch = []
    for seq, (form_id, version) in enumerate(WRITTEN, start=1):
        data = (
            f"settings\n,form_title,form_id,version\n,T,{form_id},{version}\n"
            "survey\n,type,name,label\n,integer,a,A\n"
        ).encode()
        async with here.database.write() as session:
            await add_form(session, data)
        document = compile_form(data).document
        assert document is not None
        named = {"instrument": document["name"], "version": document["version"]}
        batch.append(interview(seq).replaced(**named, answers={"a": 1}, language="und"))
    answer = await here.push(*batch)
    assert [answer.state(each) for each in batch] == ["stored"] * len(WRITTEN)
