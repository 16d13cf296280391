"""Both packet parsers on the same bytes: kept ones that were hard, and made-up ones; they must read the same."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from livestream.engine import rtp
from livestream.engine.choose import why_not_compiled
from livestream.engine.rtp import Packet, pack_extensions

_reason = why_not_compiled()
if _reason is not None:
    pytest.skip(f"no compiled engine: {_reason}", allow_module_level=True)

from livestream.engine.compiled import hot  # noqa: E402

KEPT = sorted(path for path in (Path(__file__).parent / "packets").iterdir() if path.suffix != ".md")


def read(packet: Packet | None) -> dict[str, object] | None:
    return None if packet is None else {name: getattr(packet, name, None) for name in Packet.__slots__}


def same(data: bytes) -> None:
    assert read(hot.parse(data)) == read(rtp.parse(data)), data.hex()


@pytest.mark.parametrize("path", KEPT, ids=lambda path: path.stem)
def test_kept_packets(path: Path) -> None:
    data = path.read_bytes()
    same(data)
    for size in range(len(data)):
        same(data[:size])


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 255), st.binary(max_size=40)), max_size=6),
    st.integers(0x80, 0xBF),
    st.integers(0, 0xFFFF),
    st.binary(max_size=60),
)
def test_extensions_of_every_form(elements: list[tuple[int, bytes]], first: int, profile: int, payload: bytes) -> None:
    block, _ = pack_extensions(elements)
    header = rtp.HEADER.pack(first, 0xE0, 1, 2, 3)
    same(header + block + payload)
    same(header + profile.to_bytes(2, "big") + block[2:] + payload)
    same(header + payload)


def test_mutated_packets() -> None:
    """A deterministic fuzzer: it needs no clang, and runs with all other tests."""
    rng = random.Random(11)
    seeds = [path.read_bytes() for path in KEPT]
    parsed = 0
    for _ in range(20_000):
        data = bytearray(rng.choice(seeds))
        for _ in range(rng.randrange(4)):
            if data:
                data[rng.randrange(len(data))] = rng.choice(
                    (0, 1, 0x0F, 0x10, 0x90, 0xBE, 0xDE, 0xFF, rng.randrange(256))
                )
        if rng.random() < 0.3:
            data = data[: rng.randrange(len(data) + 1)]
        if rng.random() < 0.3:
            data += rng.randbytes(rng.randrange(40))
        same(bytes(data))
        parsed += rtp.parse(bytes(data)) is not None
    assert 1000 < parsed < 19_000
