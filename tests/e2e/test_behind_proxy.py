"""The proxy configuration of ``docs/running.md``, as it stands: nginx with TLS, live channel, WHIP, WHEP, cached HLS."""

from __future__ import annotations

import asyncio
import contextlib
import datetime
import os
import re
import shutil
import ssl
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from playwright.async_api import Browser, expect

from tests.e2e.people import sees_picture, sign_up
from tests.e2e.server import ServerProcess
from tests.servers import free_port, wait_for_port
from web.access import SECURE_COOKIE

MANUAL = Path(__file__).parents[2] / "docs" / "running.md"


def certificate(folder: Path) -> tuple[Path, Path]:
    """A certificate that signs itself, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.UTC)
    signed = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    chain, private = folder / "chain.pem", folder / "key.pem"
    chain.write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    plain = serialization.NoEncryption()
    private.write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain))
    return chain, private


def configuration(folder: Path, port: int, server: int) -> str:
    """Both blocks of the manual, with this test's names, numbers and folders in the places of the manual's."""
    proxy, cache = re.findall(r"```nginx\n(.*?)```", MANUAL.read_text(), re.DOTALL)
    chain, key = certificate(folder)
    cache_path, location = re.fullmatch(r"(proxy_cache_path .*?;\n)(location .*)", cache, re.DOTALL).groups()  # type: ignore[union-attr]
    text = cache_path + proxy.rstrip().removesuffix("}") + location + "add_header X-Cache $upstream_cache_status;\n}"
    for theirs, ours in (
        ("listen 443 ssl;", f"listen 127.0.0.1:{port} ssl;"),
        ("shop.example.org;", "localhost;"),
        ("/etc/letsencrypt/live/shop.example.org/fullchain.pem", str(chain)),
        ("/etc/letsencrypt/live/shop.example.org/privkey.pem", str(key)),
        ("http://127.0.0.1:8080", f"http://127.0.0.1:{server}"),
        ("/var/cache/nginx/hls", str(folder / "hls")),
    ):
        assert theirs in text, f"the manual no longer says {theirs}"
        text = text.replace(theirs, ours)
    places = "".join(
        f"{kind}_temp_path {folder / kind};\n" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    user = "user root;\n" if os.geteuid() == 0 else ""
    head = f"{user}worker_processes 1;\npid {folder / 'pid'};\nerror_log {folder / 'error.log'} warn;\nevents {{}}\n"
    return f"{head}http {{\naccess_log off;\n{places}{text}\n}}\n"


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[tuple[ServerProcess, str, Path]]:
    if shutil.which("nginx") is None:
        pytest.skip("nginx is not installed")
    server = ServerProcess(tmp_path / "data", "--behind-proxy", "yes", "--udp-port", "0")
    server.start()
    folder, port = tmp_path / "nginx", free_port()
    folder.mkdir()
    (folder / "nginx.conf").write_text(configuration(folder, port, server.port))
    command = ["nginx", "-p", str(folder), "-c", str(folder / "nginx.conf"), "-g", "daemon off;"]
    with (folder / "out.log").open("wb") as log:
        proxy = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    try:
        wait_for_port(port, proxy)
        yield server, f"https://localhost:{port}", folder
    finally:
        proxy.terminate()
        proxy.wait(10)
        server.close()


@pytest.mark.timeout(150)
async def test_a_show_through_the_proxy_of_the_manual(browser: Browser, shop: tuple[ServerProcess, str, Path]) -> None:
    server, url, folder = shop
    pages = []
    for _ in range(2):
        context = await browser.new_context(
            base_url=url, ignore_https_errors=True, permissions=["camera", "microphone"]
        )
        page = await context.new_page()
        page.set_default_timeout(45_000)
        await page.goto("/", wait_until="domcontentloaded")
        pages.append(page)
    host_page, viewer = pages
    host = await sign_up(host_page, "mara", "Mara")
    [cookie] = [one for one in await host_page.context.cookies() if one.get("name") == SECURE_COOKIE]
    assert cookie.get("secure")  # the server knows that it is https
    body = {"title": "Behind TLS", "description": "", "starts_at": int(time.time() * 1000)}
    show = (await host.api("POST", "/api/shows", body, status=201))["show_id"]
    await host_page.goto(f"/studio/{show}", wait_until="domcontentloaded")
    await host_page.get_by_test_id("go-live").click()
    await expect(host_page.get_by_test_id("end-show")).to_be_visible(timeout=45_000)
    await viewer.goto(f"/show/{show}", wait_until="domcontentloaded")
    await sees_picture(viewer)
    await expect(viewer.get_by_text("1 person is watching")).to_be_visible(timeout=45_000)  # by the live channel

    def fetch(path: str) -> tuple[bytes, str]:
        trusting = ssl.create_default_context(cafile=str(folder / "chain.pem"))
        with urllib.request.urlopen(url + path, timeout=30, context=trusting) as response:
            return response.read(), response.headers["X-Cache"]

    playlist = ""
    async with asyncio.timeout(60):  # the first segments take a moment
        while not playlist:
            with contextlib.suppress(urllib.error.HTTPError):
                playlist = (await asyncio.to_thread(fetch, f"/hls/{show}/index.m3u8"))[0].decode()
            await asyncio.sleep(0.2)
    media = next(line for line in playlist.splitlines() if line and not line.startswith("#"))
    base = f"/hls/{show}/"
    listing = (await asyncio.to_thread(fetch, base + media))[0].decode()
    [initial] = re.findall(r'#EXT-X-MAP:URI="([^"]+)"', listing)[:1]
    first = await asyncio.to_thread(fetch, base + initial)
    second = await asyncio.to_thread(fetch, base + initial)
    assert (first[0], second[1]) == (second[0], "HIT")
    assert "[error]" not in (folder / "error.log").read_text()
    assert server.complaints() == []
    for page in pages:
        await page.context.close()
