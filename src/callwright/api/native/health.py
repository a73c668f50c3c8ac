"""``/healthz`` and ``/readyz``, for supervisors and load balancers; without a key."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import JSONResponse

from callwright.api.native.services import Provided

router = APIRouter(tags=["health"])


@router.get("/healthz")
async def health() -> dict[str, str]:
    """Answer while the process lives."""
    return {"status": "ok"}


@router.get("/readyz", responses={503: {"description": "a part is missing; the body says which"}})
async def ready(services: Provided) -> JSONResponse:
    """Say whether calls can be taken and made, part by part."""
    parts = dict(services.ready())
    good = all(parts.values())
    return JSONResponse({"status": "ready" if good else "not ready", "parts": parts}, status_code=200 if good else 503)
