"""Refusals of the indicators service; their words are in `problems.<language>.toml`."""

from typing import Any

from usga_shared.i18n import Messages
from usga_shared.problems import Problem

from usga_indicators.messages.findings import said_with_hint


class DesignRefused(Problem):
    """The sample cannot carry an honest variance; `code` says what is wrong with it."""

    slug = "design-refused"
    title = "The sample design cannot be estimated from"
    status = 409


class NothingToEstimate(Problem):
    """No interview with weights answers any definition yet."""

    slug = "nothing-to-estimate"
    title = "There is nothing to estimate yet"
    status = 409


class ReleaseImmutable(Problem):
    """The release is not in a state from which it can move there; `state` says where it is."""

    slug = "release-immutable"
    title = "The release cannot move to that state"
    status = 409


class OrderKeyReused(Problem):
    """The Idempotency-Key was used before for another release."""

    slug = "release-order-key-reused"
    title = "The Idempotency-Key stands for another release"
    status = 409


class NotValidated(Problem):
    """Residents have not validated the results yet; `assessment_state` says where it stands."""

    slug = "not-validated"
    title = "The results are not validated yet"
    status = 409


class OtherReleaseValidated(Problem):
    """Residents validated the release `validated`, not this one (rule Q-05)."""

    slug = "other-release-validated"
    title = "Another release was validated"
    status = 409


class ReleaseTooClose(Problem):
    """It differs from the published `release` by fewer than `least` interviews (rule D-04)."""

    slug = "release-too-close"
    title = "The release differs too little from a published one"
    status = 409


class HiddenCellsOpen(Problem):
    """With the published `releases` readers could work out `cells` hidden cells (rule D-03)."""

    slug = "hidden-cells-open"
    title = "Hidden cells could be worked out"
    status = 409


class NotRecomputable(Problem):
    """The microdata behind the release are gone; `because` says why."""

    slug = "not-recomputable"
    title = "The release can no longer be recomputed"
    status = 409


class DefinitionInvalid(Problem):
    """The definition does not fit the forms of the assessment; `errors` say where and why."""

    slug = "definition-invalid"
    title = "The definition cannot be computed"
    status = 409


class DefinitionExists(Problem):
    """That `version` of `code` is stored with other content; versions never change."""

    slug = "definition-exists"
    title = "That version of the definition is there already"
    status = 409


class WeightsRefused(Problem):
    """The weights cannot be made so; `errors` say where in the request and why."""

    slug = "weights-refused"
    title = "The weights cannot be made"
    status = 409

    def document(self, messages: Messages, language: str, instance: str) -> dict[str, Any]:
        """With its findings in the caller's language, too."""
        body = super().document(messages, language, instance)
        for error in body.get("errors", ()):
            error["message"] = said_with_hint(language, error["message"])
        return body


class MarginExists(Problem):
    """A margin of that `name` is stored with other content; margins never change."""

    slug = "margin-exists"
    title = "A margin of that name is there already"
    status = 409


class UnknownWeightSet(Problem):
    """The assessment has no weight set `weight_set`."""

    slug = "unknown-weight-set"
    title = "There is no such weight set"
    status = 409


class ReleaseUnderEmbargo(Problem):
    """The release is not published before `until`."""

    slug = "release-under-embargo"
    title = "The release is under embargo"
    status = 409


class NotCorrectable(Problem):
    """Only what was published of the same assessment is corrected; `release` is none of it."""

    slug = "not-correctable"
    title = "That release cannot be corrected"
    status = 409


class AlreadyCorrected(Problem):
    """A release is corrected once: the next correction corrects `newest`.

    Of two drafts that correct the same release the one that is published first stands.
    """

    slug = "already-corrected"
    title = "That release is corrected already"
    status = 409

    @classmethod
    def by_another(cls, newest: str) -> "AlreadyCorrected":
        """The refusal to publish a second correction of the same release."""
        refusal = cls(newest=newest)
        refusal.detail_key = "publishing"
        return refusal


class NotAReplacement(Problem):
    """What is named instead of a retracted release is no other published one; it is `release`."""

    slug = "not-a-replacement"
    title = "The release cannot stand for the retracted one"
    status = 409


class NotShareable(Problem):
    """Only a frozen release is shown to a partner before it is published; it is `state`."""

    slug = "not-shareable"
    title = "That release cannot be shared"
    status = 409
