"""Errors as the web room tells them: RFC 9457 problem documents that say what to do next. Never a stack trace, never what was sent."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

PROBLEM_TYPE = "application/problem+json"
PROBLEM_SCHEMA = "#/components/schemas/ProblemDocument"  # where the description of the API has it


class FieldProblem(BaseModel):
    """One part of a request that is not as described. ``at`` is the path to it, such as ``body.pass``."""

    model_config = ConfigDict(frozen=True)

    at: str
    message: str


class ProblemDocument(BaseModel):
    """What went wrong (``title``, stable ``code``) and what the caller should do about it (``detail``)."""

    model_config = ConfigDict(frozen=True)

    type: str = Field(description="A name of the kind of problem, for programs.")
    title: str
    status: int = Field(ge=400, le=599)
    code: str
    detail: str
    fields: tuple[FieldProblem, ...] = ()


class Problem(Exception):
    """Raised anywhere below a route, answered as a problem document."""

    def __init__(
        self,
        status: int,
        code: str,
        title: str,
        detail: str,
        *,
        fields: tuple[FieldProblem, ...] = (),
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(f"{code}: {detail}")
        self.document = ProblemDocument(
            type=f"urn:smartstore:problem:{code}", title=title, status=status, code=code, detail=detail, fields=fields
        )
        self.headers = headers or {}

    def response(self) -> Response:
        """The problem as an HTTP answer."""
        return Response(
            content=self.document.model_dump_json(),
            status_code=self.document.status,
            media_type=PROBLEM_TYPE,
            headers={"cache-control": "no-store", **self.headers},
        )
