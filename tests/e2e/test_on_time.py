"""The card comes with the frame in which the host held the piece up."""

from __future__ import annotations

from tests.e2e.conftest import NewPage
from tests.e2e.on_time import FRAME, feature, go_on_air, percentile, watch
from tests.e2e.people import sees_picture

EVENTS = 10


async def test_cards_come_with_their_frames(new_page: NewPage) -> None:
    host_page, viewer = await new_page("/"), await new_page("/")
    broadcast = await go_on_air(host_page)
    await watch(viewer, broadcast.show_id)
    await sees_picture(viewer, 60)
    (errors,) = await feature(broadcast, [viewer], EVENTS)
    print(f"card against frame, WebRTC: {errors} ms")
    # The benchmark holds the bars. Here a busy machine draws some frames late, at the host's as at the viewer's; but most come
    # with their frame, and none comes before it.
    assert percentile(errors, 0.5) <= 3 * FRAME
    assert min(errors) >= -3 * FRAME
