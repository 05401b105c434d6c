"""The library: upload, list, delete."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request, Response

from api.deps import Caller, Config, Cursor, IdempotencyKey, Limit, LineChanges, Store, WaitingLine, problems
from api.schemas import Document, DocumentPage, Receipt
from api.submission import accepted, idempotency
from api.uploads import receive_file
from db import documents
from db.cursors import Page
from db.database import Transaction
from db.models import DocumentRow
from db.tasks import latest_task_of_documents
from scheduling.views import DocumentView, document_view

router = APIRouter(prefix="/documents", tags=["library"])

UPLOAD_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file"],
                    "properties": {"file": {"type": "string", "format": "binary"}},
                }
            }
        },
    }
}


@router.post(
    "",
    status_code=202,
    response_model=Receipt,
    responses=problems(400, 413, 415, 422),
    openapi_extra=UPLOAD_BODY,
)
async def upload_document(
    caller: Caller, line: WaitingLine, settings: Config, key: IdempotencyKey, request: Request, response: Response
) -> Receipt:
    """Add one file, the part named `file`, to the library; follow `stream_url` while it is read."""
    upload = await receive_file(request, settings)
    once = idempotency(key, "/documents", {"name": upload.filename, "sha256": upload.sha256})
    return accepted(await line.submit(upload, owner=caller.name, idempotency=once), response)


@router.get("", response_model=DocumentPage, responses=problems(400, 422))
async def list_documents(
    caller: Caller, database: Store, cursor: Cursor = None, limit: Limit = 50
) -> Page[DocumentView]:
    """The caller's documents, newest first."""
    async with database.transaction() as tx:
        page = await documents.list_documents(tx, caller.name, limit=limit, cursor=cursor)
        return Page(await _views(tx, page.items), page.next_cursor)


@router.get("/{document_id}", response_model=Document, responses=problems(404))
async def get_document(caller: Caller, database: Store, document_id: UUID) -> DocumentView:
    """One document."""
    async with database.transaction() as tx:
        row = await documents.get_document(tx, caller.name, document_id)
        return (await _views(tx, [row]))[0]


@router.delete("/{document_id}", status_code=204, responses=problems(404))
async def delete_document(caller: Caller, changes: LineChanges, document_id: UUID) -> None:
    """Hide a document at once, cancel its reading, and purge it after that has ended."""
    await changes.delete_document(document_id, owner=caller.name)


async def _views(tx: Transaction, rows: Sequence[DocumentRow]) -> list[DocumentView]:
    tasks = await latest_task_of_documents(tx, [row.id for row in rows])
    return [document_view(row, tasks[row.id].id if row.id in tasks else None) for row in rows]
