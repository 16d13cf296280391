from __future__ import annotations

from livestream.engine.pli import KeyframeRequests


def times(requests: KeyframeRequests, start: float, end: float) -> list[float]:
    return [step / 100 for step in range(int(start * 100), int(end * 100)) if requests.due(step / 100)]


def test_many_wants_are_one_question() -> None:
    requests = KeyframeRequests()
    for _ in range(50):
        requests.want()
    assert times(requests, 10.0, 10.9) == [10.0]


def test_it_never_gives_up_and_backs_off_to_two_seconds() -> None:
    requests = KeyframeRequests()
    requests.want()
    assert times(requests, 10.0, 18.0) == [10.0, 11.0, 13.0, 15.0, 17.0]


def test_questions_after_a_keyframe_are_throttled() -> None:
    requests = KeyframeRequests()
    requests.want()
    assert requests.due(10.0)
    requests.satisfied(10.1)
    assert not requests.pending
    requests.want()
    assert times(requests, 10.1, 11.0) == [10.6]


def test_nobody_wants_nothing_is_asked() -> None:
    requests = KeyframeRequests()
    assert times(requests, 0.0, 5.0) == []
