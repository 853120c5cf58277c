"""Give out a kept file to whoever may read its class; the audit log knows before they do."""

from collections.abc import AsyncIterator
from typing import Protocol

from usga_shared.problems import Unavailable

from usga_assessment.domain.attachments.attachment import Attachment, sealed_class
from usga_assessment.domain.attachments.keys import FileKeys
from usga_assessment.domain.attachments.stream import StreamOpener
from usga_assessment.domain.sealing.box import Unreadable
from usga_assessment.operations.finish_attachment import object_name
from usga_assessment.operations.revalidate_submission import AnswersUnreadable
from usga_assessment.storage.attachments.objects import StoreRefused


class Objects(Protocol):
    """Where files are kept."""

    def get(self, name: str) -> AsyncIterator[bytes]: ...


async def open_attachment(
    attachment: Attachment, objects: Objects, keys: FileKeys
) -> AsyncIterator[bytes]:
    """The plain bytes, chunk by chunk, each verified before it is given out.

    The first chunk is read at once: AnswersUnreadable is raised before anything was answered.
    """
    assert attachment.wrapped_key is not None
    assert attachment.field_class is not None
    try:
        key = keys.kept(
            attachment.id, attachment.wrapped_key, sealed_class(attachment.field_class)
        )
        plain = _opened(objects.get(object_name(attachment)), key)
        first = await anext(plain)
    except (Unreadable, FileNotFoundError, StopAsyncIteration):
        raise AnswersUnreadable from None
    except StoreRefused:
        raise Unavailable from None
    return _after(first, plain)


async def _after(first: bytes, plain: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    async for chunk in plain:
        yield chunk


async def _opened(sealed: AsyncIterator[bytes], key: bytes) -> AsyncIterator[bytes]:
    opener = StreamOpener(key)
    async for piece in sealed:
        for chunk in opener.feed(piece):
            yield chunk
    yield opener.end()
