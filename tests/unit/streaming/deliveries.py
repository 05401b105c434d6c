"""Runs of tasks as subscribers get them, and the final turn, computed by other means than the fold.

`python -m tests.unit.streaming.deliveries` writes the examples that the page's fold is tested with, too, anew.
"""

import random
import warnings
from typing import Any
from uuid import UUID

import orjson
from hypothesis import strategies as st
from hypothesis.errors import NonInteractiveExampleWarning

from streaming.events import Citation, Completed, Delta, Logged, Progress, Reset, Snapshot, Started, frame
from streaming.fold import parse_frames
from tests.services import ROOT

TASK = UUID(int=7)
EXAMPLES = ROOT / "web" / "src" / "hub" / "fold-examples.json"

STEP_FIELDS = ("step", "label", "done", "total")

texts = st.text(alphabet="ab 水🌊é\n", max_size=4)
answers: st.SearchStrategy[Logged] = st.one_of(
    st.builds(Delta, text=texts, channel=st.sampled_from(["text", "text", "reasoning"])),
    st.builds(Progress, step=st.sampled_from("abc"), label=texts, done=st.integers(0, 9), total=st.none()),
    st.builds(Citation, n=st.integers(1, 5), title=texts, passage=texts),
)


class Turn:
    """What a task has written, kept as lists and dictionaries."""

    def __init__(self) -> None:
        self.letters: list[str] = []
        self.thoughts: list[str] = []
        self.steps: dict[str, dict[str, Any]] = {}
        self.sources: dict[int, dict[str, Any]] = {}

    def write(self, event: Logged) -> None:
        match event:
            case Delta(channel="text"):
                self.letters.extend(event.text)
            case Delta():
                self.thoughts.extend(event.text)
            case Progress():
                self.steps[event.step] = event.model_dump(mode="json")
            case Citation():
                self.sources[event.n] = event.model_dump(mode="json")
            case Reset():
                del self.letters[event.keep :]
                if event.keep == 0:
                    self.thoughts, self.sources = [], {}

    def as_snapshot(self) -> Snapshot:
        citations = [self.sources[n] for n in sorted(self.sources)]
        return Snapshot(
            text="".join(self.letters),
            reasoning="".join(self.thoughts),
            steps=[{key: step[key] for key in STEP_FIELDS} for step in self.steps.values()],
            citations=citations,
        )


@st.composite
def runs(draw: st.DrawFn) -> tuple[Turn, list[Logged]]:
    """A task's attempts from its start to its end."""
    turn, events = Turn(), list[Logged]()
    for attempt in range(draw(st.integers(1, 3))):
        events.append(Started(model="m", waited_ms=1))
        if attempt > 0:
            events.append(Reset(keep=draw(st.integers(0, 1 + len(turn.letters))), reason="again"))
            turn.write(events[-1])
        for event in draw(st.lists(answers, max_size=10)):
            events.append(event)
            turn.write(event)
    final = turn.as_snapshot()
    return turn, [*events, Completed(result={"turn": {"content": final.text, "citations": final.citations}})]


@st.composite
def deliveries(draw: st.DrawFn) -> tuple[Turn, bytes]:
    """A run as a subscriber gets it: some stretches as one snapshot, whose id may be far above."""
    turn, events = draw(runs())
    delivered, seq, so_far = b"", 0, Turn()
    for event in events:
        so_far.write(event)
        seq += 1
        if isinstance(event, Completed) or draw(st.booleans()):
            delivered += frame(event, task_id=TASK, seq=seq, attempt=1)
            continue
        seq += draw(st.sampled_from([0, 0, 1000]))
        delivered += frame(so_far.as_snapshot(), task_id=TASK, seq=seq, attempt=1)
    return turn, delivered


def examples(count: int) -> list[dict[str, Any]]:
    """So many deliveries with what they fold into, each with a reset."""
    found: list[dict[str, Any]] = []
    while len(found) < count:
        turn, frames = deliveries().example()
        final, events = turn.as_snapshot(), parse_frames(frames)
        if not 6 <= len(events) <= 14 or not any(event == "task.reset" and data["keep"] for event, data in events):
            continue
        state = {**final.model_dump(mode="json"), "last": events[-1][1]["seq"]}
        told = [{"event": event, "data": data} for event, data in events]
        found.append({"name": f"example {len(found) + 1}", "events": told, "state": state})
    return found


if __name__ == "__main__":
    warnings.simplefilter("ignore", NonInteractiveExampleWarning)
    random.seed(1)
    EXAMPLES.write_bytes(b"[\n" + b",\n".join(map(orjson.dumps, examples(15))) + b"\n]\n")
