import pytest

from bench.line.figures import Cell, Cells, Turn
from bench.line.report import breakdown, drift, goals, ratio, table_lines


def cell(system: str, size: int, *, idle: float, submit: float, news: float = 1.25) -> Cell:
    turn = Turn(system, size, 1, submits=[submit], research=[submit], idle=[idle], news=[news])
    turn.start_cpu, turn.start_count = {"worker": 0.02}, 2
    return Cell([turn], filled_per_second=123.0)


def measured(*, idle: float = 0.006, submit: float = 0.011) -> Cells:
    return {
        ("sluice", 10): cell("sluice", 10, idle=0.005, submit=0.010),
        ("gradio", 10): cell("gradio", 10, idle=0.010, submit=0.004),
        ("celery", 10): cell("celery", 10, idle=0.002, submit=0.001),
        ("sluice", 10_000): cell("sluice", 10_000, idle=idle, submit=submit),
        ("gradio", 10_000): cell("gradio", 10_000, idle=0.060, submit=0.005),
        ("celery", 10_000): Cell([], broken="10000 waiting: it fell over"),
    }


def test_the_table_has_a_line_for_each_figure_and_size() -> None:
    lines = table_lines(measured(), markdown=False)
    assert lines[0].split() == ["figure", "waiting", "Sluice", "Gradio", "Celery", "Sluice", "÷", "Gradio"]
    short, long = (line.split() for line in lines if line.startswith("slot freed → next start, p50"))
    assert short[-5:] == ["10", "5.0", "10.0", "2.0", "0.50"]
    assert long[-5:] == ["10,000", "6.0", "60.0", "-", "0.10"]
    assert len({len(line) for line in lines}) == 1


def test_the_table_as_markdown() -> None:
    lines = table_lines(measured(), markdown=True)
    assert lines[0] == "| figure | waiting | Sluice | Gradio | Celery | Sluice ÷ Gradio |"
    assert lines[1] == "| --- | ---: | ---: | ---: | ---: | ---: |"
    assert "| CPU per start, ms | 10 | 10.0 | 10.0 | 10.0 | 1.00 |" in lines


def test_without_a_peer_there_is_nothing_to_compare() -> None:
    cells = {("sluice", 10): cell("sluice", 10, idle=0.005, submit=0.010)}
    assert table_lines(cells, markdown=True)[0] == "| figure | waiting | Sluice |"
    assert [goal.name for goal in goals(cells)] == ["broadcasts per second of an API process, 10 waiting"]


def test_goals_are_met_or_not() -> None:
    found = {goal.name: goal for goal in goals(measured(idle=0.050, submit=0.013))}
    gap = "slot freed → next start p50, Sluice ÷ Gradio, {} waiting"
    assert found[gap.format("10")].met
    assert not found[gap.format("10,000")].met
    submit = found["submit a message p50, 10,000 ÷ 10 waiting"]
    assert submit.value == pytest.approx(1.3)
    assert "NOT met" in str(submit)
    assert found["broadcasts per second of an API process, 10,000 waiting"].met


def test_a_goal_that_was_not_measured_is_not_met() -> None:
    cells = measured()
    cells["gradio", 10] = Cell([])
    goal = goals(cells)[0]
    assert not goal.met
    assert str(goal).endswith("not measured")


def test_ratios_need_both_sides() -> None:
    assert ratio(3.0, 2.0) == 1.5
    assert ratio(None, 2.0) is None
    assert ratio(3.0, None) is None
    assert ratio(3.0, 0.0) is None


def test_what_broke_is_told() -> None:
    assert any("Celery, 10,000 waiting: BROKE at 10000 waiting: it fell over" in line for line in breakdown(measured()))


def test_what_the_machine_did_is_told_by_celery() -> None:
    cells = measured()
    cells["celery", 10_000] = cell("celery", 10_000, idle=0.002, submit=0.0015)
    assert drift(cells) == "for comparison, Celery's submit p50, 10,000 ÷ 10 waiting: 1.50"
    assert drift({("sluice", 10): Cell([])}) is None
