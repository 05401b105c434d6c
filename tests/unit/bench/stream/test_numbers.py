"""The figures of `make bench-stream` mean what they say."""

import pytest

from bench.stream import table
from bench.stream.numbers import Asked, Goal, Idle, Round, as_table, middle, over_floor, over_other, percentile, plain
from bench.stream.relays import Ours, PureAsgi, RedisHop, SseStarlette
from bench.stream.stamps import Seen, Tape


def _round(p50: float, *, cpu: float | None = None, holes: int = 0, redis: int | None = None) -> Round:
    return Round(p50, 2 * p50, 100, holes, cpu, 5.0, redis)


def test_a_percentile_is_one_of_the_values() -> None:
    values = [5.0, 1.0, 4.0, 2.0, 3.0]
    assert percentile(values, 0.5) == 3.0
    assert percentile(values, 0.99) == 5.0
    assert percentile(values, 0.2) == 1.0
    assert percentile([7.0], 0.5) == 7.0
    with pytest.raises(ValueError, match="nothing"):
        percentile([], 0.5)


def test_a_ratio_is_taken_in_each_round_with_its_own_floors() -> None:
    relay = [_round(300), _round(600), _round(330)]
    hop, direct = [_round(100), _round(300), _round(100)], [_round(100), _round(300), _round(100)]
    assert over_floor(relay, [hop, direct]) == 1.5
    assert over_other([_round(1, cpu=40)], [_round(1, cpu=80)]) == 0.5


def test_rounds_that_do_not_belong_together_are_an_error() -> None:
    with pytest.raises(ValueError):
        over_floor([_round(1), _round(1)], [[_round(1)], [_round(1), _round(1)]])


def test_the_middle_hides_no_hole_and_no_connection() -> None:
    each = middle([_round(1, holes=0, redis=2), _round(9, holes=3, redis=5), _round(2, holes=0, redis=2)])
    assert (each.p50_us, each.holes, each.redis, each.server_us) == (2, 3, 5, None)


def test_goals_are_told_of_what_was_measured_only() -> None:
    cases = {
        "100x1": {
            RedisHop.name: [_round(100)],
            PureAsgi.name: [_round(100, cpu=10)],
            SseStarlette.name: [_round(100, cpu=100)],
            Ours.name: [_round(260, cpu=80, redis=2)],
        }
    }
    found = {goal.words: goal for goal in table.goals(cases, {}, {})}
    assert {words.split(":")[0] for words in found} == {"100x1"}
    assert [(goal.value, goal.reached) for goal in found.values()] == [(1.3, False), (0.8, True), (2, True)]
    assert table.goals({}, {Ours.name: [Idle(1, 14, 1, 0)]}, {})[0].reached is False


def test_without_a_floor_there_is_no_ratio() -> None:
    rounds = {PureAsgi.name: [_round(100, cpu=10)], Ours.name: [_round(260, cpu=80)]}
    assert table.goals({"1x1": rounds}, {}, {}) == []


def test_tables_and_json() -> None:
    assert as_table(("", "a"), [("x", None)]) == "|  | a |\n| --- | ---: |\n| x | — |"
    assert plain({"x": [Asked(1.0, 2.0)], "goal": Goal("w", 1, 2)}) == {
        "x": [{"p50_ms": 1.0, "p90_ms": 2.0}],
        "goal": {"words": "w", "value": 1, "most": 2},
    }


def test_stamps_are_found_wherever_the_bytes_are_cut() -> None:
    data = b"id: 1\ndata: word @1000.0@\n\n" + b"data: word @1500.1@ word @1600.2@\n\n" + b"data: @2000.3@\n\n"
    for cut in range(len(data)):
        seen = Seen(1000, 2000)
        tape = Tape(seen)
        tape.take(data[:cut], 3000)
        tape.take(data[cut:], 3000)
        assert list(seen.ages) == [2000, 1500, 1400]
        assert (tape.count, seen.holes) == (4, 0)


def test_what_is_missing_or_comes_twice_is_a_hole() -> None:
    seen = Seen(0, 10)
    tape = Tape(seen)
    tape.take(b"@1.4@@2.5@@3.7@@4.7@", 9)
    assert seen.holes == 2
