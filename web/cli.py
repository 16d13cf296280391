"""The command: ``closetcast serve`` and ``closetcast demo``. Every option can come from ``CLOSETCAST_*`` too."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import sys
from collections.abc import Callable, Coroutine, Sequence
from pathlib import Path
from typing import Any, Literal

from web.settings import IceServer, Settings


def main(arguments: Sequence[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    try:
        settings = settings_from(options)
    except ValueError as error:
        print(f"closetcast: {error}", file=sys.stderr)
        return 2
    from web.log import configure_logging

    configure_logging()
    if options.command == "demo":
        from web.demo.run import run_demo

        return _run(run_demo(settings))
    from web.serve import serve

    return _run(serve(settings))


def _run(coroutine: Coroutine[Any, Any, int]) -> int:
    loop_factory: Callable[[], asyncio.AbstractEventLoop] = asyncio.new_event_loop
    with contextlib.suppress(ImportError):  # not on every platform
        import uvloop

        loop_factory = uvloop.new_event_loop
    try:
        with asyncio.Runner(loop_factory=loop_factory) as runner:
            return runner.run(coroutine)
    except KeyboardInterrupt:
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="closetcast", description="Live selling, open and self-hosted.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="serve|demo")
    for name, text in (
        ("serve", "run the server"),
        ("demo", "run the server with people, closets and a show on air from a synthetic host"),
    ):
        command = commands.add_parser(name, help=text, formatter_class=argparse.ArgumentDefaultsHelpFormatter)
        _option(command, "--host", "127.0.0.1", "address to listen on")
        _option(command, "--port", "8080", "TCP port of pages and API")
        _option(
            command, "--udp-port", "0", "port of all media: UDP, and TCP for networks without it; 0: the same as --port"
        )
        _option(command, "--rtmp-port", "0", "TCP port for encoders that speak RTMP, usually 1935; 0: none")
        _option(
            command, "--public-ip", "", "addresses that browsers reach this machine at, comma-separated; empty: its own"
        )
        _option(
            command, "--engine", "auto", "of the media: auto, python or compiled; auto: compiled where it was built"
        )
        _option(
            command,
            "--media-threads",
            "0",
            "threads that send media (compiled engine); 0: one core less than there are",
        )
        _option(command, "--data", "data" if name == "serve" else "data/demo", "folder of database and photos")
        _option(command, "--database-url", "", "postgresql://... ; empty: SQLite in the data folder")
        _option(command, "--redis-url", "", "redis://... ; empty: one process, no Redis")
        _option(command, "--origins", "", "further origins whose pages may call, comma-separated")
        _option(
            command, "--ice-servers", "", "STUN/TURN servers for browsers: url[|username|credential], comma-separated"
        )
        _option(
            command,
            "--turn-servers",
            "",
            "turn:... URLs, comma-separated, for credentials that end by themselves; "
            "their shared secret is read from CLOSETCAST_TURN_SECRET only",
        )
        _option(command, "--public-url", "", "the shop's own address, for links in mails: https://shop.example.org")
        _option(
            command,
            "--mail-from",
            "",
            "sender of mails; the mail server is read from CLOSETCAST_SMTP_URL only: smtp://user:password@host:587",
        )
        _option(command, "--push-services", "", "origins of further Web Push services, comma-separated")
        _option(command, "--record", "yes", "no: shows leave no replay; HLS is made only while somebody watches it")
        _option(command, "--retention-days", "0", "days after which a replay is deleted; 0: never")
        _option(
            command,
            "--encoders",
            "1",
            "shows at once whose picture may be encoded again for HLS and replay (where the host sends no H264)",
        )
        _option(
            command,
            "--first-sale-shipping",
            "0" if name == "serve" else "500",
            "how much of a new seller's first shipping the platform pays, in cents or pence; 0: nothing",
        )
        _option(
            command, "--behind-proxy", "no", "yes: trust X-Forwarded-Proto and X-Forwarded-For of the proxy in front"
        )
    return parser


def _option(parser: argparse.ArgumentParser, name: str, default: str, text: str) -> None:
    variable = "CLOSETCAST_" + name.strip("-").replace("-", "_").upper()
    parser.add_argument(name, default=os.environ.get(variable, default), help=f"{text} [{variable}]")


def settings_from(options: argparse.Namespace) -> Settings:
    """Raises: ValueError with a sentence that names the option."""
    turn_servers = _list(options.turn_servers)
    turn_secret = os.environ.get("CLOSETCAST_TURN_SECRET") or None  # an option would show in the list of processes
    for url in turn_servers:
        if not url.startswith(("turn:", "turns:")):
            raise ValueError(f"--turn-servers: {url!r} must begin with turn: or turns:")
    if turn_servers and turn_secret is None:
        raise ValueError("--turn-servers needs the TURN server's static-auth-secret in CLOSETCAST_TURN_SECRET")
    smtp_url = os.environ.get("CLOSETCAST_SMTP_URL") or None  # it has a password in it
    public_url = options.public_url.rstrip("/") or None
    if smtp_url is not None:
        _mail_settings(smtp_url, options.mail_from, public_url)
    return Settings(
        host=options.host,
        port=_port("--port", options.port),
        udp_port=_port("--udp-port", options.udp_port),
        rtmp_port=_port("--rtmp-port", options.rtmp_port),
        public_ips=_list(options.public_ip),
        engine=_engine(options.engine),
        media_threads=_threads(options.media_threads),
        data=Path(options.data),
        database_url=options.database_url or None,
        redis_url=options.redis_url or None,
        origins=_list(options.origins),
        behind_proxy=_yes("--behind-proxy", options.behind_proxy),
        record=_yes("--record", options.record),
        retention_days=_count("--retention-days", options.retention_days, 36_500),
        encoders=_count("--encoders", options.encoders, 1_000),
        first_sale_shipping=_cents("--first-sale-shipping", options.first_sale_shipping),
        **_stripe(),
        ice_servers=tuple(_ice_server(text) for text in _list(options.ice_servers)),
        turn_servers=turn_servers,
        turn_secret=turn_secret,
        public_url=public_url,
        smtp_url=smtp_url,
        mail_from=options.mail_from,
        push_services=_list(options.push_services),
    )


def _mail_settings(smtp_url: str, sender: str, public_url: str | None) -> None:
    """Raises: ValueError."""
    from web.notices.mail import smtp_server

    try:
        smtp_server(smtp_url)
    except ValueError as error:
        raise ValueError(f"CLOSETCAST_SMTP_URL: {error}") from None
    if "@" not in sender or public_url is None:
        raise ValueError("CLOSETCAST_SMTP_URL needs --mail-from and --public-url: mails have a sender and links")


def _cents(name: str, text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text) <= 100_000):
        raise ValueError(f"{name} must be a whole number from 0 to 100000, not {text!r}")
    return int(text)


def _stripe() -> dict[str, Any]:
    """Stripe's three keys, from the environment: all of them, or none for the test provider."""
    names = ("secret_key", "webhook_secret", "publishable_key")
    found = {f"stripe_{name}": os.environ.get(f"CLOSETCAST_STRIPE_{name.upper()}") or None for name in names}
    if any(found.values()) and not all(found.values()):
        missing = [f"CLOSETCAST_{name.upper()}" for name, value in found.items() if value is None]
        raise ValueError(f"payments by Stripe also need {' and '.join(missing)}")
    return found


