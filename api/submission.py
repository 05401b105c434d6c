"""What the three submits share: the idempotency key's meaning, and the 202 answer."""

from hashlib import sha256
from typing import Any

import orjson
from fastapi import Response
from pydantic import BaseModel

from api.schemas import Receipt
from scheduling.work import Idempotency
from scheduling.work import Receipt as Submitted


def idempotency(key: str | None, path: str, body: BaseModel | dict[str, Any]) -> Idempotency | None:
    """A key with a hash of the request it came with: its path, and its body as it was understood."""
    if key is None:
        return None
    content = body.model_dump(mode="json") if isinstance(body, BaseModel) else body
    return Idempotency(key, sha256(orjson.dumps([path, content], option=orjson.OPT_SORT_KEYS)).hexdigest())


def accepted(submitted: Submitted, response: Response) -> Receipt:
    """The answer to a submission, and its headers."""
    response.headers["Location"] = f"/tasks/{submitted.task_id}"
    if submitted.replayed:
        response.headers["Idempotent-Replayed"] = "true"
    return Receipt(
        task_id=submitted.task_id,
        session_id=submitted.session_id,
        turn_index=submitted.turn_index,
        document_id=submitted.document_id,
        status=submitted.status,
        position=submitted.position,
        eta_s=submitted.eta_s,
        stream_url=f"/stream/{submitted.task_id}",
        cancel_url=f"/tasks/{submitted.task_id}/cancel",
    )
