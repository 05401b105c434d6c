"""What machines ask, and what is said while something is away."""

from collections.abc import Callable
from typing import Any

import httpx2
from sqlalchemy import text
from sqlalchemy.dialects.postgresql import insert

from db import Database
from db.models import TaskRow, WorkerRow
from db.purge import purge
from settings import Settings
from tests.integration.api.conftest import Serve

AWAY = "postgresql://nobody@127.0.0.1:1/nothing"


async def _heartbeat(database: Database, queue: str, *, seconds_ago: int = 0) -> None:
    async with database.transaction() as tx:
        beat = text(f"clock_timestamp() - interval '{seconds_ago} seconds'")
        row = {
            "node": f"{queue}@host",
            "queue": queue,
            "host": "host",
            "pid": 1,
            "concurrency": 2,
            "heartbeat_at": beat,
        }
        statement = insert(WorkerRow).values(row)
        await tx.execute(statement.on_conflict_do_update(index_elements=["node"], set_={"heartbeat_at": beat}))


async def test_ready_means_a_worker_of_each_queue_lives(client: httpx2.AsyncClient, database: Database) -> None:
    answer = await client.get("/readyz")
    assert answer.status_code == 503
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["missing"] == ["interactive worker", "ingest worker"]
    await _heartbeat(database, "interactive")
    await _heartbeat(database, "ingest", seconds_ago=11)
    assert (await client.get("/readyz")).json()["missing"] == ["ingest worker"]
    await _heartbeat(database, "ingest", seconds_ago=9)
    answer = await client.get("/readyz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ready"})


async def test_ready_means_migrated(client: httpx2.AsyncClient, database: Database) -> None:
    async with database.transaction() as tx:
        await tx.execute(text("UPDATE alembic_version SET version_num = '0000'"))
    assert (await client.get("/readyz")).json()["missing"] == ["migrations"]
    async with database.transaction() as tx:
        await tx.execute(text("DROP TABLE alembic_version"))
    assert (await client.get("/readyz")).json()["missing"] == ["migrations"]


async def test_without_a_database_it_lives_and_says_what_is_missing(
    make_settings: Callable[..., Settings],
) -> None:
    from api.main import create_app

    app = create_app(make_settings(database_url=AWAY, redis_url="redis://127.0.0.1:1/0"))
    async with app.router.lifespan_context(app):
        transport = httpx2.ASGITransport(app=app)
        async with httpx2.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            assert (await client.get("/healthz")).json() == {"status": "alive"}
            assert (await client.get("/readyz")).json()["missing"] == ["database", "redis"]
            for path in ("/sessions", "/queue", "/config", "/events", "/metrics"):
                answer = await client.get(path)
                assert (answer.status_code, answer.json()["code"]) == (503, "unavailable"), path
                assert int(answer.headers["retry-after"]) > 0


async def test_without_redis_work_is_accepted_and_news_are_not(serve: Serve) -> None:
    async with serve(redis_url="redis://127.0.0.1:1/0") as client:
        assert (await client.get("/readyz")).json()["missing"][-1] == "redis"
        assert (await client.post("/research", json={"topic": "x"})).status_code == 202
        assert len((await client.get("/queue")).json()["waiting"]) == 1
        assert (await client.get("/events")).status_code == 503


async def _task(database: Database, kind: str, status: str, **columns: Any) -> None:
    async with database.transaction() as tx:
        row = TaskRow(kind=kind, owner="ann", status=status, payload={}, summary="x", **columns)
        tx.add(row)


def _numbers(exposition: str) -> dict[str, float]:
    lines = [line.rsplit(" ", 1) for line in exposition.splitlines() if not line.startswith("#")]
    return {name: float(value) for name, value in lines}


async def test_metrics_are_the_same_from_every_process(serve: Serve, database: Database) -> None:
    begin = text("timestamptz '2026-01-01 00:00:00+00'")
    for waited, ran in ((0.1, 2.0), (0.2, 4.0)):
        await _task(
            database,
            "research",
            "completed",
            created_at=begin,
            started_at=text(f"{begin.text} + interval '{waited} s'"),
            first_token_at=text(f"{begin.text} + interval '{waited + 1} s'"),
            finished_at=text(f"{begin.text} + interval '{waited + ran} s'"),
        )
    await _task(database, "research", "cancelled", created_at=begin, finished_at=begin)
    async with serve() as one, serve() as other:
        await one.post("/research", json={"topic": "waits"})
        answers = [await client.get("/metrics") for client in (one, other)]
    assert all(answer.headers["content-type"].startswith("text/plain") for answer in answers)
    first, second = (_numbers(answer.text) for answer in answers)
    assert first.pop("sluice_oldest_wait_seconds") > 0
    assert second.pop("sluice_oldest_wait_seconds") > 0
    assert first == second
    assert first["sluice_waiting"] == 1
    assert first["sluice_active"] == 0
    assert first["sluice_limit"] == 2
    assert first["sluice_open_streams"] == 0
    assert first['sluice_tasks_ended_total{kind="research",status="completed"}'] == 2
    assert first['sluice_tasks_ended_total{kind="research",status="cancelled"}'] == 1
    assert first['sluice_tasks_ended_total{kind="chat",status="failed"}'] == 0
    assert first['sluice_wait_seconds_bucket{kind="research",le="0.1"}'] == 1
    assert first['sluice_wait_seconds_bucket{kind="research",le="0.25"}'] == 2
    assert first['sluice_wait_seconds_count{kind="research"}'] == 2
    assert round(first['sluice_run_seconds_sum{kind="research"}'], 6) == 6
    assert first['sluice_first_token_seconds_bucket{kind="research",le="1.0"}'] == 2


async def test_counters_never_go_back(client: httpx2.AsyncClient, database: Database) -> None:
    session = (await client.post("/sessions", json={})).json()["id"]
    await client.post(f"/sessions/{session}/messages", json={"content": "hello"})
    name = 'sluice_tasks_ended_total{kind="chat",status="cancelled"}'
    await client.delete(f"/sessions/{session}")
    assert _numbers((await client.get("/metrics")).text)[name] == 1
    async with database.transaction() as tx:
        await tx.execute(text("UPDATE tasks SET terminal_seq = 1"))
        await purge(tx)
        assert (await tx.execute(text("SELECT count(*) FROM tasks"))).scalar_one() == 0
    assert _numbers((await client.get("/metrics")).text)[name] == 1


async def test_the_limit_of_the_page_is_the_databases(client: httpx2.AsyncClient, database: Database) -> None:
    async with database.transaction() as tx:
        await tx.execute(text("UPDATE line SET slot_limit = 7"))
    assert (await client.get("/config")).json()["limit"] == 7
    assert (await client.get("/queue")).json()["limit"] == 7
