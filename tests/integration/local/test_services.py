import os
import signal
from pathlib import Path

import psutil
import psycopg
import pytest
from redis.asyncio import Redis

from local.postgres import EmbeddedPostgres
from local.problem import StartError
from local.services import postgres, valkey
from local.valkey import EmbeddedValkey
from tests.integration.local.watching import processes_in


def ask(url: str, query: str) -> object:
    with psycopg.connect(url, autocommit=True) as connection:
        found = connection.execute(query)
        return found.fetchone() if found.description else None


def mode(path: str) -> int | None:
    return Path(path).stat().st_mode & 0o777 if Path(path).exists() else None


async def test_postgres_has_pgvector_and_leaves_nothing_behind(folder: Path) -> None:
    async with postgres(folder / "postgres") as url:
        ask(url, "CREATE EXTENSION vector")
        assert ask(url, "SELECT '[1,2]'::vector <-> '[1,2]'::vector") == (0.0,)
        assert ask(url, "SELECT current_setting('fsync'), current_setting('listen_addresses')") == ("off", "")
    assert processes_in(folder) == []


async def test_the_durable_kind_syncs(folder: Path) -> None:
    async with postgres(folder / "postgres", durable=True) as url:
        settings = ask(url, "SELECT current_setting('fsync'), current_setting('synchronous_commit')")
    assert settings == ("on", "on")


async def test_postgres_keeps_what_was_committed_over_a_crash_and_a_restart(folder: Path) -> None:
    server = EmbeddedPostgres(folder / "postgres")
    url = await server.start()
    ask(url, "CREATE TABLE kept AS SELECT 1 AS n")
    await server.kill()
    assert processes_in(folder) == []
    assert await server.start() == url
    assert ask(url, "SELECT n FROM kept") == (1,)
    await server.stop()


async def test_postgres_starts_over_a_pid_file_whose_number_is_somebody_elses_now(folder: Path) -> None:
    server = EmbeddedPostgres(folder / "postgres", durable=False)
    await server.start()
    await server.kill()
    pid_file = server.cluster / "postmaster.pid"
    pid_file.write_text(f"{os.getpid()}\n{server.cluster}\n")
    url = await server.start()
    assert ask(url, "SELECT 1") == (1,)
    await server.stop()


async def test_a_server_left_behind_is_ended_by_the_next_one(folder: Path) -> None:
    first = EmbeddedPostgres(folder / "postgres", durable=False)
    await first.start()
    second = EmbeddedPostgres(folder / "postgres", durable=False)
    url = await second.start()
    assert not first.process.running or psutil.Process(first.process.pid).status() == psutil.STATUS_ZOMBIE
    assert ask(url, "SELECT 1") == (1,)
    await second.stop()
    await first.stop()


async def test_an_interrupted_first_start_is_begun_anew(folder: Path) -> None:
    unfinished = folder / "postgres" / "cluster.new"
    unfinished.mkdir(parents=True)
    (unfinished / "PG_VERSION").write_text("18\n")
    async with postgres(folder / "postgres") as url:
        assert ask(url, "SELECT 1") == (1,)


async def test_data_of_another_postgres_is_refused_in_words(folder: Path) -> None:
    cluster = folder / "postgres" / "cluster"
    cluster.mkdir(parents=True)
    (cluster / "PG_VERSION").write_text("9\n")
    with pytest.raises(StartError, match="is of PostgreSQL 9"):
        await EmbeddedPostgres(folder / "postgres").start()


async def test_a_long_path_gets_its_socket_elsewhere(folder: Path) -> None:
    deep = folder / ("d" * 60) / ("e" * 60) / "postgres"
    server = EmbeddedPostgres(deep, durable=False)
    url = await server.start()
    assert ask(url, "SELECT 1") == (1,)
    await server.kill()
    assert await server.start() == url
    sockets = str(ask(url, "SELECT current_setting('unix_socket_directories')")).strip("('),")
    assert not sockets.startswith(str(folder))
    assert mode(sockets) == 0o700
    await server.stop()
    assert mode(sockets) is None


async def test_a_private_home_is_told_in_words_when_privileges_are_dropped(folder: Path) -> None:
    private = folder / "home"
    private.mkdir(mode=0o700)
    server = EmbeddedPostgres(private / "data" / "postgres", durable=False)
    if os.geteuid() == 0:
        with pytest.raises(StartError, match="who cannot enter"):
            await server.start()
    else:
        assert ask(await server.start(), "SELECT 1") == (1,)
        await server.stop()


async def test_valkey_keeps_its_data_its_port_and_its_password_over_a_restart(folder: Path) -> None:
    server = EmbeddedValkey(folder / "valkey")
    url = await server.start()
    async with Redis.from_url(url) as client:
        await client.set("kept", "yes")
        policy = await client.config_get("maxmemory-policy", "appendonly", "appendfsync")
    assert policy == {"maxmemory-policy": "noeviction", "appendonly": "yes", "appendfsync": "everysec"}
    await server.stop()
    assert processes_in(folder) == []
    again = EmbeddedValkey(folder / "valkey")
    assert await again.start() == url
    async with Redis.from_url(url) as client:
        assert await client.get("kept") == b"yes"
    await again.stop()


async def test_valkey_comes_back_under_the_same_url_after_a_kill(folder: Path) -> None:
    server = EmbeddedValkey(folder / "valkey")
    url = await server.start()
    os.kill(server.process.pid, signal.SIGKILL)
    assert await server.wait() == -signal.SIGKILL
    assert await server.start() == url
    await server.stop()


async def test_valkey_shows_its_password_to_nobody(folder: Path) -> None:
    async with valkey(folder / "valkey") as url:
        password = url.split(":")[2].split("@")[0]
        for process in processes_in(folder):
            assert not any(password in word for word in process.cmdline())
        private = [
            path for path in (folder / "valkey").iterdir() if path.is_file() and password in path.read_text("latin-1")
        ]
        assert {path.name for path in private} == {"password", "valkey.conf"}
        assert all(path.stat().st_mode & 0o077 == 0 for path in private)


async def test_valkey_takes_another_port_when_its_own_is_taken(folder: Path) -> None:
    async with valkey(folder / "one") as first_url:
        port = first_url.split(":")[-1].split("/")[0]
        (folder / "two").mkdir()
        (folder / "two" / "port").write_text(port)
        async with valkey(folder / "two") as second_url:
            assert second_url.split(":")[-1] != first_url.split(":")[-1]
