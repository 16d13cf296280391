"""A host with a key: ``python -m tests.web.recorded_host WHIP_URL FOLDER STREAM_KEY`` publishes until its input ends."""

from __future__ import annotations

import contextlib
import sys
import threading
from pathlib import Path

import av

from tests.interop.whip_host import certificate_options, publish


def main() -> None:
    stopped = threading.Event()

    def wait_for_the_end() -> None:
        sys.stdin.read()
        stopped.set()

    threading.Thread(target=wait_for_the_end, daemon=True).start()
    av.logging.set_level(av.logging.ERROR)
    url, folder, key = sys.argv[1:]
    with contextlib.suppress(av.FFmpegError):  # the server was ended under it, as some tests mean to
        publish(url, stopped, {"authorization": key, **certificate_options(Path(folder))})


if __name__ == "__main__":
    main()
