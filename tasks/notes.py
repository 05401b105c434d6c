"""What the database is told of a running attempt, with its lease."""

from collections.abc import Mapping
from datetime import timedelta
from time import monotonic
from typing import Any

from db.models import TaskRow
from streaming.events import Answer, Delta, Progress, Reset
from streaming.fold import Folded


class Notes:
    """The checkpoint, the progress and the time of the first token, as far as they are not saved yet.

    `first_token`: the column `first_token_at`, once there is one.
    """

    def __init__(self, task: TaskRow) -> None:
        self.first_token: dict[str, Any] = {}
        self._task = task
        self._claimed_at = monotonic()
        self._progress: dict[str, Any] = {}
        self._saved: dict[str, Any] = {
            "checkpoint_text": task.checkpoint_text,
            "checkpoint_citations": task.checkpoint_citations,
        }

    @property
    def noted(self) -> tuple[str, list[dict[str, Any]]]:
        """The text and the citations that the database has."""
        return self._saved["checkpoint_text"], self._saved["checkpoint_citations"]

    def take(self, event: Answer | Reset) -> None:
        """Note what there is to note of an event."""
        if isinstance(event, Delta) and not self.first_token:
            assert self._task.started_at is not None
            since = timedelta(seconds=monotonic() - self._claimed_at)
            self.first_token = {"first_token_at": self._task.started_at + since}
        if isinstance(event, Progress):
            self._progress = {"progress": event.model_dump(mode="json")}

    def unsaved(self, folded: Folded) -> dict[str, Any]:
        """The columns to write. An earlier attempt's text stays there until this one has some."""
        notes = self.first_token | self._progress
        if folded.text:
            notes |= {"checkpoint_text": folded.text, "checkpoint_citations": list(folded.citations)}
        return {name: value for name, value in notes.items() if self._saved.get(name) != value}

    def saved(self, notes: Mapping[str, Any]) -> None:
        """These columns are written."""
        self._saved.update(notes)
