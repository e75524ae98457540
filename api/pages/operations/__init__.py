"""The operations room: what stands still, who may do what, and by which days is counted."""

from fastapi import APIRouter

from api.pages.operations import agencies, calendars, changes, incidents, inputs, machinery, people, start, systems

router = APIRouter()
for part in (start, incidents, inputs, machinery, people, systems, agencies, calendars, changes):
    router.include_router(part.router)
