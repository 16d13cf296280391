"""Options, environment and what is said about bad ones."""

from __future__ import annotations

from pathlib import Path

import pytest

from web.cli import _parser, main, settings_from
from web.settings import IceServer, Settings


def settings(*arguments: str) -> Settings:
    return settings_from(_parser().parse_args(["serve", *arguments]))


def test_defaults_are_a_server_for_this_machine_only() -> None:
    assert settings() == Settings()


def test_options_are_read() -> None:
    given = settings(
        *("--port", "9000", "--udp-port", "40000", "--public-ip", "203.0.113.7, 2001:db8::7", "--data", "/srv/shop"),
        *("--behind-proxy", "yes", "--origins", "https://a.example", "--ice-servers", "turn:t.example:3478|ana|secret"),
    )
    assert given.port == 9000
    assert given.udp_port == 40000
    assert given.public_ips == ("203.0.113.7", "2001:db8::7")
    assert given.data == Path("/srv/shop")
    assert given.behind_proxy
    assert given.origins == ("https://a.example",)
    assert given.ice_servers == (IceServer("turn:t.example:3478", "ana", "secret"),)


def test_the_environment_gives_defaults_and_options_win(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLOSETCAST_PORT", "9001")
    monkeypatch.setenv("CLOSETCAST_REDIS_URL", "redis://r/0")
    assert settings().port == 9001
    assert settings().redis_url == "redis://r/0"
    assert settings("--port", "9002").port == 9002


@pytest.mark.parametrize("port", ["http", "70000", "-1", "", "²"])
def test_a_bad_port_is_named(port: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["serve", f"--port={port}"]) == 2
    assert "--port must be a number from 0 to 65535" in capsys.readouterr().err


def test_a_bad_ice_server_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["serve", "--ice-servers", "http://x"]) == 2
    assert "must begin with stun:" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["--behind-proxy", "--record"])
def test_yes_and_no_are_the_only_answers(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert settings(name, "YES") != settings(name, "no")
    assert main(["serve", name, "maybe"]) == 2
    assert f"{name} must be yes or no" in capsys.readouterr().err


def test_a_mail_server_needs_a_sender_and_an_address(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CLOSETCAST_SMTP_URL", "smtp://shop:secret@mail.example.org")
    assert main(["serve"]) == 2
    assert "needs --mail-from and --public-url" in capsys.readouterr().err
    given = settings("--mail-from", "shop@example.org", "--public-url", "https://shop.example.org/")
    assert given.public_url == "https://shop.example.org"
    monkeypatch.setenv("CLOSETCAST_SMTP_URL", "http://mail.example.org")
    assert main(["serve", "--mail-from", "a@b.org", "--public-url", "https://c.org"]) == 2
    assert "CLOSETCAST_SMTP_URL: it must look like smtp://" in capsys.readouterr().err


def test_help_names_every_variable(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["serve", "--help"])
    assert ended.value.code == 0
    text = capsys.readouterr().out
    for name in ("HOST", "PORT", "UDP_PORT", "PUBLIC_IP", "DATA", "DATABASE_URL", "REDIS_URL"):
        assert f"CLOSETCAST_{name}" in text


def test_the_media_engine_is_chosen(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("CLOSETCAST_ENGINE", "python")
    assert settings().engine == "python"
    given = settings("--engine", "compiled", "--media-threads", "3")
    assert (given.engine, given.media_threads) == ("compiled", 3)
    assert main(["serve", "--engine", "fast"]) == 2
    assert "--engine must be auto, python or compiled" in capsys.readouterr().err
    for threads in ("many", "17", "-1"):
        assert main(["serve", f"--media-threads={threads}"]) == 2
        assert "--media-threads must be a number from 0 to 16" in capsys.readouterr().err
