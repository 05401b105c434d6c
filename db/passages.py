"""Queries on passages: writing those of one document, finding among those of one owner."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson
from pgvector import Vector
from sqlalchemy import delete, select, text, update

from db.database import Database, Transaction
from db.models import DocumentFileRow, DocumentRow, PassageRow
from db.steps import Step


@dataclass(frozen=True, slots=True)
class DocumentFile:
    """What ingest needs to know of a document, and its bytes."""

    owner: str
    filename: str
    media_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class NewPassage:
    """A passage to store. `terms` is the text form of a `tsvector`."""

    id: UUID
    content: str
    locator: dict[str, Any]
    terms: str
    term_count: int
    embedding: Sequence[float] | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """A passage that may be a hit. `places`: of the query's terms, `[term, positions, weights]`.

    `cosine`: its similarity to the query's vector, -1 to 1, when that is how it was found.
    """

    id: UUID
    document_id: UUID
    title: str
    content: str
    locator: dict[str, Any]
    term_count: int
    places: Sequence[tuple[str, Sequence[int] | None, Sequence[str] | None]] = ()
    cosine: float | None = None


@dataclass(frozen=True, slots=True)
class TermStatistics:
    """Of one owner: how many passages there are, their mean length in terms, and how many hold each term."""

    passages: int
    mean_length: float
    holding: Mapping[str, int]


_OWNED = """
    FROM passages p JOIN documents d ON d.id = p.document_id AND d.deleted_at IS NULL
    WHERE p.owner = :owner
"""
_COLUMNS = "p.id, p.document_id, coalesce(d.title, d.filename) AS title, p.content, p.locator, p.term_count"

_INSERT = text("""
    INSERT INTO passages
        (id, document_id, owner, ordinal, content, locator, terms, term_count, embedding, embedding_model)
    VALUES (:id, :document_id, :owner, :ordinal, :content, CAST(:locator AS jsonb), CAST(:terms AS tsvector),
            :term_count, CAST(:embedding AS vector), :embedding_model)
""")
_COUNT = Step(f"SELECT count(*) AS passages, avg(p.term_count) AS mean_length {_OWNED}")
_HOLDING = Step(f"""
    SELECT asked.number, (SELECT count(*) {_OWNED} AND p.terms @@ CAST(asked.query AS tsquery)) AS holding
    FROM unnest(CAST(:queries AS text[])) WITH ORDINALITY AS asked (query, number)
""")
_MATCHING = Step(f"""
    WITH best AS MATERIALIZED (
        SELECT p.id AS best_id, (
            SELECT coalesce(sum(asked.worth), 0)
            FROM unnest(CAST(:queries AS tsquery[]), CAST(:worths AS float8[])) AS asked (query, worth)
            WHERE p.terms @@ asked.query
        ) AS worth
        {_OWNED} AND p.terms @@ CAST(:any_of AS tsquery)
        ORDER BY worth DESC, p.term_count, p.id
        LIMIT :limit
    )
    SELECT {_COLUMNS}, (
        SELECT jsonb_agg(jsonb_build_array(place.lexeme, place.positions, place.weights))
        FROM unnest(p.terms) AS place WHERE place.lexeme = ANY (CAST(:terms AS text[]))
    ) AS places
    FROM best JOIN passages p ON p.id = best_id JOIN documents d ON d.id = p.document_id
""")
_NEAREST = text(f"""
    SELECT {_COLUMNS}, 1 - (CASE WHEN vector_dims(p.embedding) = :dimensions
                                 THEN p.embedding <=> CAST(:vector AS vector) END) AS cosine
    {_OWNED} AND p.embedding_model = :model AND p.embedding IS NOT NULL AND vector_dims(p.embedding) = :dimensions
    ORDER BY cosine DESC NULLS LAST, p.id
    LIMIT :limit
""")


async def load_document_file(tx: Transaction, document_id: UUID) -> DocumentFile | None:
    """A document with its bytes; None when it is gone or deleted."""
    query = (
        select(DocumentRow.owner, DocumentRow.filename, DocumentRow.media_type, DocumentFileRow.content)
        .join(DocumentFileRow, DocumentFileRow.document_id == DocumentRow.id)
        .where(DocumentRow.id == document_id, DocumentRow.deleted_at.is_(None))
    )
    row = (await tx.execute(query)).one_or_none()
    return DocumentFile(*row) if row else None


async def replace_passages(
    tx: Transaction, document_id: UUID, owner: str, passages: Sequence[NewPassage], *, embedding_model: str | None
) -> None:
    """Make these the passages of a document, in their order, instead of those it had."""
    await tx.execute(delete(PassageRow).where(PassageRow.document_id == document_id))
    rows = [
        {
            "id": passage.id,
            "document_id": document_id,
            "owner": owner,
            "ordinal": ordinal,
            "content": passage.content,
            "locator": orjson.dumps(passage.locator).decode(),
            "terms": passage.terms,
            "term_count": passage.term_count,
            "embedding": None if passage.embedding is None else Vector(list(passage.embedding)).to_text(),
            "embedding_model": None if passage.embedding is None else embedding_model,
        }
        for ordinal, passage in enumerate(passages)
    ]
    if rows:
        await tx.execute(_INSERT, rows)


async def describe_document(
    tx: Transaction,
    document_id: UUID,
    *,
    title: str,
    language: str | None,
    pages: int | None,
    passages: int,
    characters: int,
) -> bool:
    """Write down what ingest found out, and hold the row until `tx` ends. False when the document is gone."""
    changed = await tx.execute(
        update(DocumentRow)
        .where(DocumentRow.id == document_id, DocumentRow.deleted_at.is_(None))
        .values(title=title, language=language, pages=pages, passages=passages, characters=characters)
        .returning(DocumentRow.id)
    )
    return changed.one_or_none() is not None


async def term_statistics(database: Database, owner: str, queries: Mapping[str, str]) -> TermStatistics:
    """Counts for ranking. `queries`: each term with its `tsquery` text."""
    terms = list(queries)
    [[all_of_them], rows] = await database.batch(
        _COUNT, _HOLDING, owner=owner, queries=[queries[term] for term in terms]
    )
    if not all_of_them.passages:
        return TermStatistics(0, 0.0, {})
    holding = {terms[row.number - 1]: row.holding for row in rows}
    return TermStatistics(all_of_them.passages, float(all_of_them.mean_length), holding)


async def matching_passages(
    database: Database,
    owner: str,
    *,
    worths: Mapping[str, float],
    queries: Mapping[str, str],
    any_of: str,
    limit: int,
) -> list[Found]:
    """The passages that match the `tsquery` `any_of`, those whose matching terms are worth most first cut."""
    terms = list(worths)
    [rows] = await database.batch(
        _MATCHING,
        owner=owner,
        terms=terms,
        queries=[queries[term] for term in terms],
        worths=[worths[term] for term in terms],
        any_of=any_of,
        limit=limit,
    )
    return [_found(row, places=row.places or ()) for row in rows]


async def nearest_passages(
    tx: Transaction, owner: str, vector: Sequence[float], *, model: str, limit: int
) -> list[Found]:
    """The passages embedded with `model` whose vectors are nearest by cosine, nearest first."""
    rows = await tx.execute(
        _NEAREST,
        {
            "owner": owner,
            "vector": Vector(list(vector)).to_text(),
            "dimensions": len(vector),
            "model": model,
            "limit": limit,
        },
    )
    return [_found(row, cosine=row.cosine) for row in rows if row.cosine is not None]


def _found(row: Any, **more: Any) -> Found:
    return Found(row.id, row.document_id, row.title, row.content, row.locator, row.term_count, **more)
