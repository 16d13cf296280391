"""``closetcast demo``: start the server, set the stage, say where it is, perform until somebody presses Ctrl-C."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import sys
import time
from contextlib import AsyncExitStack

from web.demo.catalogue import HOST
from web.demo.client import DemoClient, Refused
from web.demo.performance import perform
from web.demo.setting_up import accounts_text, set_up
from web.serve import favour_media, running
from web.settings import Settings

logger = logging.getLogger("closetcast")

ON_AIR_SECONDS = 30.0  # from the first packet to a live show it takes about two


def say(text: str) -> None:
    print(f"demo: {text}", file=sys.stderr, flush=True)


async def run_demo(settings: Settings) -> int:
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopping.set)
    say(f"starting; everything is kept in {settings.data}")
    try:
        async with AsyncExitStack() as opened:
            _, port = await opened.enter_async_context(running(settings))
            favour_media()
            url = f"http://127.0.0.1:{port}"
            folder = settings.data / "synthetic"
            stage = await set_up(url, folder, say, opened)
            performance = asyncio.create_task(perform(stage, folder))
            opened.push_async_callback(_cancel, performance)
            await _on_air(stage.clients[HOST.handle], str(stage.show["show_id"]), performance, stopping)
            if not stopping.is_set():
                _welcome(f"http://localhost:{port}", str(stage.show["show_id"]))
            ending = asyncio.create_task(stopping.wait())
            await asyncio.wait({performance, ending}, return_when=asyncio.FIRST_COMPLETED)
            if performance.done() and performance.exception() is None:
                say("the show is over; the server stays. Ctrl-C ends it, and a new start begins a new show")
                await ending
            ending.cancel()
            say("closing")
    except (OSError, Refused, TimeoutError) as error:
        say(f"cannot go on: {error}")
        return 1
    return 0


async def _on_air(host: DemoClient, show_id: str, performance: asyncio.Task[None], stopping: asyncio.Event) -> None:
    """Wait until the show is live. Raises TimeoutError when it does not get there."""
    until = time.monotonic() + ON_AIR_SECONDS
    while not stopping.is_set():
        show = await host.call("GET", f"/api/shows/{show_id}")
        if show["state"] == "live":
            return
        if performance.done():
            performance.result()
        if time.monotonic() > until:
            raise TimeoutError("the synthetic host did not get on air; the log above says why")
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stopping.wait(), 0.2)


async def _cancel(task: asyncio.Task[None]) -> None:
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


def _welcome(url: str, show_id: str) -> None:
    print(
        f"\nClosetcast is open, with a show on air.\n\n  discover  {url}/\n  watch     {url}/show/{show_id}\n"
        f"  studio    {url}/studio/{show_id}   (as the host)\n\nAccounts to sign in with:\n{accounts_text()}\n\n"
        "Card 4242 4242 4242 4242 pays, 4000 0000 0000 0002 is declined. Ctrl-C ends it; a second start keeps the data.\n",
        flush=True,
    )
