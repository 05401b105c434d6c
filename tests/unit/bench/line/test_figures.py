import pytest

from bench.line.figures import Cell, Turn, add_cpu, gaps, intervals, percentile, raw, starts_between
from bench.line.model import Exchange


def test_a_percentile_is_one_of_the_values() -> None:
    values = [5.0, 1.0, 4.0, 2.0, 3.0]
    assert percentile(values, 50) == 3.0
    assert percentile(values, 99) == 5.0
    assert percentile(values, 1) == 1.0
    assert percentile([7.0], 99) == 7.0
    assert percentile([], 50) is None


def test_the_slot_that_was_freed_first_is_taken_first() -> None:
    assert gaps([10.0, 20.0], [12.0, 23.0]) == [2.0, 3.0]
    assert gaps([20.0, 10.0], [23.0, 12.0]) == [2.0, 3.0]
    assert gaps([10.0, 20.0, 30.0], [12.0]) == [2.0]


def test_a_start_without_a_free_slot_is_an_error() -> None:
    with pytest.raises(ValueError, match="before a slot was free"):
        gaps([10.0, 20.0], [12.0, 19.0])
    with pytest.raises(ValueError, match="2 started after 1 ended"):
        gaps([10.0], [11.0, 12.0])


def test_starts_are_paired_with_the_ends_of_the_same_phase() -> None:
    earlier = [Exchange(1, "bench-1", 0.0, None, 5.0, 5.5), Exchange(2, "bench-2", 1.0), Exchange(3, "bench-3", 6.0)]
    now = [
        earlier[0],
        Exchange(2, "bench-2", 1.0, None, 10.0, 10.5),
        Exchange(3, "bench-3", 6.0, None, 20.0, 20.5),
        Exchange(4, "bench-4", 11.0, 10.75, 30.0, 30.5),
        Exchange(5, "bench-5", 22.0, None),
        Exchange(6, "bench-6", 33.0, None),
    ]
    starts = starts_between(earlier, now)
    assert starts.idle == [1.0, 2.0, 3.0]
    assert starts.freed == [0.5, 1.5, 2.5]
    assert starts.asking == [0.25, None, None]


def test_a_connection_that_is_used_again_has_no_closing() -> None:
    before = [Exchange(1, "bench-1", 0.0), Exchange(2, "bench-2", 0.0)]
    now = [Exchange(1, "bench-1", 0.0, None, 10.0, 11.0), before[1], Exchange(3, "bench-3", 11.0)]
    starts = starts_between(before, now)
    assert starts.idle == [1.0]
    assert starts.freed == []


def test_intervals_are_those_within_the_window() -> None:
    assert intervals([0.0, 1.0, 2.5, 4.0, 9.0], 1.0, 4.0) == [1.5, 1.5]
    assert intervals([2.0], 0.0, 4.0) == []


def test_cpu_is_added_up_by_process() -> None:
    total = {"api": 1.0}
    add_cpu(total, {"api": 10.0, "worker": 5.0}, {"api": 12.0, "worker": 5.5, "new": 0.25})
    assert total == {"api": 3.0, "worker": 0.5, "new": 0.25}


def turns() -> list[Turn]:
    first = Turn("sluice", 10, 1, submits=[1.0, 2.0], news=[1.0, 1.0], submit_cpu={"api": 3.0, "db": 1.0})
    first.submit_count = 2
    second = Turn("sluice", 10, 2, submits=[3.0], news=[2.0], submit_cpu={"api": 3.0})
    second.submit_count = 1
    return [first, second]


def test_a_cell_pools_its_turns() -> None:
    cell = Cell(turns())
    assert cell.pooled("submits") == [1.0, 2.0, 3.0]
    assert cell.at("submits", 50) == 2.0
    assert cell.cpu("submit") == {"api": 2.0, "db": pytest.approx(1 / 3)}
    assert cell.cpu_sum("submit") == pytest.approx(7 / 3)
    assert cell.news_per_second() == 0.75


def test_what_was_not_measured_is_none() -> None:
    cell = Cell([Turn("celery", 10, 1)])
    assert cell.at("research", 50) is None
    assert cell.cpu_sum("start") is None
    assert cell.cpu_sum("rest") is None
    assert cell.news_per_second() is None


def test_the_raw_figures_hold_every_measurement() -> None:
    (entry,) = raw({("sluice", 10): Cell(turns(), 50.0, "it fell over")})
    assert (entry["system"], entry["waiting"], entry["filled_per_second"]) == ("sluice", 10, 50.0)
    assert entry["broken"] == "it fell over"
    assert [turn["submits"] for turn in entry["turns"]] == [[1.0, 2.0], [3.0]]
