"""Planted bugs of what stands beside the database: keys, and dictionaries."""

from contextlib import AbstractContextManager

from usga_assessment.storage import folders, keys
from usga_assessment.storage.dictionaries import Dictionaries, KnownDictionaries

from tests.simulation.planting import both, put


def keys_are_used_before_their_names_are_durable() -> AbstractContextManager[None]:
    """A key file is synced, and the folder that names it is not."""
    return both(
        put(keys, "sync_folder", lambda _folder: None),
        put(keys, "open_folder", folders.make_folder),
    )


def a_dictionary_mismatch_is_ignored() -> AbstractContextManager[None]:
    """A frame that needs an unknown dictionary is opened with one that is known."""
    find = KnownDictionaries.find

    async def any_will_do(self: KnownDictionaries, assessment: str, number: int) -> bytes | None:
        found = await find(self, assessment, number)
        if found is None:
            async with self._database.read() as session:
                every = await Dictionaries(session).of(assessment)
            for known in every.values():
                found = known.content[:4] + number.to_bytes(4, "little") + known.content[8:]
        return found

    return put(KnownDictionaries, "find", any_will_do)


KEY_BUGS = (
    keys_are_used_before_their_names_are_durable,
    a_dictionary_mismatch_is_ignored,
)
