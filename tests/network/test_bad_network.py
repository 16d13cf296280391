"""The namespace and its cables, also where the kernel has no netem to put on them."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from pathlib import Path

import pytest

from tests.network.bad_network import SERVER, VIEWER, BadNetwork

ASK = f"""#!/bin/sh
exec python3 -c "
import socket
asks = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
asks.settimeout(30)
asks.sendto(b'from the other side', ('{SERVER}', $1))
print(asks.recv(100).decode())
"
"""


def test_a_program_behind_the_network_reaches_this_side_from_an_address_of_its_own(tmp_path: Path) -> None:
    if os.geteuid() != 0 or shutil.which("ip") is None:
        pytest.skip("network namespaces need root and iproute2")
    asks = tmp_path / "asks"
    asks.write_text(ASK)
    asks.chmod(0o755)
    network = BadNetwork()
    try:
        network.__enter__()
    except subprocess.CalledProcessError as error:
        pytest.skip(f"network namespaces are not allowed here: {error.stderr.decode().strip()[:200]}")
    with network, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as answers:
        answers.bind((SERVER, 0))
        answers.settimeout(30)
        behind = network.program(tmp_path, str(asks))
        with subprocess.Popen([behind, str(answers.getsockname()[1])], stdout=subprocess.PIPE) as process:
            data, (address, port) = answers.recvfrom(100)
            answers.sendto(b"answered", (address, port))
            printed, _ = process.communicate(timeout=30)
    assert (data, address, printed) == (b"from the other side", VIEWER, b"answered\n")
    names = subprocess.run(["ip", "netns", "list"], capture_output=True, check=True, timeout=30).stdout.decode()
    assert f"ccnet{os.getpid()}" not in names
