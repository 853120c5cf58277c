"""Where a pushed interview stands among those already held (protocol P-10 to P-16).

A `Ledger` holds what is known of the ids that a batch touches and places arrivals one by one; it
reads no clock and no storage. The kept set, the chain and the contents do not depend on the order
of arrival; only which of two rivals stands does: the one that was received first.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from enum import StrEnum
from uuid import UUID

from usga_shared.wire.vocabulary import SubmissionState

from usga_assessment.domain.record import record

REVISION_CYCLE = "revision-cycle"
"""It revises itself or what came of it (P-19)."""
FOREIGN_INSTALL = "foreign-install"
"""Its install is that of another device (P-23)."""
SECOND_INTERVIEW = "second-interview"
"""The case of the sample has an interview with this form: both would carry its weight (P-73)."""
_DECIDED = frozenset({SubmissionState.APPROVED, SubmissionState.REJECTED})


class Verdict(StrEnum):
    """What a push is to what is held."""

    STORED = "stored"
    DUPLICATE = "duplicate"
    CONFLICT = "conflict"
    BRANCHED = "branched"
    WITHDRAWN = "withdrawn"


@dataclass(slots=True, eq=False)
class Revision:
    """One held content of one id. `version` 0 stands, others came later under the same id."""

    pk: UUID
    id: UUID
    digest: bytes
    root: UUID
    revises: UUID | None
    state: SubmissionState
    is_head: bool
    install: UUID | None = None
    version: int = 0
    code: str | None = None
    former: tuple[UUID, ...] = ()
    """Roots under which this interview was announced before its first revision arrived."""
    is_new: bool = False
    changed: bool = False

    @property
    def is_withdrawn(self) -> bool:
        return self.state is SubmissionState.WITHDRAWN


@record
class Arrival:
    """What is pushed: `code` is the rule that quarantines it, `withdrawn` that its code was used.

    One that is `foreign` names an install that its device is not: it never stands.
    """

    pk: UUID
    id: UUID
    digest: bytes
    revises: UUID | None
    code: str | None = None
    withdrawn: bool = False
    install: UUID | None = None
    foreign: bool = False


@record
class Placement:
    """The verdict; `revision` is the row that now holds this content."""

    verdict: Verdict
    revision: Revision
    head: UUID | None = None


def judge(
    stored: Revision | None,
    *,
    digest: bytes,
    install: UUID | None = None,
    parent: Revision | None,
    rival: Revision | None,
    withdrawn: bool,
) -> Verdict:
    """Decide a push without reading clocks or storage.

    `stored` stands under the same id, `parent` is the revision that the push edits, `rival` the
    head that came before it when the parent itself is not here yet. An edit of what a supervisor
    has decided, or from another install, never stands by itself: a person must see it.
    """
    if stored is not None:
        if stored.is_withdrawn:
            return Verdict.WITHDRAWN
        return Verdict.DUPLICATE if stored.digest == digest else Verdict.CONFLICT
    if withdrawn or (parent is not None and parent.is_withdrawn):
        return Verdict.WITHDRAWN
    if parent is None:
        return Verdict.STORED if rival is None else Verdict.BRANCHED
    continues = parent.is_head and parent.state not in _DECIDED and parent.install == install
    return Verdict.STORED if continues else Verdict.BRANCHED


@dataclass(slots=True)
class Ledger:
    """Everything held of the ids, roots and parents of a batch, and what the batch does to it."""

    standing: dict[UUID, Revision] = field(default_factory=dict)
    contents: dict[tuple[UUID, bytes], Revision] = field(default_factory=dict)
    families: dict[UUID, list[Revision]] = field(default_factory=dict)
    versions: dict[UUID, int] = field(default_factory=dict)
    """The highest version of each id that has others than 0."""

    def learn(self, held: Iterable[Revision]) -> None:
        """Take in what storage holds."""
        for revision in held:
            self._add(revision)

    def place(self, arrival: Arrival) -> Placement:
        """Place one arrival; changes are noted on the revisions for storage to write."""
        if self._is_plain(arrival):
            state = SubmissionState.STORED if arrival.code is None else SubmissionState.QUARANTINED
            return Placement(Verdict.STORED, self._new(arrival, arrival.id, state, is_head=True))
        stored = self.standing.get(arrival.id)
        if stored is None and self._turns_in_a_circle(arrival):
            arrival = replace(arrival, code=REVISION_CYCLE)
            parent = revised = None
        else:
            revised = arrival.revises
            parent = self.standing.get(revised) if revised else None
        # Edits that came before what they edit wait under its id as their root.
        waiting = self.families.get(arrival.id, []) if stored is None else []
        root = parent.root if parent else revised or arrival.id
        family = self.families.get(root, [])
        lost = arrival.withdrawn or any(r.is_withdrawn for r in (*waiting, *family))
        rival = _head(family) if revised else None
        verdict = judge(
            stored, digest=arrival.digest, install=arrival.install, parent=parent, rival=rival,
            withdrawn=lost,
        )  # fmt: skip
        match verdict:
            case Verdict.DUPLICATE | Verdict.CONFLICT:
                assert stored is not None
                return self._again(arrival, stored, verdict)
            case Verdict.WITHDRAWN:
                return self._withdrawn(arrival, stored, root, waiting)
            case _ if arrival.foreign:
                return self._beside(arrival, root)
            case _:
                return self._append(arrival, verdict, parent, root, waiting)

    def _is_plain(self, arrival: Arrival) -> bool:
        """Whether nothing held concerns it: the first revision that most interviews are."""
        return not (
            arrival.revises is not None
            or arrival.withdrawn
            or arrival.foreign
            or arrival.id in self.families
            or arrival.id in self.standing
        )

    def _turns_in_a_circle(self, arrival: Arrival) -> bool:
        """Whether it edits itself, or something that waits for it as for its original."""
        if arrival.revises is None:
            return False
        parent = self.standing.get(arrival.revises)
        return arrival.revises == arrival.id or (parent is not None and parent.root == arrival.id)

    def changed(self) -> list[Revision]:
        """Held revisions that the batch changed (new ones are not among them)."""
        return [r for r in self.contents.values() if r.changed and not r.is_new]

    def _again(self, arrival: Arrival, stored: Revision, verdict: Verdict) -> Placement:
        held = self.contents.get((arrival.id, arrival.digest))
        if held is None:
            version = self.versions.get(arrival.id, 0) + 1
            held = self._new(
                arrival, stored.root, SubmissionState.CONFLICT, is_head=False, version=version
            )
        return Placement(verdict, held, stored.id if verdict is Verdict.CONFLICT else None)

    def _beside(self, arrival: Arrival, root: UUID) -> Placement:
        """Keep what another device sent in an install's name; id and number stay free."""
        held = self.contents.get((arrival.id, arrival.digest))
        if held is not None:
            return Placement(Verdict.DUPLICATE, held)
        made = self._new(
            replace(arrival, code=FOREIGN_INSTALL), root, SubmissionState.QUARANTINED,
            is_head=False, version=self.versions.get(arrival.id, 0) + 1,
        )  # fmt: skip
        return Placement(Verdict.STORED, made)

    def _withdrawn(
        self, arrival: Arrival, stored: Revision | None, root: UUID, waiting: list[Revision]
    ) -> Placement:
        if stored is not None:
            return Placement(Verdict.WITHDRAWN, stored)
        has_head = root != arrival.id and _head(self.families.get(root, [])) is not None
        for child in list(waiting):
            self._join(child, root)
            _set(child, state=SubmissionState.WITHDRAWN, is_head=False if has_head else None)
        alone = not self.families.get(root)
        made = self._new(arrival, root, SubmissionState.WITHDRAWN, is_head=alone)
        self._announce(root)
        return Placement(Verdict.WITHDRAWN, made)

    def _append(
        self,
        arrival: Arrival,
        verdict: Verdict,
        parent: Revision | None,
        root: UUID,
        waiting: list[Revision],
    ) -> Placement:
        later = _head(waiting)
        stands = verdict is Verdict.STORED
        if later is not None and not (stands and _may_follow(later, arrival)):
            # A decision that was made of it does not hide it: whoever decided looks again.
            stood = later.state in {SubmissionState.STORED, SubmissionState.APPROVED}
            _set(later, is_head=False, state=SubmissionState.BRANCHED if stood else None)
            later = None
        if parent is not None and stands:
            _set(parent, is_head=False)
        elif parent is not None and parent.state is SubmissionState.RETURNED:
            _set(parent)  # its tablet hears that what it was asked for has come
        for child in list(waiting):
            self._join(child, root)
        state = SubmissionState.STORED if stands else SubmissionState.BRANCHED
        if arrival.code is not None:
            state = SubmissionState.QUARANTINED
        made = self._new(arrival, root, state, is_head=stands and later is None)
        standing = self._announce(root)
        return Placement(verdict, made, standing.id if standing and not stands else None)

    def _announce(self, root: UUID) -> Revision | None:
        """The head of an interview, which now tells every root under which it was announced."""
        head = _head(self.families[root])
        former = {was for revision in self.families[root] for was in revision.former}
        if head is not None and not former <= {*head.former}:
            head.former, head.changed = tuple(sorted({*head.former, *former})), True
        return head

    def _new(
        self,
        arrival: Arrival,
        root: UUID,
        state: SubmissionState,
        *,
        is_head: bool,
        version: int = 0,
    ) -> Revision:
        made = Revision(
            arrival.pk, arrival.id, arrival.digest, root, arrival.revises, state, is_head,
            arrival.install, version, arrival.code, is_new=True,
        )  # fmt: skip
        self._add(made)
        return made

    def _add(self, revision: Revision) -> None:
        key = revision.id, revision.digest
        if revision.version != 0:
            self.versions[revision.id] = max(revision.version, self.versions.get(revision.id, 0))
            self.contents.setdefault(key, revision)
            return
        self.contents[key] = self.standing[revision.id] = revision
        self.families.setdefault(revision.root, []).append(revision)

    def _join(self, child: Revision, root: UUID) -> None:
        if child.root == root:
            return
        self.families[child.root].remove(child)
        child.former = (*child.former, child.root)
        child.root, child.changed = root, True
        self.families.setdefault(root, []).append(child)


def _may_follow(later: Revision, original: Arrival) -> bool:
    """Whether an edit that came first stands over its original: not one of another install."""
    return later.install == original.install or later.state in _DECIDED


def _head(family: list[Revision]) -> Revision | None:
    return next((r for r in family if r.is_head), None)


def _set(
    revision: Revision, *, is_head: bool | None = None, state: SubmissionState | None = None
) -> None:
    if is_head is not None:
        revision.is_head = is_head
    if state is not None:
        revision.state = state
    revision.changed = True
