"""The page folds a show's events as the server does: the same state at every offset of made-up logs of all kinds."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from msgspec.structs import asdict

from livestream.events import Event
from livestream.fold import KINDS, Room
from tests.livestream.test_fold import entries, fold, timeline

CLIENT = Path(__file__).parents[2] / "web" / "client"
ROLLDOWN = CLIENT / "node_modules" / ".bin" / "rolldown"
LOGS = 60
LONGEST = 80  # events; less than either side keeps of messages


def _plausible(found: list[tuple[str, dict[str, Any]]]) -> list[Event]:
    """As the server writes them: a message is said once, and what comes back was there."""
    said: dict[str, dict[str, Any]] = {}
    events = []
    for event in timeline(found):
        data = event.data
        if event.kind == "said":
            # m0, m1, ...: the ids that the other kinds name.
            data = {**data, "message_id": f"m{len(said)}"}
            said[data["message_id"]] = {**asdict(event), "data": data}
        elif event.kind == "restored":
            wanted = [one["data"]["message_id"] for one in data["messages"]]
            data = {"messages": [said[one] for one in wanted if one in said]}
        events.append(Event(event.offset, event.at, event.time, event.kind, event.by, data))
    return events


def _made_up() -> list[list[Event]]:
    """The same logs in each run."""
    logs: list[list[Event]] = []

    @settings(
        max_examples=LOGS,
        deadline=None,
        derandomize=True,
        database=None,
        phases=(Phase.generate,),
        suppress_health_check=list(HealthCheck),
    )
    @given(st.lists(entries, min_size=LONGEST // 2, max_size=LONGEST))
    def collect(found: list[tuple[str, dict[str, Any]]]) -> None:
        logs.append(_plausible(found))

    collect()
    return logs


def _with_snapshots(number: int, events: list[Event]) -> dict[str, Any]:
    room = Room()
    snapshots = [room.snapshot(), *(fold([event], room).snapshot() for event in events)]
    cut = number * 7 % len(events)
    return {"events": [asdict(event) for event in events], "snapshots": snapshots, "cut": cut}


@pytest.mark.skipif(shutil.which("node") is None or not ROLLDOWN.exists(), reason="the page's tools are not installed")
def test_the_page_folds_as_the_server_does(tmp_path: Path) -> None:
    logs = _made_up()
    assert {event.kind for log in logs for event in log} >= KINDS
    bundle, written = tmp_path / "room.mjs", tmp_path / "logs.json"
    command = [str(ROLLDOWN), "src/live/room.ts", "--format", "esm", "--file", str(bundle)]
    subprocess.run(command, cwd=CLIENT, check=True, capture_output=True, timeout=60)
    written.write_text(json.dumps([_with_snapshots(number, log) for number, log in enumerate(logs)]))
    script = Path(__file__).with_name("fold_on_the_page.mjs")
    outcome = subprocess.run(
        ["node", str(script), str(bundle), str(written)], capture_output=True, text=True, timeout=120, check=False
    )
    assert outcome.returncode == 0, outcome.stderr[-4000:]
    assert int(outcome.stdout) >= LOGS * LONGEST // 2
