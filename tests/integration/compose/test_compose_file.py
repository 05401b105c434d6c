"""docker-compose.yml against the code, without any container engine."""

import re
import signal
from pathlib import Path
from typing import Any

import pytest
import yaml

from local.commands import Command, applications, migrate
from settings import Settings

ROOT = Path(__file__).parents[3]
GIVEN = {"FLOWER_BASIC_AUTH": "admin:a-password"}
FOREIGN = re.compile(r"POSTGRES_[A-Z]+|MALLOC_[A-Z_]+")
"""Variables that are not ours: the database image's, and the C library's."""

PROCESSES = ["api", "worker-interactive", "worker-ingest", "sweep", "flower", "migrate"]


def interpolate(node: Any, variables: dict[str, str]) -> Any:
    """`${NAME:-default}` and `${NAME:?message}` in every string of a loaded file, as the compose specification says."""

    def value(match: re.Match[str]) -> str:
        name, operator, rest = match.groups()
        if variables.get(name):
            return variables[name]
        assert operator == ":-", f"{name} must be given: {rest}"
        return str(rest)

    if isinstance(node, dict):
        return {key: interpolate(below, variables) for key, below in node.items()}
    if isinstance(node, list):
        return [interpolate(below, variables) for below in node]
    return re.sub(r"\$\{([A-Z_]+)(:-|:\?)([^}]*)\}", value, node) if isinstance(node, str) else node


def load(variables: dict[str, str]) -> dict[str, Any]:
    loaded: dict[str, Any] = interpolate(yaml.safe_load((ROOT / "docker-compose.yml").read_text()), variables)
    return loaded


COMPOSE = load(GIVEN)
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]


def environment(service: dict[str, Any]) -> dict[str, str]:
    return {name: str(value) for name, value in service.get("environment", {}).items()}


def command_of(name: str, service: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> Command:
    """What `make up` would run under the settings of this service."""
    for variable, value in environment(service).items():
        monkeypatch.setenv(variable, value)
    settings = Settings(_env_file=None)
    return {command.name: command for command in [*applications(settings), migrate()]}[name]


def test_every_process_of_make_up_is_a_service_and_nothing_else_is_ours() -> None:
    assert {name for name, service in SERVICES.items() if service["image"] == "sluice"} == set(PROCESSES)


@pytest.mark.parametrize("variables", [{}, {"MAX_CONCURRENT_CHAT_AND_RESEARCH": "3", "LOG_LEVEL": "DEBUG"}])
@pytest.mark.parametrize("name", PROCESSES)
def test_each_command_is_one_that_make_up_runs_too(
    name: str, variables: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    service = load(GIVEN | variables)["services"][name]
    command = command_of(name, service, monkeypatch)
    assert tuple(service["command"]) == command.argv
    assert command.env.items() <= environment(service).items()


@pytest.mark.parametrize("name", PROCESSES)
def test_each_is_stopped_as_make_up_stops_it(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    service = SERVICES[name]
    grace = float(service.get("stop_grace_period", "10s").removesuffix("s"))
    command = command_of(name, service, monkeypatch)
    assert grace >= command.grace
    assert service.get("stop_signal", "SIGTERM") == signal.Signals(command.stop_signal).name


@pytest.mark.parametrize("name", SERVICES)
def test_every_variable_is_a_known_setting(name: str) -> None:
    known = {field.upper() for field in Settings.model_fields}
    unknown = {variable for variable in environment(SERVICES[name]) if not FOREIGN.fullmatch(variable)} - known
    assert unknown == set()


def test_every_variable_that_is_asked_for_is_a_known_setting() -> None:
    known = {field.upper() for field in Settings.model_fields}
    asked = set(re.findall(r"\$\{([A-Z_]+)", (ROOT / "docker-compose.yml").read_text()))
    assert {variable for variable in asked - known if not FOREIGN.fullmatch(variable)} == set()


@pytest.mark.parametrize("name", PROCESSES)
def test_the_settings_of_each_are_valid_by_default(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for variable, value in environment(SERVICES[name]).items():
        monkeypatch.setenv(variable, value)
    settings = Settings(_env_file=None)
    assert settings.database_url == "postgresql://sluice:sluice@postgres/sluice"
    assert settings.celery_broker_url == "redis://redis:6379/1"


def test_nothing_is_published_beyond_loopback() -> None:
    ports = [port for service in SERVICES.values() for port in service.get("ports", [])]
    assert ports == ["127.0.0.1:8000:8000", "127.0.0.1:5555:5555"]


def test_flower_is_not_started_without_a_password() -> None:
    with pytest.raises(AssertionError, match="FLOWER_BASIC_AUTH must be given"):
        load({})


def test_redis_keeps_everything() -> None:
    command = SERVICES["redis"]["command"]
    assert command[command.index("--maxmemory-policy") + 1] == "noeviction"
    assert command[command.index("--appendonly") + 1] == "yes"


def test_start_order_and_health() -> None:
    for name in ("api", "worker-interactive", "worker-ingest", "sweep", "flower"):
        assert SERVICES[name]["depends_on"]["migrate"] == {"condition": "service_completed_successfully"}
        assert SERVICES[name]["depends_on"]["redis"] == {"condition": "service_healthy"}
    assert SERVICES["migrate"]["depends_on"] == [], "it waits by itself; podman 4 refuses a second level of conditions"
    unwatched = {name for name, service in SERVICES.items() if "healthcheck" not in service}
    assert unwatched == {"sweep", "migrate", "ollama", "searxng"}


def test_the_optional_services_are_off_by_default() -> None:
    assert {name: service["profiles"] for name, service in SERVICES.items() if "profiles" in service} == {
        "ollama": ["ollama"],
        "searxng": ["searxng"],
    }


def test_named_volumes_are_declared() -> None:
    used = {volume.split(":")[0] for service in SERVICES.values() for volume in service.get("volumes", [])}
    assert {name for name in used if not name.startswith("./")} == set(COMPOSE["volumes"])
    assert all((ROOT / name).exists() for name in used if name.startswith("./"))


def test_the_image_holds_every_room_it_needs_and_no_development_tools() -> None:
    dockerfile = (ROOT / "Dockerfile").read_text()
    rooms = set(re.findall(r"^COPY (\w+) \1$", dockerfile, re.MULTILINE))
    needed = {path.parent.name for path in ROOT.glob("*/__init__.py")} - {"bench", "tests"}
    assert rooms == needed
    assert "locks/runtime.txt" in dockerfile
    assert "dev.txt" not in dockerfile
    assert re.findall(r"^USER (\w+)$", dockerfile, re.MULTILINE) == ["sluice"]


def test_the_build_context_holds_what_the_image_copies() -> None:
    allowed = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    copied = set(re.findall(r"^COPY (?!--)(.+) \S+$", (ROOT / "Dockerfile").read_text(), re.MULTILINE))
    for path in {path for words in copied for path in words.split()}:
        assert path in allowed or path.split("/")[0] in allowed, path
        assert (ROOT / path).exists(), path
