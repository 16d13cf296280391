"""Requests made up from the OpenAPI document, right and wrong ones: never a 5xx, always JSON, and the server lives on.

With and without a session; the cases are the same in every run.
"""

from __future__ import annotations

import itertools
import json
import urllib.request
from collections.abc import Iterator
from typing import Any

import hypothesis
import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from schemathesis import GenerationMode
from schemathesis.core.result import Ok

from tests.e2e.server import ServerProcess

EXAMPLES = 6  # per operation, mode and caller: about a thousand requests in all
NUMBERS = itertools.count()
LEFT_OUT = {
    "/api/session": "DELETE",  # these two would end the session the test goes on with
    "/api/me/password": "POST",
    "/api/notices/stream": "GET",  # this answer has no end
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    process = ServerProcess(tmp_path_factory.mktemp("fuzz") / "data")
    process.start()
    yield process
    process.close()


@pytest.fixture(scope="module")
def document(server: ServerProcess) -> dict[str, Any]:
    with urllib.request.urlopen(server.url + "/api/openapi.json", timeout=10) as response:
        found: dict[str, Any] = json.load(response)
        return found


@pytest.fixture(params=["anonymous", "signed in"])
def session(request: pytest.FixtureRequest, server: ServerProcess) -> Iterator[requests.Session]:
    with requests.Session() as session:
        session.headers["Origin"] = server.url
        if request.param == "signed in":
            handle = f"fuzz_{next(NUMBERS)}"
            body = {"email": f"{handle}@example.org", "password": "a long password", "handle": handle, "name": "Fuzz"}
            reply = session.post(server.url + "/api/accounts", json=body, timeout=10)
            assert reply.status_code == 201, reply.text
        yield session


@pytest.mark.timeout(180)
@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=lambda mode: mode.value)
def test_made_up_requests_never_break_the_server(
    server: ServerProcess, document: dict[str, Any], session: requests.Session, mode: GenerationMode
) -> None:
    schema = schemathesis.openapi.from_dict(document)
    bad: list[str] = []
    for result in schema.get_all_operations():
        if not isinstance(result, Ok):
            bad.append(f"the document is wrong: {result.err()}")
            continue
        operation = result.ok()
        if LEFT_OUT.get(operation.path) == operation.method.upper():
            continue

        @hypothesis.given(case=operation.as_strategy(generation_mode=mode))
        @settings(
            max_examples=EXAMPLES,
            derandomize=True,
            database=None,
            deadline=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        def send(case: Any) -> None:
            try:
                reply = case.call(base_url=server.url, session=session, timeout=10)
            except (requests.exceptions.InvalidHeader, requests.exceptions.InvalidURL, UnicodeError):
                return  # the client itself refuses to send it
            if reply.status_code >= 500 and reply.status_code != 503:
                bad.append(f"{case.method} {case.path}: {reply.status_code} {reply.content[:200]!r}")
            elif reply.status_code >= 400 and "error" not in reply.json():
                bad.append(f"{case.method} {case.path}: {reply.status_code} without an error")

        try:
            send()
        except hypothesis.errors.Unsatisfiable:
            continue  # an operation of which nothing can be made wrong
    assert bad == []
    assert server.complaints() == []
    with urllib.request.urlopen(server.url + "/readyz", timeout=10) as response:
        assert response.status == 200
