"""What chat and research see of the library."""

from typing import Annotated

from fastapi import APIRouter, Query

from api.deps import Caller, Documents, problems
from api.schemas import HitPage
from api.text import Message
from db.cursors import Page
from library.search import Hit

router = APIRouter(tags=["library"])


@router.get("/search", response_model=HitPage, responses=problems(422))
async def search(
    caller: Caller,
    library: Documents,
    q: Annotated[Message, Query(max_length=1000, description="a question or some words")],
    limit: Annotated[int, Query(ge=1, le=50)] = 8,
) -> Page[Hit]:
    """Passages of the caller's documents, best first."""
    return Page(await library.search(caller.name, q, limit=limit), None)
