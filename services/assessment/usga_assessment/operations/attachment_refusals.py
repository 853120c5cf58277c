"""What can be refused about a file of an interview."""

from typing import ClassVar

from usga_shared.problems import Problem


class TusVersion(Problem):
    """The client speaks another version of the upload protocol; `supported` is ours."""

    slug: ClassVar[str] = "tus-version"
    title: ClassVar[str] = "This version of the upload protocol is not spoken here"
    status: ClassVar[int] = 412


class UploadOffset(Problem):
    """The bytes do not go on where the upload stands; `offset` says where that is."""

    slug: ClassVar[str] = "upload-offset"
    title: ClassVar[str] = "The upload stands elsewhere"
    status: ClassVar[int] = 409

    @classmethod
    def at(cls, offset: int) -> "UploadOffset":
        """It stands at this offset; what still comes of the request is of no use."""
        headers = {"Upload-Offset": str(offset), "Connection": "close"}
        return cls(offset=offset, headers=headers)


class UploadBusy(Problem):
    """Another request works on this upload; come back."""

    slug: ClassVar[str] = "upload-busy"
    title: ClassVar[str] = "Another request works on this upload"
    status: ClassVar[int] = 423
    retry_after: ClassVar[int | None] = 1


class UploadGone(Problem):
    """The upload ended without being kept; `fate` says why."""

    slug: ClassVar[str] = "upload-gone"
    title: ClassVar[str] = "This upload is over"
    status: ClassVar[int] = 410


class ChecksumDiffers(Problem):
    """The bytes of this request are not what its checksum says; none of them counts."""

    slug: ClassVar[str] = "checksum-mismatch"
    title: ClassVar[str] = "The bytes do not have the checksum that was announced"
    status: ClassVar[int] = 460


class AttachmentTooLarge(Problem):
    """The file is larger than one may be here; `limit` is in bytes."""

    slug: ClassVar[str] = "attachment-too-large"
    title: ClassVar[str] = "The file is too large"
    status: ClassVar[int] = 413


class AttachmentQuota(Problem):
    """The tablet, the hub or the assessment has used what it may; `scope` says which."""

    slug: ClassVar[str] = "attachment-quota"
    title: ClassVar[str] = "There is no more room for files of this sender"
    status: ClassVar[int] = 507
    retry_after: ClassVar[int | None] = 3600


class StorageFull(Problem):
    """The server's store of files is full; what counted before still does."""

    slug: ClassVar[str] = "storage-full"
    title: ClassVar[str] = "The store of files is full"
    status: ClassVar[int] = 507
    retry_after: ClassVar[int | None] = 300


class AttachmentUnexpected(Problem):
    """The interview names no such file: it was not asked for, or it was lawfully dropped."""

    slug: ClassVar[str] = "attachment-unexpected"
    title: ClassVar[str] = "The interview names no such file"
    status: ClassVar[int] = 409


class AttachmentDiffers(Problem):
    """Another content was announced, listed or kept under this name."""

    slug: ClassVar[str] = "attachment-differs"
    title: ClassVar[str] = "The file is not the one that was announced"
    status: ClassVar[int] = 409


class AttachmentUnreadable(Problem):
    """The file is not what its type says, or cannot be read as that."""

    slug: ClassVar[str] = "attachment-unreadable"
    title: ClassVar[str] = "The file is not what its type says"
    status: ClassVar[int] = 415


class InterviewWithdrawn(Problem):
    """The person withdrew: nothing of the interview is taken any more. Delete the file."""

    slug: ClassVar[str] = "interview-withdrawn"
    title: ClassVar[str] = "The interview was withdrawn"
    status: ClassVar[int] = 410
