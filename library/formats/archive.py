"""Opening files that are zip archives, with an eye on bombs."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from zipfile import BadZipFile, ZipFile

from errors import DocumentError

MAX_UNPACKED_BYTES = 512 * 1024**2
MAX_ENTRIES = 20_000


@contextmanager
def opened(path: Path) -> Iterator[ZipFile]:
    """The archive, once its unpacked size is known to be bearable.

    The sizes are those of the archive's directory; `zipfile` never unpacks more than it says there.

    Raises:
        DocumentError: `too_big`, `encrypted`, or `not_readable` for a damaged archive.
    """
    try:
        with ZipFile(path) as archive:
            entries = archive.infolist()
            if len(entries) > MAX_ENTRIES or sum(entry.file_size for entry in entries) > MAX_UNPACKED_BYTES:
                raise DocumentError("The file unpacks to far more than can be read.", code="too_big")
            if any(entry.flag_bits & 0x1 for entry in entries):
                raise DocumentError("The file is protected by a password.", code="encrypted")
            yield archive
    except BadZipFile as error:
        raise DocumentError("The file is damaged or not complete.", code="not_readable") from error


def check(path: Path) -> None:
    """The same checks for a file that a library opens by itself. Raises what `opened` raises."""
    with opened(path):
        pass
