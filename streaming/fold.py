"""Folding the events of a stream into their sum, as every client does."""

from dataclasses import dataclass, field
from typing import Any

import orjson


@dataclass(slots=True)
class Folded:
    """What a subscriber has after some events: text, reasoning, steps and citations, and how it ended."""

    text: str = ""
    reasoning: str = ""
    steps: list[dict[str, Any]] = field(default_factory=list)
    citations: list[dict[str, Any]] = field(default_factory=list)
    last: int = 0
    attempt: int = 0
    terminal: tuple[str, dict[str, Any]] | None = None

    def apply(self, event: str, data: dict[str, Any]) -> None:
        """Take in the next event, given by its type and data."""
        self.last = data.get("seq", self.last)
        self.attempt = data.get("attempt", self.attempt)
        match event:
            case "task.delta" if data["channel"] == "reasoning":
                self.reasoning += data["text"]
            case "task.delta":
                self.text += data["text"]
            case "task.progress":
                self._step(data)
            case "task.citation":
                self._citation(data)
            case "task.reset":
                self.text = self.text[: data["keep"]]
                if data["keep"] == 0:
                    self.reasoning, self.citations = "", []
            case "stream.snapshot":
                self.text, self.reasoning = data["text"], data["reasoning"]
                self.steps, self.citations = list(data["steps"]), list(data["citations"])
            case "task.completed" | "task.failed" | "task.cancelled":
                self.terminal = (event, data)
            case _:
                return

    def _step(self, data: dict[str, Any]) -> None:
        step = {key: data[key] for key in ("step", "label", "done", "total")}
        for index, earlier in enumerate(self.steps):
            if earlier["step"] == step["step"]:
                self.steps[index] = step
                return
        self.steps.append(step)

    def _citation(self, data: dict[str, Any]) -> None:
        """In the order of their numbers, whatever order they came in; the same number replaces the earlier one."""
        others = [each for each in self.citations if each["n"] != data["n"]]
        citation = {key: data.get(key) for key in CITATION_FIELDS}
        self.citations = sorted([*others, citation], key=lambda each: int(each["n"]))


CITATION_FIELDS = ("n", "document_id", "url", "title", "passage", "locator")


def parse_frames(data: bytes) -> list[tuple[str, dict[str, Any]]]:
    """Whole SSE frames of our own as (type, data) pairs."""
    events = []
    for block in data.split(b"\n\n"):
        lines = dict(line.split(b": ", 1) for line in block.split(b"\n") if b": " in line)
        if b"event" in lines:
            events.append((lines[b"event"].decode(), orjson.loads(lines[b"data"])))
    return events


def fold(frames: bytes) -> bytes:
    """Frames as one snapshot frame that carries the last id, and the terminal frame after it when there is one."""
    folded = Folded()
    before_end = 0
    for event, data in parse_frames(frames):
        folded.apply(event, data)
        if folded.terminal is None:
            before_end = folded.last
    if before_end == 0:
        return frames
    terminal = frames[frames.rindex(b"\n\nid: ") + 2 :] if folded.terminal is not None else b""
    snapshot = {
        "task_id": data["task_id"],
        "seq": before_end,
        "attempt": folded.attempt,
        "text": folded.text,
        "reasoning": folded.reasoning,
        "steps": folded.steps,
        "citations": folded.citations,
    }
    return b"id: %d\nevent: stream.snapshot\ndata: %b\n\n" % (before_end, orjson.dumps(snapshot)) + terminal
