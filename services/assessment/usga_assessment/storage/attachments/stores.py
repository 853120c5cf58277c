"""Which store of kept files the settings name."""

from usga_shared.clock import Clock

from usga_assessment.settings import Settings
from usga_assessment.storage.attachments.objects import FolderObjects, Objects
from usga_assessment.storage.attachments.s3 import S3Objects, Signer


def objects_of(settings: Settings, clock: Clock) -> Objects:
    """A folder, or an S3-compatible store when its endpoint is set."""
    if not settings.attachment_s3_url:
        return FolderObjects(settings.data_dir / "attachments" / "kept")
    signer = Signer(
        settings.attachment_s3_region,
        settings.attachment_s3_access_key,
        settings.attachment_s3_secret_key.get_secret_value(),
    )
    return S3Objects(settings.attachment_s3_url, settings.attachment_s3_bucket, signer, clock)
