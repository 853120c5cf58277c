"""What a push says of files: those of another kind than asked for, and those still to come."""

from typing import Any

import pytest

from tests.support.attaching import File, Tus, door, photo, story, with_files
from tests.support.collecting import Collecting, interview

PDF = b"%PDF-1.7 synthetic"


def files_in(answer: Any) -> Any:
    return answer.response.json().get("files")


class TestKinds:
    @pytest.mark.parametrize(
        ("question", "type_"),
        [("door", "application/pdf"), ("door", "audio/ogg"), ("story", "image/jpeg"),
         ("story", "text/plain")],
    )  # fmt: skip
    async def test_a_file_of_another_kind_than_asked_for_is_quarantined_P95(
        self, here: Collecting, tus: Tus, question: str, type_: str
    ) -> None:
        sheet = File("x.bin", PDF, type_, question)
        one = with_files(sheet)
        answer = await here.push(one)
        assert (answer.state(one), answer.code(one)) == ("quarantined", "invalid-answers")
        (item,) = answer.response.json()["items"]
        (problem,) = item["problems"]
        assert (problem["pointer"], problem["code"]) == (
            f"/answers/{question}", "file-of-other-kind",
        )  # fmt: skip
        assert problem["message"] != problem["code"]
        if type_ == "application/pdf":  # what was collected is not lost by it
            await tus.upload(one.id, sheet)
            assert files_in(await here.push(one)) is None

    @pytest.mark.parametrize(
        ("question", "type_"),
        [("door", "image/png"), ("door", "application/octet-stream"), ("story", "video/3gpp"),
         ("story", "audio/mp4"), ("sheet", "application/pdf"), ("sheet", "image/jpeg")],
    )  # fmt: skip
    async def test_what_is_asked_for_is_stored_P95(
        self, here: Collecting, question: str, type_: str
    ) -> None:
        one = with_files(File("x.bin", PDF, type_, question))
        assert (await here.push(one)).state(one) == "stored"


class TestMissing:
    async def test_the_answer_says_what_is_still_to_come_P96(
        self, here: Collecting, tus: Tus
    ) -> None:
        both = with_files(door(), story(), seq=1)
        none, other = with_files(seq=2), with_files(door(photo(noise=2)), seq=3)
        answer = await here.push(both, none, other)
        missing = {f["submission"]: f["missing"] for f in files_in(answer)}
        assert missing == {str(both.id): 2, str(other.id): 1}
        await tus.upload(both.id, door())
        again = {f["submission"]: f["missing"] for f in files_in(await here.push(both, other))}
        assert again == {str(both.id): 1, str(other.id): 1}
        await tus.upload(both.id, story())
        assert files_in(await here.push(both)) is None

    @pytest.mark.parametrize(
        ("name", "type_", "code"),
        [("a\r\nX: y.jpg", "image/jpeg", "file-name-not-taken"),
         ("door.svg", "image/svg+xml", "file-type-not-taken"),
         ("door.jpg", "image/jpeg?", "file-type-not-taken")],
    )  # fmt: skip
    async def test_a_file_that_no_upload_may_be_is_told_at_once_P87_P96(
        self, here: Collecting, tus: Tus, name: str, type_: str, code: str
    ) -> None:
        odd, right = with_files(File(name, photo(), type_), seq=1), with_files(door(), seq=2)
        answer = await here.push(odd, right)
        assert answer.state(odd) == "stored"
        told, plain = files_in(answer)
        (refused,) = told["refused"]
        assert (told["submission"], told["missing"]) == (str(odd.id), 1)
        assert (refused["pointer"], refused["code"]) == ("/attachments/0", code)
        assert refused["message"] != code
        assert plain == {"submission": str(right.id), "missing": 1}, "as short as before"
        assert (await tus.announce(odd.id, File(name, photo(), type_))).status_code in {415, 422}
        shown = (await here.get(f"/v1/submissions/{odd.id}")).json()
        assert code in {warning["code"] for warning in shown["warnings"]}

    async def test_a_file_larger_than_any_may_be_is_told_at_once_P96(
        self, here: Collecting, tus: Tus
    ) -> None:
        most = here.app.state.settings.attachment_max_bytes
        for size, codes in ((most, []), (most + 1, ["file-too-large"])):
            listed = {**door().listed, "size": size}
            one = with_files(door()).replaced(attachments=[listed])
            (told,) = files_in(await here.push(one))
            assert [each["code"] for each in told.get("refused", [])] == codes
        assert told["missing"] == 1

    @pytest.mark.parametrize("type_", ["IMAGE/JPEG", "image/jpeg; q=1", "image/jpg", ""])
    async def test_capitals_and_parameters_of_a_type_mean_nothing_P87(
        self, here: Collecting, tus: Tus, type_: str
    ) -> None:
        file = File("door-1.jpg", photo(), type_)
        one = with_files(file)
        (told,) = files_in(await here.push(one))
        assert "refused" not in told
        await tus.upload(one.id, file)
        assert files_in(await here.push(one)) is None

    async def test_a_file_that_came_first_is_not_missing_P96(
        self, here: Collecting, tus: Tus
    ) -> None:
        one = with_files(door())
        await tus.upload(one.id, door())
        assert files_in(await here.push(one)) is None

    async def test_without_files_the_answer_is_as_short_as_before_P96(
        self, here: Collecting
    ) -> None:
        answer = await here.push(interview(1))
        assert answer.response.json().keys() == {"receipt", "items", "changes"}
