"""Whatever comes on the way, attempts, resets and snapshots at any point: the fold ends with the final turn.

The page folds in TypeScript: both are held against the same examples.
"""

from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streaming.fold import CITATION_FIELDS, Folded, fold, parse_frames
from tests.unit.streaming.deliveries import EXAMPLES, Turn, deliveries


def _folded(frames: bytes) -> Folded:
    folded = Folded()
    for event, data in parse_frames(frames):
        folded.apply(event, data)
    return folded


@given(deliveries())
def test_the_fold_ends_with_the_final_turn(delivery: tuple[Turn, bytes]) -> None:
    turn, frames = delivery
    final, folded = turn.as_snapshot(), _folded(frames)
    assert (folded.text, folded.reasoning, folded.steps) == (final.text, final.reasoning, final.steps)
    assert folded.citations == final.citations
    assert folded.terminal is not None
    assert folded.terminal[1]["result"]["turn"] == {"content": folded.text, "citations": folded.citations}


@given(deliveries(), st.data())
def test_it_does_from_a_snapshot_of_any_beginning_too(delivery: tuple[Turn, bytes], data: st.DataObject) -> None:
    _, frames = delivery
    blocks = [block + b"\n\n" for block in frames.split(b"\n\n")[:-1]]
    cut = data.draw(st.integers(1, len(blocks)))
    assert _folded(fold(b"".join(blocks[:cut])) + b"".join(blocks[cut:])) == _folded(frames)


@pytest.mark.parametrize("example", orjson.loads(EXAMPLES.read_bytes()), ids=lambda example: example["name"])
def test_the_examples_that_the_page_folds_too(example: dict[str, Any]) -> None:
    folded = Folded()
    for each in example["events"]:
        folded.apply(each["event"], each["data"])
    citations = [{key: each.get(key) for key in CITATION_FIELDS} for each in example["state"]["citations"]]
    expected = {**example["state"], "citations": citations}
    assert {name: getattr(folded, name) for name in expected} == expected