def _list(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


def _port(name: str, text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text) <= 65535):
        raise ValueError(f"{name} must be a number from 0 to 65535, not {text!r}")
    return int(text)


def _engine(text: str) -> Literal["auto", "python", "compiled"]:
    if text not in ("auto", "python", "compiled"):
        raise ValueError(f"--engine must be auto, python or compiled, not {text!r}")
    return text  # type: ignore[return-value]


def _threads(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text) <= 16):
        raise ValueError(f"--media-threads must be a number from 0 to 16, not {text!r}")
    return int(text)


def _yes(name: str, text: str) -> bool:
    if text.lower() not in ("1", "yes", "true", "0", "no", "false"):
        raise ValueError(f"{name} must be yes or no, not {text!r}")
    return text.lower() in ("1", "yes", "true")


def _count(name: str, text: str, most: int) -> int:
    if not (text.isascii() and text.isdigit() and int(text) <= most):
        raise ValueError(f"{name} must be a whole number from 0 to {most}, not {text!r}")
    return int(text)


def _ice_server(text: str) -> IceServer:
    url, _, rest = text.partition("|")
    if not url.startswith(("stun:", "stuns:", "turn:", "turns:")):
        raise ValueError(f"--ice-servers: {url!r} must begin with stun:, stuns:, turn: or turns:")
    username, _, credential = rest.partition("|")
    return IceServer(url, username or None, credential or None)


if __name__ == "__main__":
    raise SystemExit(main())
