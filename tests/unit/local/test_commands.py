import signal

from local.commands import applications, migrate
from settings import Settings


def settings(**values: object) -> Settings:
    return Settings(_env_file=None, **values)  # type: ignore[arg-type]


def test_every_process_has_its_name_in_the_order_of_starting() -> None:
    names = [command.name for command in applications(settings())]
    assert names == ["api", "worker-interactive", "worker-ingest", "sweep", "flower"]


def test_the_pool_of_the_interactive_worker_is_the_limit() -> None:
    worker = applications(settings(max_concurrent_chat_and_research=3, ingest_concurrency=5))[1]
    assert worker.argv[worker.argv.index("-c") + 1] == "3"
    assert worker.argv[worker.argv.index("-Q") + 1] == "interactive"
    assert worker.stop_signal == signal.SIGTERM


def test_ingest_has_a_worker_and_a_queue_of_its_own() -> None:
    worker = applications(settings(max_concurrent_chat_and_research=3, ingest_concurrency=5))[2]
    assert worker.argv[worker.argv.index("-c") + 1] == "5"
    assert worker.argv[worker.argv.index("-Q") + 1] == "ingest"


def test_a_worker_keeps_its_node_name_over_restarts() -> None:
    assert "interactive@%h" in applications(settings())[1].argv


def test_the_api_gets_longer_to_close_than_its_streams_do() -> None:
    assert applications(settings(shutdown_grace_seconds=9))[0].grace > 9


def test_a_password_of_flower_is_not_on_its_command_line() -> None:
    flower = applications(settings(flower_basic_auth="me:secret"))[4]
    assert not any("secret" in word for word in flower.argv)
    assert flower.env == {"FLOWER_BASIC_AUTH": "me:secret"}


def test_the_migration_is_a_module_of_ours() -> None:
    assert migrate().argv == ("python", "-m", "local.migrate")
