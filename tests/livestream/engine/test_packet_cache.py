from __future__ import annotations

import pytest

from livestream.engine.packet_cache import PacketCache
from livestream.engine.rtp import Packet


def packet(index: int, arrival: float = 0.0) -> Packet:
    made = Packet(b"", False, 96, index & 0xFFFF, 0, 1, 0, 0, {})
    made.index, made.arrival = index, arrival
    return made


def test_the_newest_are_kept() -> None:
    cache = PacketCache(8, 1.0)
    for index in range(20):
        cache.put(packet(index))
    assert cache.get(11) is None
    assert [index for index in range(30) if cache.get(index)] == list(range(12, 20))
    assert len(cache) == 8


def test_late_packets_find_their_place() -> None:
    cache = PacketCache(8, 1.0)
    cache.put(packet(10))
    cache.put(packet(12))
    cache.put(packet(11))
    cache.put(packet(9))
    cache.put(packet(2))  # would overwrite a newer one
    assert [index for index in range(20) if cache.get(index)] == [9, 10, 11, 12]


def test_the_old_expire() -> None:
    cache = PacketCache(64, 1.0)
    for index in range(10):
        cache.put(packet(index * 2, index / 10))
    cache.expire(1.45)
    assert [index for index in range(30) if cache.get(index)] == [10, 12, 14, 16, 18]
    cache.expire(10.0)
    assert len(cache) == 0
    cache.put(packet(19, 10.0))
    assert cache.get(19) is not None


def test_a_leap_does_not_return_old_packets() -> None:
    cache = PacketCache(8, 1.0)
    cache.put(packet(1, 0.0))
    cache.put(packet(1_000_001, 0.5))
    assert cache.get(9) is None
    cache.expire(5.0)
    assert cache.get(1_000_001) is None
    cache.clear()
    assert len(cache) == 0


def test_sizes_are_powers_of_two() -> None:
    with pytest.raises(ValueError, match="power of two"):
        PacketCache(100, 1.0)
