import os
from pathlib import Path

import pytest

from local import prepare


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A house with a page and with programs of our own on the PATH."""
    (tmp_path / "web" / "src").mkdir(parents=True)
    (tmp_path / "web" / "src" / "main.ts").write_text("one")
    (tmp_path / "web" / "package-lock.json").write_text("{}")
    (tmp_path / "bin").mkdir()
    monkeypatch.setattr(prepare, "ROOT", tmp_path)
    monkeypatch.setattr(prepare, "WEB", tmp_path / "web")
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}")
    return tmp_path


def program(house: Path, name: str, script: str) -> None:
    path = house / "bin" / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


def with_npm(house: Path) -> Path:
    """A stand-in for npm that notes its calls and leaves what npm would."""
    calls = house / "calls"
    program(house, "node", "echo v22.1.0")
    program(
        house,
        "npm",
        f'echo "$*" >> {calls}\n'
        f"PATH={os.defpath}\n"
        'case "$*" in\n'
        "*ci*) rm -rf node_modules; mkdir node_modules;;\n"
        "*build) mkdir -p dist; echo > dist/index.html;;\n"
        "esac",
    )
    return calls


def test_the_page_is_built_once_and_again_only_when_a_source_changed(house: Path) -> None:
    calls = with_npm(house)
    prepare.build_page()
    prepare.build_page()
    assert len(calls.read_text().splitlines()) == 2
    (house / "web" / "src" / "main.ts").write_text("two")
    prepare.build_page()
    assert [line.split()[-1] for line in calls.read_text().splitlines()[2:]] == ["build"]
    (house / "web" / "package-lock.json").write_text("{ }")
    prepare.build_page()
    assert len(calls.read_text().splitlines()) == 5


def test_the_page_is_built_again_when_it_was_removed(house: Path) -> None:
    calls = with_npm(house)
    prepare.build_page()
    (house / "web" / "dist" / "index.html").unlink()
    prepare.build_page()
    assert len(calls.read_text().splitlines()) == 3


def test_a_built_page_needs_no_node(house: Path) -> None:
    with_npm(house)
    prepare.build_page()
    (house / "bin" / "node").unlink()
    (house / "bin" / "npm").unlink()
    prepare.build_page()


def test_node_missing_is_told(house: Path) -> None:
    with pytest.raises(prepare.Missing, match=r"Node\.js 20 or newer with npm is needed"):
        prepare.build_page()


def test_an_old_node_is_told_with_its_version(house: Path) -> None:
    program(house, "node", "echo v18.20.4")
    program(house, "npm", "true")
    with pytest.raises(prepare.Missing, match=r"this is v18\.20\.4"):
        prepare.build_page()


def test_a_failed_build_is_not_taken_for_a_page(house: Path) -> None:
    with_npm(house)
    program(house, "npm", f'PATH={os.defpath}; case "$*" in *ci*) mkdir -p node_modules;; *) exit 1;; esac')
    for _ in range(2):
        with pytest.raises(prepare.Missing, match="could not be built"):
            prepare.build_page()


def test_chromium_missing_is_told_with_the_command(house: Path) -> None:
    with pytest.raises(prepare.Missing, match="apt-get install chromium"):
        prepare.find_chromium()


def test_any_chromium_will_do(house: Path) -> None:
    program(house, "google-chrome", "true")
    prepare.find_chromium()


def test_packages_are_installed_once_per_lock(house: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[list[str]] = []
    (house / "locks").mkdir()
    (house / "venv").mkdir()
    lock = house / "locks" / "local.txt"
    lock.write_text("one==1 \\\n    --hash=sha256:00\n")

    def pip(argv: list[str], total: int) -> int:
        calls.append(argv)
        return 0 if total == 1 else 1

    monkeypatch.setattr(prepare, "_with_count", pip)
    prepare.install(house / "venv", "local.txt")
    prepare.install(house / "venv", "local.txt")
    assert len(calls) == 1
    assert "--require-hashes" in calls[0]
    lock.write_text("one==1 \\\n    --hash=sha256:00\ntwo==2 \\\n    --hash=sha256:01\n")
    for _ in range(2):
        with pytest.raises(prepare.Missing, match="could not be installed"):
            prepare.install(house / "venv", "local.txt")
    assert len(calls) == 3
