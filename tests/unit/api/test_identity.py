"""Who is calling, by address and header alone."""

from typing import Any

import pytest

from api.errors import Unauthenticated
from api.identity import Identity, identify, is_loopback, refuse_unsafe_start
from settings import Settings


def _settings(**changes: Any) -> Settings:
    return Settings(_env_file=None, **changes)  # type: ignore[call-arg]


@pytest.mark.parametrize("peer", ["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"])
def test_loopback_is_trusted_by_default(peer: str) -> None:
    settings = _settings(auth_mode="proxy", admin_users="root, boss")
    assert identify(settings, peer, [b"ann"]) == Identity("ann", is_admin=False)
    assert identify(settings, peer, [b" boss "]) == Identity("boss", is_admin=True)


@pytest.mark.parametrize("peer", [None, "", "10.0.0.1", "::2", "::ffff:10.0.0.1", "localhost", "/run/socket"])
def test_others_are_not(peer: str | None) -> None:
    with pytest.raises(Unauthenticated):
        identify(_settings(auth_mode="proxy"), peer, [b"ann"])


@pytest.mark.parametrize(("raw", "name"), [("王芳".encode(), "王芳"), ("josé".encode("latin-1"), "josé")])
def test_names_of_other_alphabets(raw: bytes, name: str) -> None:
    assert identify(_settings(auth_mode="proxy"), "127.0.0.1", [raw]).name == name


@pytest.mark.parametrize("names", [[], [b""], [b"  "], [b"ann", b"ann"], [b"a\tb"], [b"a\x80\x81"], [b"x" * 256]])
def test_what_is_no_name(names: list[bytes]) -> None:
    with pytest.raises(Unauthenticated):
        identify(_settings(auth_mode="proxy"), "127.0.0.1", names)


def test_open_mode_asks_nobody() -> None:
    assert identify(_settings(), None, [b"mallory"]) == Identity("local", is_admin=True)


@pytest.mark.parametrize(
    ("host", "loopback"),
    [
        ("localhost", True),
        ("LOCALHOST.", True),
        ("127.0.0.1", True),
        ("127.1.2.3", True),
        ("::1", True),
        ("::ffff:127.0.0.1", True),
        ("0.0.0.0", False),
        ("::", False),
        ("192.168.1.5", False),
        ("localhost.evil.example", False),
        ("", False),
    ],
)
def test_what_is_this_machine(host: str, loopback: bool) -> None:
    assert is_loopback(host) is loopback


def test_open_on_a_network_is_refused_unless_it_is_wanted() -> None:
    for host in ("0.0.0.0", "::", "192.168.1.5", "sluice.lan"):
        with pytest.raises(SystemExit) as refused:
            refuse_unsafe_start(_settings(api_host=host))
        assert host in str(refused.value)
        refuse_unsafe_start(_settings(api_host=host, allow_open_network=True))
        refuse_unsafe_start(_settings(api_host=host, auth_mode="proxy"))
    refuse_unsafe_start(_settings())
