"""The operations room: what stands still, who may do what, and by which days is counted."""

from fastapi import APIRouter

from api.pages.operations import incidents, people, start

router = APIRouter()
for part in (start, incidents, people):
    router.include_router(part.router)
