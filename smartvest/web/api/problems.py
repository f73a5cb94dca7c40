"""Errors as the API says them: application/problem+json (RFC 9457), always with what is allowed instead."""

from __future__ import annotations

from pydantic import BaseModel, Field


class ProblemDetails(BaseModel):
    """The body of every error."""

    type: str = Field(default="about:blank", description="A URI for the kind of problem.")
    title: str
    status: int
    detail: str = Field(description="What is wrong and what to do.")
    parameter: str | None = Field(default=None, description="The parameter that is wrong.")
    allowed: str | list[str] | None = Field(default=None, description="What is allowed instead.")


class Problem(Exception):
    """Raise it anywhere in a handler; the endpoint answers with it."""

    TITLES = {
        400: "Bad request",
        404: "Not found",
        405: "Method not allowed",
        410: "Gone",
        416: "Range not satisfiable",
        500: "Internal error",
        503: "Not available now",
    }

    def __init__(
        self, status: int, detail: str, *, parameter: str | None = None, allowed: str | list[str] | None = None
    ):
        super().__init__(detail)
        self.details = ProblemDetails(
            title=self.TITLES[status], status=status, detail=detail, parameter=parameter, allowed=allowed
        )
