"""Documents go in and are found, over a real database."""

import asyncio
from contextlib import aclosing
from hashlib import sha256
from uuid import UUID, uuid4

import pytest
from sqlalchemy import func, select, update

from db import Database
from db.models import DocumentFileRow, DocumentRow, PassageRow
from errors import DocumentError, ModelUnreachable, NotFound
from library.ingest import PARSE_EVENTS, ingest
from library.media import DOCX, MARKDOWN, PDF, TEXT, XLSX
from library.search import Library
from settings import Settings
from streaming.events import Progress
from tests.integration.library import files

SETTINGS = Settings(ingest_time_limit=60)

HANDBOOK = """# Handbook

## Opening the gate

Turn the wheel clockwise until the gate is open. Two people are needed. Packages must be built first.

## Paying

Invoices are paid within thirty days. Ask the office for X-Forwarded-For headers.

## 什么时候开闸

水位高于三米的时候，值班员打开水闸，并且通知下游的村庄。

## 升级系统

升级整个系统之前，先备份数据，然后运行升级命令。
"""


class Meaning:
    """An embedder that knows what three themes have in common, whatever the words."""

    model = "meaning-1"
    themes = ("gate wheel 闸 barrier", "invoice paid money bill", "升级 system backup")

    def __init__(self) -> None:
        self.asked: list[int] = []

    async def embed(self, texts):
        self.asked.append(len(texts))
        return [
            [float(sum(word in text.lower() for word in theme.split())) + 0.01 for theme in self.themes]
            for text in texts
        ]


class Unreachable(Meaning):
    async def embed(self, texts):
        raise ModelUnreachable("The embedding server cannot be reached.")


async def add(database: Database, content: bytes, media_type: str, *, owner: str = "ann", name: str = "file.x") -> UUID:
    async with database.transaction() as tx:
        row = DocumentRow(
            owner=owner,
            filename=name,
            media_type=media_type,
            size_bytes=len(content),
            sha256=sha256(content).hexdigest(),
        )
        tx.add(row)
        await tx.flush()
        tx.add(DocumentFileRow(document_id=row.id, content=content))
    return row.id


async def take_in(database: Database, document_id: UUID, embedder=None) -> list[Progress]:
    return [event async for event in ingest(document_id, database=database, embedder=embedder, settings=SETTINGS)]


async def document(database: Database, document_id: UUID) -> DocumentRow:
    async with database.transaction() as tx:
        return await tx.get_one(DocumentRow, document_id)


async def count(database: Database) -> int:
    async with database.transaction() as tx:
        return (await tx.execute(select(func.count()).select_from(PassageRow))).scalar_one()


async def headings(database: Database, query: str, *, owner: str = "ann", embedder=None, limit: int = 8) -> list[str]:
    hits = await Library(database, embedder).search(owner, query, limit=limit)
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
    assert all(0 < hit.score <= 1 for hit in hits)
    return [hit.locator.get("heading", "") for hit in hits]


async def test_a_document_is_taken_in_and_described(database: Database):
    pages = [[f"Page {n} tells about the sluice and the water."] for n in range(1, 61)]
    document_id = await add(database, files.pdf(pages, title="Sluices"), PDF)
    events = await take_in(database, document_id)
    assert list(dict.fromkeys(event.step for event in events)) == ["read", "parse", "split", "index"]
    parse = [event for event in events if event.step == "parse"]
    assert len(parse) <= PARSE_EVENTS + 2
    assert (parse[-1].label, parse[-1].done, parse[-1].total) == ("Reading page 60 of 60", 60, 60)
    row = await document(database, document_id)
    assert (row.title, row.language, row.pages, row.status) == ("Sluices", "en", 60, "queued")
    assert row.passages == await count(database) == events[-1].done == events[-1].total
    assert row.characters is not None
    assert row.characters > 60 * 40


async def test_questions_find_the_passage_that_answers(database: Database):
    await take_in(database, await add(database, HANDBOOK.encode(), MARKDOWN))
    assert (await headings(database, "How do I open the gates?"))[0] == "Opening the gate"
    assert (await headings(database, "when will my invoice be paid?"))[0] == "Paying"
    assert (await headings(database, "什么时候打开水闸？"))[0] == "什么时候开闸"
    assert (await headings(database, "如何升级整个系统？"))[0] == "升级系统"
    assert (await headings(database, "x-forwarded-for"))[0] == "Paying"
    assert (await headings(database, "闸"))[0] == "什么时候开闸"
    assert (await headings(database, "build a package"))[0] == "Opening the gate"


@pytest.mark.parametrize("query", ["", " ", "?!", "。。。", "\x00", "zeppelin", "飞艇", "'", "\\ & | !", "a' | 'b"])
async def test_queries_that_find_nothing(database: Database, query: str):
    await take_in(database, await add(database, b"Only water.", TEXT))
    assert await Library(database).search("ann", query) == []


async def test_an_empty_library_finds_nothing(database: Database):
    assert await Library(database).search("ann", "water") == []


async def test_everybody_finds_only_what_is_theirs(database: Database):
    await take_in(database, await add(database, HANDBOOK.encode(), MARKDOWN))
    await take_in(database, await add(database, b"Bob opens another gate.", TEXT, owner="bob"))
    library = Library(database, Meaning())  # type: ignore[arg-type]
    assert [hit.content for hit in await library.of("bob").search("open the gate")] == ["Bob opens another gate."]
    assert "Bob" not in "".join(hit.content for hit in await library.of("ann").search("open the gate"))
    assert await library.of("eve").search("open the gate") == []


