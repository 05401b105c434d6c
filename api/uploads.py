"""Receiving one file: bounded while it arrives, checked before it is read into memory once."""

import asyncio
from hashlib import sha256

from fastapi import Request
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException

from api.text import clean_filename
from errors import InvalidInput
from library.accept import HEAD_BYTES, check_upload
from scheduling.work import Ingest
from settings import Settings

MULTIPART_OVERHEAD = 64 * 1024
"""What a form may weigh beside its file: boundaries, headers, a few small fields."""

MAX_FIELDS = 10
MAX_FIELD_BYTES = 16 * 1024


async def receive_file(request: Request, settings: Settings) -> Ingest:
    """Read the part `file` of a multipart request.

    Raises:
        InvalidInput: no form, no such part, no usable name, an empty file.
        TooLarge, DocumentError: see `library.accept.check_upload`.
    """
    try:
        async with request.form(max_files=1, max_fields=MAX_FIELDS, max_part_size=MAX_FIELD_BYTES) as form:
            file = form.get("file")
            if not isinstance(file, UploadFile):
                raise InvalidInput("Send one file as the part named `file` of a multipart form.", code="file_missing")
            return await _accept(file, settings)
    except HTTPException as error:
        if error.status_code != 400:
            raise
        raise InvalidInput(
            f"This is not a readable multipart form: {error.detail}", code="invalid_multipart"
        ) from error


async def _accept(file: UploadFile, settings: Settings) -> Ingest:
    filename = clean_filename(file.filename or "")
    if not filename:
        raise InvalidInput("The file needs a name.", code="invalid_filename")
    head = await file.read(HEAD_BYTES)
    media_type = check_upload(filename, head, file.size or 0, settings)
    await file.seek(0)
    content = await file.read()
    digest = await asyncio.to_thread(lambda: sha256(content).hexdigest())
    return Ingest(filename, media_type, digest, content)
