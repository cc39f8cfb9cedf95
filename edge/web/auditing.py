"""The route of the audit record: who did what, when, the newest first."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict

from edge.web.front import AuditRow, StoreFront

ACTION = r"^[a-z][a-z0-9_]{0,63}$"


class AuditPage(BaseModel):
    """Lines of the audit record, the newest first. ``next_before``: the value of ``before`` that gives the page after this one; None at the
    end. ``actions``: all actions that the record has."""

    model_config = ConfigDict(frozen=True)

    rows: tuple[AuditRow, ...]
    next_before: int | None
    actions: tuple[str, ...]


def auditing(front: StoreFront) -> APIRouter:
    """The routes over one store."""
    router = APIRouter()

    @router.get("/api/v1/audit", summary="Who did what, newest first")
    async def audit(
        limit: Annotated[int, Query(ge=1, le=200, description="How many at most.")] = 50,
        before: Annotated[int | None, Query(ge=1, le=2**53, description="Only lines with a smaller number.")] = None,
        action: Annotated[str | None, Query(pattern=ACTION, description="Only this action.")] = None,
        by: Annotated[str | None, Query(min_length=1, max_length=200, description="Only what this one did.")] = None,
    ) -> AuditPage:
        page = tuple(await front.audit(limit=limit, before=before, action=action, by=by))
        actions = tuple(await front.audit_actions())
        return AuditPage(rows=page, next_before=page[-1].number if len(page) == limit else None, actions=actions)

    return router
