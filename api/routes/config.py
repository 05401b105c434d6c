"""What a page needs to know first."""

from fastapi import APIRouter

from api import schemas
from api.deps import Caller, Config, Store, problems
from api.version import version
from db.line import line_state

router = APIRouter(tags=["server"])


@router.get("/config", response_model=schemas.Config, responses=problems())
async def read_config(caller: Caller, settings: Config, database: Store) -> schemas.Config:
    """Who is calling, and what this server can do."""
    async with database.transaction() as tx:
        limit = (await line_state(tx)).slot_limit
    return schemas.Config(
        auth_mode=settings.auth_mode.value,
        user=caller.name,
        is_admin=caller.is_admin,
        limit=limit,
        model=settings.llm_model if settings.llm_base_url else None,
        web_search=settings.searxng_url is not None,
        max_upload_bytes=settings.max_upload_bytes,
        max_message_chars=settings.max_message_chars,
        version=version(),
    )
