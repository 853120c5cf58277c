"""The policy file, and what is asked of it."""

import re
from importlib.resources import files

import pytest
from usga_assessment.domain.access.policy import Scope, load_policy, parse_policy
from usga_shared.auth.actors import ANONYMOUS, PLATFORM, Actor, ActorKind, Role
from usga_shared.wire.vocabulary import FieldClass

POLICY = load_policy()
HERE, THERE = "KE-TEST-2026", "MX-TEST-2026"


def actor(*roles: Role, code: str = HERE) -> Actor:
    return Actor(ActorKind.PERSON, "p", {code: frozenset(roles)})


class TestActions:
    @pytest.mark.parametrize("role", Role)
    @pytest.mark.parametrize("action", POLICY.actions)
    def test_every_pair_is_as_the_file_says(self, role: Role, action: str) -> None:
        text = files("usga_assessment.domain.access").joinpath("policy.toml").read_text()
        line = re.search(rf'^"{re.escape(action)}" = \[(.*)\]$', text, re.MULTILINE)
        assert line is not None
        listed = f'"{role.value}"' in line[1]
        assert POLICY.allows(actor(role), action, HERE) is listed
        assert POLICY.allows(actor(role), action, THERE) is False
        scope = POLICY.scope(actor(role), action)
        assert scope.codes == (frozenset({HERE}) if listed else frozenset())

    def test_the_public_may_do_nothing(self) -> None:
        assert not any(POLICY.allows(ANONYMOUS, action, HERE) for action in POLICY.actions)

    def test_an_admin_holds_everywhere(self) -> None:
        admin = actor(Role.ADMIN, code=PLATFORM)
        assert POLICY.scope(admin, "assessment.edit") == Scope(everywhere=True)
        assert POLICY.allows(admin, "assessment.edit", THERE)

    def test_only_a_tablet_pushes(self) -> None:
        for action in ("sync.push", "sync.pull", "sync.check"):
            assert POLICY.actions[action] == {Role.ENUMERATOR}

    def test_an_action_that_is_none_is_an_error(self) -> None:
        with pytest.raises(KeyError):
            POLICY.allows(actor(Role.ADMIN), "assessment.explode", HERE)


class TestCases:
    @pytest.mark.parametrize("role", Role)
    def test_a_role_that_reads_s3_answers_knows_no_case_P02(self, role: Role) -> None:
        assert POLICY.knows_cases(actor(role), HERE) is (role is not Role.STATISTICIAN)

    def test_nor_does_a_person_who_has_it_beside_another(self) -> None:
        both = actor(Role.SUPERVISOR, Role.STATISTICIAN)
        assert not POLICY.knows_cases(both, HERE)
        assert POLICY.knows_cases(both, THERE)


class TestHasAllOf:
    @pytest.mark.parametrize(
        ("maker", "role", "has"),
        [
            (Role.COORDINATOR, Role.PARTNER, True),
            (Role.COORDINATOR, Role.ANALYST, True),
            (Role.ADMIN, Role.ANALYST, True),
            (Role.COORDINATOR, Role.STATISTICIAN, False),  # reads S3 answers
            (Role.ADMIN, Role.SUPERVISOR, False),  # reads identifiers
            (Role.SUPERVISOR, Role.ENUMERATOR, False),  # pushes
            (Role.PARTNER, Role.ANALYST, False),
        ],
    )
    def test_neither_answers_nor_actions_are_added(
        self, maker: Role, role: Role, has: bool
    ) -> None:
        assert POLICY.has_all_of(actor(maker), role, HERE) is has
        assert not POLICY.has_all_of(actor(maker), role, THERE)


class TestReadableClasses:
    def test_enumerators_partners_and_the_public_read_nothing_T2(self) -> None:
        for role in (Role.ENUMERATOR, Role.PARTNER, Role.PUBLIC):
            assert POLICY.readable_classes(actor(role), HERE) == frozenset()

    def test_no_role_reads_identifiers_and_s3_answers_P02(self) -> None:
        for role in Role:
            classes = POLICY.readable_classes(actor(role), HERE)
            assert not {FieldClass.S3, FieldClass.IDENTIFIER} <= classes

    def test_analysts_read_what_is_open_only_P02(self) -> None:
        assert POLICY.readable_classes(actor(Role.ANALYST), HERE) == {FieldClass.OPEN}

    def test_a_role_reads_nothing_elsewhere(self) -> None:
        assert POLICY.readable_classes(actor(Role.SUPERVISOR), THERE) == frozenset()


class TestFile:
    def test_a_role_without_a_line_is_an_error(self) -> None:
        with pytest.raises(ValueError, match="policy without"):
            parse_policy("[readable]\n[actions]\n[operations]\n")

    def test_an_operation_of_an_unknown_action_is_an_error(self) -> None:
        roles = "\n".join(f"{role.value} = []" for role in Role)
        with pytest.raises(ValueError, match=r"nothing\.do"):
            parse_policy(
                f'[readable]\n{roles}\n[actions]\n[operations]\n"GET /v1/x" = "nothing.do"\n'
            )

    def test_parameters_are_known_by_place(self) -> None:
        assert POLICY.action_of("GET", "/v1/assessments/{anything}") == "assessment.read"
        assert POLICY.action_of("GET", "/v1/nothing") is None
