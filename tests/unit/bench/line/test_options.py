from pathlib import Path

import pytest

from bench.line.options import Options, read_options


@pytest.fixture(autouse=True)
def _no_options(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SIZES", "ROUNDS", "CYCLES", "BATCH", "FOLLOWERS", "SYSTEMS"):
        monkeypatch.delenv(name, raising=False)


def test_without_options_a_run_is_as_large_as_the_issue_asks() -> None:
    options = read_options([])
    assert options == Options()
    assert options.sizes == (10, 1_000, 10_000)


def test_the_environment_and_the_command_line_change_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIZES", "1000, 10")
    monkeypatch.setenv("ROUNDS", "3")
    monkeypatch.setenv("SYSTEMS", "sluice,gradio")
    options = read_options(["--json", "figures.json", "--markdown"])
    assert (options.sizes, options.rounds, options.systems) == ((10, 1_000), 3, ("sluice", "gradio"))
    assert (options.json, options.markdown) == (Path("figures.json"), True)


@pytest.mark.parametrize(("name", "text"), [("SIZES", "many"), ("ROUNDS", "0"), ("SYSTEMS", "sluice,airflow")])
def test_what_cannot_be_understood_is_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], name: str, text: str
) -> None:
    monkeypatch.setenv(name, text)
    with pytest.raises(SystemExit):
        read_options([])
    assert name in capsys.readouterr().err
