"""Taking one document into the library: read, split, embed, index."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from pathlib import PurePath
from uuid import UUID

from db import Database
from db.passages import DocumentFile, NewPassage, describe_document, load_document_file, replace_passages
from errors import NotFound
from library.blocks import Block, Opened, Properties, Reached
from library.characters import one_line
from library.index import new_passages
from library.language import guess_language
from library.parse import Limits, parse
from library.split import split
from llm.embeddings import BATCH_TEXTS, Embedder
from settings import Settings
from streaming.events import Progress

PARSE_EVENTS = 20
INDEX_BATCH = 100
MAX_TITLE = 300


@dataclass(slots=True)
class _Read:
    """What has been read of a file so far."""

    blocks: list[Block] = field(default_factory=list)
    properties: Properties = field(default_factory=Properties)
    opened: Opened = field(default_factory=lambda: Opened(1, "part"))

    def title(self, filename: str) -> str:
        """What the file calls itself, else its first heading, else its name."""
        first = next((block.headings[0] for block in self.blocks[:50] if block.headings), None)
        name = one_line(PurePath(filename).stem) or "Untitled"
        return (self.properties.title or first or name)[:MAX_TITLE]


async def ingest(
    document_id: UUID, *, database: Database, embedder: Embedder | None, settings: Settings
) -> AsyncGenerator[Progress, None]:
    """Make the passages of a document from its file, instead of any it had, and describe the document.

    Steps of the progress: `read`, `parse`, `split`, `embed` (only with an embedder), `index`. It never sets the
    document's status, and stores nothing before everything is ready: an interrupted run leaves what was there.

    Raises:
        DocumentError: the file cannot be read; see `library.parse.parse` for the codes.
        NotFound: the document is gone or deleted.
        ModelError: the embedding server failed.
        Unavailable: the database cannot be reached.
    """
    yield Progress(step="read", label="Opening the file", done=0, total=1)
    file = await _load(database, document_id)
    yield Progress(step="read", label="Opening the file", done=1, total=1)
    read = _Read()
    async with aclosing(_parse(file, read, settings)) as progress:
        async for event in progress:
            yield event
    yield Progress(step="split", label="Splitting into passages", done=0, total=None)
    title = read.title(file.filename)
    passages = await asyncio.to_thread(lambda: list(split(read.blocks)))
    rows: list[NewPassage] = []
    for start in range(0, len(passages), INDEX_BATCH):
        # In a thread and in batches: the loop also renews the task's lease.
        rows += await asyncio.to_thread(new_passages, passages[start : start + INDEX_BATCH], title)
    yield Progress(step="split", label="Splitting into passages", done=len(rows), total=len(rows))
    if embedder is not None:
        async for event in _embed(rows, embedder):
            yield event
    yield Progress(step="index", label="Saving the passages", done=0, total=len(rows))
    model = embedder.model if embedder is not None else None
    await _store(database, document_id, file, rows, read, model)
    yield Progress(step="index", label="Saving the passages", done=len(rows), total=len(rows))


async def _load(database: Database, document_id: UUID) -> DocumentFile:
    async with database.transaction() as tx:
        file = await load_document_file(tx, document_id)
    if file is None:
        raise NotFound("There is no such document.")
    return file


async def _parse(file: DocumentFile, read: _Read, settings: Settings) -> AsyncGenerator[Progress, None]:
    """Fills `read`, and tells about `PARSE_EVENTS` times how far it is."""
    limits = Limits(seconds=settings.ingest_time_limit, memory_bytes=settings.ingest_memory_limit_bytes)
    told = 0
    async with aclosing(parse(file.content, file.media_type, limits)) as pieces:
        async for piece in pieces:
            match piece:
                case Block():
                    read.blocks.append(piece)
                case Properties():
                    read.properties = piece
                case Opened(total, unit):
                    read.opened = piece
                    yield Progress(step="parse", label=f"Reading {unit} 1 of {total}", done=0, total=total)
                case Reached(done):
                    total, unit = read.opened.total, read.opened.unit
                    if done == total or done - told >= total / PARSE_EVENTS:
                        told = done
                        yield Progress(step="parse", label=f"Reading {unit} {done} of {total}", done=done, total=total)


async def _embed(rows: list[NewPassage], embedder: Embedder) -> AsyncIterator[Progress]:
    """Gives every row its vector, in place, batch by batch."""
    for start in range(0, len(rows), BATCH_TEXTS):
        yield Progress(step="embed", label="Embedding the passages", done=start, total=len(rows))
        batch = rows[start : start + BATCH_TEXTS]
        vectors = await embedder.embed([_with_heading(row) for row in batch])
        rows[start : start + BATCH_TEXTS] = [
            replace(row, embedding=vector) for row, vector in zip(batch, vectors, strict=True)
        ]
    yield Progress(step="embed", label="Embedding the passages", done=len(rows), total=len(rows))


def _with_heading(row: NewPassage) -> str:
    heading = row.locator.get("heading")
    return f"{heading}\n{row.content}" if heading else row.content


async def _store(
    database: Database, document_id: UUID, file: DocumentFile, rows: list[NewPassage], read: _Read, model: str | None
) -> None:
    language = guess_language("\n".join(row.content for row in rows)) or read.properties.language
    async with database.transaction() as tx:
        there = await describe_document(
            tx,
            document_id,
            title=read.title(file.filename),
            language=language,
            pages=read.properties.pages,
            passages=len(rows),
            characters=sum(len(row.content) for row in rows),
        )
        if not there:
            raise NotFound("There is no such document.")
        await replace_passages(tx, document_id, file.owner, rows, embedding_model=model)
