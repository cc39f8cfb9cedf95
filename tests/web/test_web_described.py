"""Every endpoint as the description of the API allows it, and as it does not: nothing fails inside, and every answer is as described.

Schemathesis makes the requests out of the document that the store serves. Live streams, which never end, are asked by those only who get
none of them; leaving is asked by nobody who is still needed.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.schemas import APIOperation, BaseSchema
from schemathesis.specs.openapi.checks import content_type_conformance, response_schema_conformance, status_code_conformance

from edge.web.app import create_app
from edge.web.settings import WebSettings
from tests.web.kept_receipts import kept_receipt, watched_receipt
from tests.web.shown_store import ShownStore
from tests.web.signed_in import headers, session

HERE = "http://127.0.0.1:8080"
ENDLESS = {"/api/v1/stream", "/api/v1/samples", "/api/v1/kiosk/stream"}
LEAVING = {"/api/v1/logout"}
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
AS_DESCRIBED, NOT_AS_DESCRIBED = GenerationMode.POSITIVE, GenerationMode.NEGATIVE


@pytest.fixture(scope="module")
def store() -> ShownStore:
    return ShownStore(kept=[kept_receipt(1, final=False), watched_receipt(2)])


@pytest.fixture(scope="module")
def described(store: ShownStore) -> BaseSchema:
    app = create_app(store, WebSettings(answer_within_s=0.5))
    schema = schemathesis.openapi.from_dict(app.openapi())
    schema.app = app
    return schema


@pytest.fixture(scope="module")
def identities(store: ShownStore) -> Mapping[str, Mapping[str, str]]:
    """Headers by who sends them."""

    async def signed_in() -> dict[str, dict[str, str]]:
        return {
            "admin": headers(await session(store.access, "admin")),
            "viewer": headers(await session(store.access, "viewer")),
            "nobody": {},
        }

    return asyncio.run(signed_in())


def operations(schema: BaseSchema, who: str) -> Iterator[APIOperation[Any, Any, Any, Any]]:
    """What this one may ask in a test."""
    for found in schema.get_all_operations():
        assert isinstance(found, Ok), found
        operation = found.ok()
        if who == "nobody" or operation.path not in ENDLESS | LEAVING:
            yield operation


@pytest.mark.parametrize(
    ("who", "mode", "requests"),
    [("admin", AS_DESCRIBED, 8), ("admin", NOT_AS_DESCRIBED, 4), ("viewer", AS_DESCRIBED, 2), ("nobody", AS_DESCRIBED, 2)],
)
def test_every_answer_is_as_described(
    described: BaseSchema, identities: Mapping[str, Mapping[str, str]], who: str, mode: GenerationMode, requests: int
) -> None:
    wrong: dict[str, str] = {}
    answers: Counter[int] = Counter()
    asked = 0
    for operation in operations(described, who):
        if mode is NOT_AS_DESCRIBED and not operation.body and not [*operation.iter_parameters()]:
            continue  # there is nothing about it to be wrong

        @settings(
            max_examples=requests,
            derandomize=True,
            database=None,
            deadline=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy(generation_mode=mode))
        def ask(case: Case[Any]) -> None:
            answer = case.call(base_url=HERE, headers=dict(identities[who]))
            answers[answer.status_code] += 1
            try:
                case.validate_response(answer, checks=CHECKS)
            except BaseException as failure:
                wrong.setdefault(f"{case.operation.label}: {answer.status_code}", str(failure))

        ask()
        asked += 1
    assert wrong == {}
    assert asked > 30
    assert who != "nobody" or set(answers) <= {200, 401, 404, 415, 422}, answers
    assert who != "admin" or mode is NOT_AS_DESCRIBED or answers[200] > answers.total() / 2, answers