async def test_deleted_documents_are_not_found(database: Database):
    document_id = await add(database, HANDBOOK.encode(), MARKDOWN)
    await take_in(database, document_id)
    async with database.transaction() as tx:
        await tx.execute(update(DocumentRow).values(deleted_at=func.now()))
    assert await headings(database, "gate") == []
    with pytest.raises(NotFound):
        await take_in(database, document_id)


async def test_copies_of_a_document_do_not_fill_the_hits(database: Database):
    for _ in range(3):
        await take_in(database, await add(database, HANDBOOK.encode(), MARKDOWN))
    found = await headings(database, "gate 水闸 invoice")
    assert sorted(found) == sorted(set(found))


async def test_limit(database: Database):
    await take_in(database, await add(database, HANDBOOK.encode(), MARKDOWN))
    assert len(await headings(database, "gate 水闸 invoice", limit=2)) == 2
    assert await headings(database, "gate", limit=0) == []


async def test_taking_in_again_replaces(database: Database):
    document_id = await add(database, HANDBOOK.encode(), MARKDOWN)
    await take_in(database, document_id)
    before = await count(database)
    await take_in(database, document_id)
    assert await count(database) == before


async def test_an_interrupted_run_leaves_what_was_there(database: Database):
    document_id = await add(database, HANDBOOK.encode(), MARKDOWN)
    await take_in(database, document_id)
    before = await count(database)
    async with aclosing(ingest(document_id, database=database, embedder=None, settings=SETTINGS)) as events:
        async for event in events:
            if event.step == "index":
                break
    assert await count(database) == before


async def test_cancelling_kills_the_reader(database: Database):
    document_id = await add(database, files.endless_workbook(), XLSX)
    parsing = asyncio.Event()

    async def consume() -> None:
        async for event in ingest(document_id, database=database, embedder=None, settings=SETTINGS):
            if event.step == "parse":
                parsing.set()

    task = asyncio.create_task(consume())
    await asyncio.wait_for(parsing.wait(), 30)
    assert files.readers()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not files.readers()
    assert await count(database) == 0


async def test_title_comes_from_the_file_else_its_first_heading_else_its_name(database: Database):
    cases = [
        (files.word("Staff handbook"), DOCX, "x.docx", "Staff handbook"),
        (files.word(), DOCX, "x.docx", "Holidays"),
        (b"Only water.", TEXT, "notes on water.txt", "notes on water"),
    ]
    for content, media_type, name, title in cases:
        document_id = await add(database, content, media_type, name=name)
        await take_in(database, document_id)
        assert (await document(database, document_id)).title == title


async def test_the_title_helps_to_find(database: Database):
    await take_in(database, await add(database, b"Ten days a year.", TEXT, name="Holiday policy.txt"))
    await take_in(database, await add(database, b"Once a year.", TEXT, name="Travel policy.txt"))
    [first, *_] = await Library(database).search("ann", "holiday policy")
    assert (first.title, first.content) == ("Holiday policy", "Ten days a year.")


async def test_a_file_that_cannot_be_read_changes_nothing(database: Database):
    document_id = await add(database, files.pdf([["x"]], password="p"), PDF)
    with pytest.raises(DocumentError) as caught:
        await take_in(database, document_id)
    assert caught.value.code == "encrypted"
    assert (await document(database, document_id)).passages is None
    assert await count(database) == 0


async def test_unknown_document(database: Database):
    with pytest.raises(NotFound):
        await take_in(database, uuid4())


async def test_text_that_postgresql_cannot_store_is_cleaned(database: Database):
    nasty = "nul \x00 bell \x07 " + "'quote' \\back\\ " + "x" * 5000 + " " + "word-" * 900 + "\ufffe 水" + "和" * 3000
    document_id = await add(database, nasty.encode(), TEXT)
    await take_in(database, document_id)
    assert await headings(database, "quote back")
    assert await headings(database, "x" * 5000)


async def test_meaning_finds_what_words_do_not(database: Database):
    embedder = Meaning()
    events = await take_in(database, await add(database, HANDBOOK.encode(), MARKDOWN), embedder)
    assert [event.step for event in events if event.step == "embed"]
    assert list(dict.fromkeys(event.step for event in events)) == ["read", "parse", "split", "embed", "index"]
    assert await headings(database, "bill money") == []
    assert (await headings(database, "bill money", embedder=embedder))[0] == "Paying"
    assert (await headings(database, "wheel", embedder=embedder))[0] == "Opening the gate"


async def test_vectors_of_another_model_or_size_are_left_alone(database: Database):
    await take_in(database, await add(database, HANDBOOK.encode(), MARKDOWN), Meaning())
    other, smaller = Meaning(), Meaning()
    other.model = "meaning-2"
    smaller.themes = Meaning.themes[:2]
    for embedder in (other, smaller):
        assert await headings(database, "bill money", embedder=embedder) == []


async def test_when_the_embedding_server_fails_words_still_find(database: Database):
    await take_in(database, await add(database, HANDBOOK.encode(), MARKDOWN), Meaning())
    assert (await headings(database, "open the gate", embedder=Unreachable()))[0] == "Opening the gate"
    with pytest.raises(ModelUnreachable):
        await take_in(database, await add(database, HANDBOOK.encode(), MARKDOWN), Unreachable())
