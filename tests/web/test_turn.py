"""TURN credentials that end by themselves."""

from __future__ import annotations

import base64
import hashlib
import hmac

import pytest

from tests.web.test_cli import settings
from web.cli import main
from web.media.turn import LIFETIME, timed_credentials


def test_the_credentials_are_what_the_turn_server_computes() -> None:
    server = timed_credentials("turn:t.example", "north", 1_000, "x1")
    assert server.username == f"{1_000 + LIFETIME}:x1"
    expected = hmac.new(b"north", server.username.encode(), hashlib.sha1).digest()
    assert base64.b64decode(server.credential or "") == expected


def test_another_name_or_time_gives_another_password() -> None:
    found = {timed_credentials("turn:t", "north", now, name).credential for now in (1, 2) for name in ("a", "b")}
    assert len(found) == 4


def test_the_secret_comes_from_the_environment_and_shows_nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLOSETCAST_TURN_SECRET", "north")
    given = settings("--turn-servers", "turn:a.example, turns:b.example")
    assert given.turn_servers == ("turn:a.example", "turns:b.example")
    assert given.turn_secret == "north"
    assert "north" not in repr(given)


def test_servers_without_a_secret_and_wrong_ones_are_refused(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("CLOSETCAST_TURN_SECRET", raising=False)
    assert main(["serve", "--turn-servers", "turn:a.example"]) == 2
    assert "CLOSETCAST_TURN_SECRET" in capsys.readouterr().err
    assert main(["serve", "--turn-servers", "stun:a.example"]) == 2
    assert "must begin with turn:" in capsys.readouterr().err
