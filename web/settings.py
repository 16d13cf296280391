"""Configuration: what ``closetcast serve`` takes as options and from ``CLOSETCAST_*`` in the environment."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal


@dataclass(frozen=True, slots=True)
class IceServer:
    """One STUN or TURN server that browsers are told about (RFC 9725 section 4.6)."""

    url: str  # "turn:turn.example.org:3478?transport=udp"
    username: str | None = None
    credential: str | None = None


@dataclass(frozen=True, slots=True)
class Settings:
    host: str = "127.0.0.1"
    port: int = 8080
    udp_port: int = 0  # of media, by TCP too; 0: the same number as ``port``
    rtmp_port: int = 0  # TCP port of encoders that speak RTMP; 0: none
    public_ips: tuple[str, ...] = ()  # advertised in candidates; empty: the machine's own addresses
    engine: Literal["auto", "python", "compiled"] = "auto"  # of the media; auto: compiled where it was built
    media_threads: int = 0  # that send, with the compiled engine; 0: by the number of cores
    data: Path = Path("data")
    database_url: str | None = None  # None: SQLite in the data folder
    redis_url: str | None = None  # None: the in-process broker
    origins: tuple[str, ...] = ()  # further allowed origins, e.g. "https://shop.example.org"
    behind_proxy: bool = False  # trust X-Forwarded-Proto and -For from the proxy in front
    ice_servers: tuple[IceServer, ...] = field(default=())
    turn_servers: tuple[str, ...] = ()  # URLs of TURN servers that share ``turn_secret``
    turn_secret: str | None = field(default=None, repr=False)  # only from the environment
    record: bool = True  # keep every show as a replay
    retention_days: int = 0  # a replay is deleted so long after its show; 0: never
    encoders: int = 1  # shows whose picture may be encoded again at once, for HLS and recording of what is not H264
    public_url: str | None = None  # the shop's address for links in mails, e.g. "https://shop.example.org"
    smtp_url: str | None = field(default=None, repr=False)  # smtp://user:password@host:587; None: no mail
    mail_from: str = ""  # the sender of mails
    push_services: tuple[str, ...] = ()  # origins of further push services
    first_sale_shipping: int = 0  # minor units that the platform pays of a new seller's first parcel; 0: nothing
    # From the environment alone, never from the command line, which other people on the machine can read.
    stripe_secret_key: str | None = field(default=None, repr=False)
    stripe_webhook_secret: str | None = field(default=None, repr=False)
    stripe_publishable_key: str | None = None
    stripe_api: str | None = None  # another address than Stripe's: for tests
    limits: bool = True  # login and talking limits; off only in benchmarks
