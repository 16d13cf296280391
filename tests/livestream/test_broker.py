"""One contract for both brokers, and what Redis may do to the second."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator

import pytest

from livestream import broker_redis
from livestream.broker import Broker, LocalBroker
from livestream.broker_redis import RedisBroker
from tests.servers import RedisServer


async def until(condition: Callable[[], bool], seconds: float = 10) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        await asyncio.sleep(0.005)


@pytest.fixture(params=["local", "redis"])
async def pair(request: pytest.FixtureRequest) -> AsyncIterator[tuple[Broker, Broker]]:
    """Who publishes and who listens: the same broker, or two servers' brokers on one Redis."""
    if request.param == "local":
        broker = LocalBroker()
        await broker.start()
        yield broker, broker
        await broker.stop()
        return
    url = request.getfixturevalue("redis_url")
    first, second = RedisBroker(url), RedisBroker(url)
    await first.start()
    await second.start()
    yield first, second
    await second.stop()
    await first.stop()


async def test_what_is_published_is_delivered_in_order(pair: tuple[Broker, Broker]) -> None:
    publisher, listener = pair
    got: list[bytes] = []
    await listener.subscribe("one", got.append)
    sent = [str(number).encode() for number in range(1_200)]  # more than one batch
    for payload in sent:
        await publisher.publish("one", payload)
    await until(lambda: len(got) == len(sent))
    assert got == sent


async def test_only_its_own_channel_and_any_bytes(pair: tuple[Broker, Broker]) -> None:
    publisher, listener = pair
    one: list[bytes] = []
    two: list[bytes] = []
    await listener.subscribe("one", one.append)
    await listener.subscribe("two", two.append)
    payload = bytes(range(256))
    await publisher.publish("other", b"not for us")
    await publisher.publish("two", payload)
    await publisher.publish("one", b"")
    await until(lambda: bool(one and two))
    assert (one, two) == ([b""], [payload])


async def test_a_failing_subscriber_leaves_the_others_alone(pair: tuple[Broker, Broker]) -> None:
    publisher, listener = pair
    got: list[bytes] = []

    def fail(payload: bytes) -> None:
        raise RuntimeError("this one is broken")

    await listener.subscribe("one", fail)
    await listener.subscribe("one", got.append)
    await publisher.publish("one", b"a")
    await publisher.publish("one", b"b")
    await until(lambda: got == [b"a", b"b"])


async def test_after_unsubscribing_nothing_comes(pair: tuple[Broker, Broker]) -> None:
    publisher, listener = pair
    left: list[bytes] = []
    stayed: list[bytes] = []
    leave = await listener.subscribe("one", left.append)
    await listener.subscribe("one", stayed.append)
    await leave()
    await leave()  # twice is fine
    await publisher.publish("one", b"a")
    await until(lambda: stayed == [b"a"])
    assert left == []


async def test_subscribing_again_after_leaving(pair: tuple[Broker, Broker]) -> None:
    publisher, listener = pair
    got: list[bytes] = []
    for number in range(5):
        leave = await listener.subscribe("one", got.append)
        await publisher.publish("one", b"%d" % number)
        await until(lambda number=number: got[-1:] == [b"%d" % number])  # type: ignore[misc]
        await leave()
    assert got == [b"0", b"1", b"2", b"3", b"4"]


@pytest.fixture
def redis_server() -> Iterator[RedisServer]:
    """One that a test may stop."""
    server = RedisServer()
    server.start()
    yield server
    server.close()


async def test_redis_goes_and_comes_back(redis_server: RedisServer) -> None:
    """Its own subscribers go on without it; the others learn that something is missing, then messages flow again."""
    first, second = RedisBroker(redis_server.url), RedisBroker(redis_server.url)
    here: list[bytes] = []
    there: list[bytes] = []
    gaps = 0

    def gap() -> None:
        nonlocal gaps
        gaps += 1

    await first.start()
    await second.start()
    try:
        await first.subscribe("one", here.append)
        await second.subscribe("one", there.append)
        await first.publish("one", b"before")
        await until(lambda: there == [b"before"])
        second.on_gap(gap)

        await asyncio.to_thread(redis_server.stop)
        before = time.monotonic()
        await first.publish("one", b"meanwhile")
        assert here == [b"before", b"meanwhile"]
        assert time.monotonic() - before < 1  # nobody waits for a Redis that is away
        late: list[bytes] = []
        await second.subscribe("two", late.append)  # neither does a new subscriber

        await asyncio.to_thread(redis_server.start)
        await until(lambda: gaps > 0)
        await until(lambda: second.statistics()["connections"] >= 2)

        async def again() -> None:
            while not late or b"after" not in there:
                await first.publish("two", b"late")
                await first.publish("one", b"after")
                await asyncio.sleep(0.05)

        await asyncio.wait_for(again(), 15)
    finally:
        await second.stop()
        await first.stop()


async def test_a_publisher_that_lost_messages_tells_the_others(redis_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The listener's connection was never away: only the publisher knows that something is missing."""
    monkeypatch.setattr(broker_redis, "QUEUE", 3)
    first, second = RedisBroker(redis_url), RedisBroker(redis_url)
    await first.start()
    await second.start()
    try:
        got: list[bytes] = []
        await second.subscribe("one", got.append)
        gaps = second.statistics()["gaps"]
        for number in range(10):  # without a pause in which the sender could run
            await first.publish("one", b"%d" % number)
        await until(lambda: second.statistics()["gaps"] > gaps)
        assert got == [b"7", b"8", b"9"]
        assert first.statistics()["dropped"] == 7
    finally:
        await second.stop()
        await first.stop()


async def test_starting_without_redis(monkeypatch: pytest.MonkeyPatch, redis_server: RedisServer) -> None:
    monkeypatch.setattr(broker_redis, "CONNECT_SECONDS", 0.2)
    await asyncio.to_thread(redis_server.stop)
    broker = RedisBroker(redis_server.url)
    await broker.start()
    try:
        got: list[bytes] = []
        await broker.subscribe("one", got.append)
        await broker.publish("one", b"alone")
        assert got == [b"alone"]
        await asyncio.to_thread(redis_server.start)
        await until(lambda: broker.statistics()["connections"] == 1)
    finally:
        await broker.stop()


def test_a_url_that_is_none() -> None:
    with pytest.raises(ValueError, match="redis"):
        RedisBroker("http://127.0.0.1:6379")
