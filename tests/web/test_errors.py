"""One table maps every error of every package to a status."""

from __future__ import annotations

import importlib
import inspect

import pytest

from web.errors import STATUS, BadRequest, error_response

PACKAGES = ("livestream", "hosts", "chat", "cart")


@pytest.mark.parametrize("package", PACKAGES)
def test_every_error_of_a_package_has_its_own_status(package: str) -> None:
    module = importlib.import_module(f"{package}.errors")
    errors = [kind for _, kind in inspect.getmembers(module, inspect.isclass) if issubclass(kind, Exception)]
    own = [kind for kind in errors if kind.__module__ == module.__name__]
    assert own
    assert [kind.__name__ for kind in own if kind not in STATUS] == []


def test_the_answer_has_a_code_a_message_and_details() -> None:
    response = error_response(BadRequest("Give a price.", code="no_price", status=422, details={"field": "price"}))
    assert response is not None
    assert response.status == 422
    assert response.body == b'{"error":{"code":"no_price","message":"Give a price.","details":{"field":"price"}}}'


def test_an_unknown_error_is_nobodys_answer() -> None:
    assert error_response(KeyError("secret")) is None


def test_a_database_that_does_not_answer_is_a_503_with_a_time_to_come_back() -> None:
    response = error_response(OSError("disk full"))
    assert response is not None
    assert response.status == 503
    assert response.headers["Retry-After"] == "2"
    assert b"disk" not in bytes(response.body)  # type: ignore[arg-type]
