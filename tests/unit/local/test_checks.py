import socket
import subprocess
import sys
from pathlib import Path

import pytest

from local.checks import check_network, choose_port, data_folder, read_settings
from local.problem import StartError
from settings import Settings

ROOT = Path(__file__).parents[3]


def settings(**values: object) -> Settings:
    return Settings(_env_file=None, **values)  # type: ignore[arg-type]


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_each_wrong_variable_is_named_and_its_value_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("API_PORT", "secret-by-mistake")
    monkeypatch.setenv("INGEST_CONCURRENCY", "0")
    with pytest.raises(StartError) as caught:
        read_settings()
    message = str(caught.value)
    assert "API_PORT" in message
    assert "INGEST_CONCURRENCY" in message
    assert "secret-by-mistake" not in message
    assert "\n" not in message


def test_a_rule_over_two_settings_is_told_too(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("LLM_BASE_URL=http://127.0.0.1:1/v1\n")
    with pytest.raises(StartError, match="LLM_MODEL must name the model"):
        read_settings()


def test_a_dot_env_that_is_no_text_is_told(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes(b"API_PORT=\xff\xfe\n")
    with pytest.raises(StartError, match="cannot be read"):
        read_settings()


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.5", "::", "example.org"])
def test_an_open_api_stays_on_loopback(host: str) -> None:
    with pytest.raises(StartError, match="ALLOW_OPEN_NETWORK"):
        check_network(settings(api_host=host))


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.2", "::1", "localhost"])
def test_loopback_is_fine(host: str) -> None:
    check_network(settings(api_host=host))


def test_the_network_is_fine_with_names_or_when_wanted() -> None:
    check_network(settings(api_host="0.0.0.0", auth_mode="proxy"))
    check_network(settings(api_host="0.0.0.0", allow_open_network=True))


def test_a_taken_port_is_told_with_the_variable_to_set() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(StartError, match=f"Port {port} on 127.0.0.1.*FLOWER_PORT"):
            choose_port("127.0.0.1", port, "FLOWER")
    assert choose_port("127.0.0.1", port, "FLOWER") == port


def test_port_0_means_any_free_one() -> None:
    assert choose_port("127.0.0.1", 0, "API") > 0


def test_a_foreign_address_is_told() -> None:
    with pytest.raises(StartError, match="API_HOST"):
        choose_port("no.such.host.invalid", 8000, "API")


def test_the_folder_is_held_until_the_end_of_the_block(tmp_path: Path) -> None:
    wanted = settings(data_dir=tmp_path / "new" / "data")
    with data_folder(wanted) as folder:
        assert folder == tmp_path / "new" / "data"
        with pytest.raises(StartError, match="in use by another running Sluice"), data_folder(wanted):
            pass
    with data_folder(wanted):
        pass


def test_the_folder_is_free_again_when_its_holder_was_killed(tmp_path: Path) -> None:
    program = (
        "import os, signal\n"
        "from local.checks import data_folder\n"
        "from settings import Settings\n"
        f"with data_folder(Settings(data_dir={str(tmp_path)!r})):\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=False)
    with data_folder(settings(data_dir=tmp_path)):
        pass


@pytest.mark.parametrize("place", ["file", "file/below", "/proc/nowhere"])
def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path, place: str) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StartError, match="cannot be written"), data_folder(settings(data_dir=tmp_path / place)):
        pass
