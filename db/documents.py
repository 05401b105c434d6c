"""Queries on documents. Every one is bound to an owner; a deleted document is not there."""

from uuid import UUID

from sqlalchemy import select, tuple_

from db.cursors import Page, decode_moment, encode_moment
from db.database import Transaction
from db.models import DocumentRow
from errors import NotFound


async def get_document(tx: Transaction, owner: str, document_id: UUID) -> DocumentRow:
    """One document, without its file.

    Raises:
        NotFound: there is none, or it is somebody else's.
    """
    row = await tx.get(DocumentRow, document_id)
    if row is None or row.owner != owner or row.deleted_at is not None:
        raise NotFound("There is no such document.")
    return row


async def list_documents(tx: Transaction, owner: str, *, limit: int, cursor: str | None = None) -> Page[DocumentRow]:
    """One person's documents, newest first.

    Raises:
        InvalidInput: `invalid_cursor`.
    """
    query = (
        select(DocumentRow)
        .where(DocumentRow.owner == owner, DocumentRow.deleted_at.is_(None))
        .order_by(DocumentRow.created_at.desc(), DocumentRow.id.desc())
        .limit(limit + 1)
    )
    if cursor is not None:
        query = query.where(tuple_(DocumentRow.created_at, DocumentRow.id) < decode_moment("documents", cursor))
    rows = (await tx.execute(query)).scalars().all()
    page = rows[:limit]
    more = len(rows) > limit
    return Page(page, encode_moment("documents", page[-1].created_at, page[-1].id) if more else None)
