"""The shapes of PROTOCOL.md, as requests and answers have them."""

from api.schemas.base import (
    Answer,
    Health,
    Kind,
    Problem,
    Status,
)
from api.schemas.content import (
    Citation,
    Config,
    Document,
    DocumentPage,
    Hit,
    HitPage,
    Session,
    SessionPage,
    Turn,
    TurnPage,
)
from api.schemas.requests import (
    CancelRequest,
    NewMessage,
    NewResearch,
    NewSession,
    SessionChange,
)
from api.schemas.tasks import (
    IngestQueue,
    Progress,
    Queue,
    QueueItem,
    Receipt,
    Task,
    TaskError,
    TaskPage,
)

__all__ = [
    "Answer",
    "CancelRequest",
    "Citation",
    "Config",
    "Document",
    "DocumentPage",
    "Health",
    "Hit",
    "HitPage",
    "IngestQueue",
    "Kind",
    "NewMessage",
    "NewResearch",
    "NewSession",
    "Problem",
    "Progress",
    "Queue",
    "QueueItem",
    "Receipt",
    "Session",
    "SessionChange",
    "SessionPage",
    "Status",
    "Task",
    "TaskError",
    "TaskPage",
    "Turn",
    "TurnPage",
]
