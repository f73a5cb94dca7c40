"""The API fuzzed against its own description. Without schemathesis's pytest plugin, which pytest 9 breaks."""

from __future__ import annotations

import warnings

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from starlette.applications import Starlette

from smartvest.web.api import api_routes


@pytest.fixture(scope="module")
def operations(data):
    app = Starlette(routes=api_routes(data))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        schema = schemathesis.openapi.from_asgi("/api/v1/openapi.json", app)
    return [found.ok() for found in schema.get_all_operations()]


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=["right", "wrong"])
def test_the_api_is_what_its_document_says(operations, mode):
    """Right requests are answered as described, wrong ones refused with a problem; no answer is undocumented."""
    assert len(operations) > 25
    for operation in operations:
        if mode is GenerationMode.NEGATIVE and not (operation.query or operation.path_parameters):
            continue

        @settings(max_examples=6, deadline=None, phases=[Phase.generate], database=None,
                  suppress_health_check=list(HealthCheck))  # fmt: skip
        @given(case=operation.as_strategy(generation_mode=mode))
        def ask(case):
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                case.call_and_validate()

        ask()
