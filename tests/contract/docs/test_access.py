"""docs/access.md says what the policy file says, for every role (S-13)."""

from usga_shared.auth.actors import Role

from tools.docs import access


def test_the_document_is_current() -> None:
    assert access.TARGET.read_text() == access.text(), "run `make docs`"


def test_every_role_is_explained() -> None:
    assert set(access.ROLES) == set(Role)
    text = access.TARGET.read_text()
    assert [
        role for role in Role if f"| `{role.value}` | {access.ROLES[role]} |" not in text
    ] == []


def test_every_action_of_an_operation_is_in_the_table() -> None:
    rules = access.policy()
    used = set(rules["operations"].values()) - {"open"}
    assert used - set(rules["actions"]) == set()


def test_nobody_reads_identifiers_and_s3_answers() -> None:
    readable = access.policy()["readable"]
    assert [role for role, may in readable.items() if {"identifier", "s3"} <= set(may)] == []
