"""The rules as the table they are, and whole: every act by everybody on everybody."""

from __future__ import annotations

import pytest

from chat.rules import Act, Standing, may, refusal, standing

H, M, V = Standing.HOST, Standing.MODERATOR, Standing.VIEWER

ALLOWED = {
    (Act.DELETE, H, H), (Act.DELETE, H, M), (Act.DELETE, H, V),
    (Act.DELETE, M, H), (Act.DELETE, M, M), (Act.DELETE, M, V),
    (Act.SANCTION, H, M), (Act.SANCTION, H, V), (Act.SANCTION, M, V),
    (Act.LIFT, H, M), (Act.LIFT, H, V), (Act.LIFT, M, V),
    (Act.SHADOW, H, V), (Act.SHADOW, M, V),
    (Act.CLOSET_BAN, H, M), (Act.CLOSET_BAN, H, V),
    *((act, who, whom) for act in (Act.STEER, Act.REVIEW) for who in (H, M) for whom in (H, M, V)),
}  # fmt: skip


@pytest.mark.parametrize("act", Act)
@pytest.mark.parametrize("actor", Standing)
@pytest.mark.parametrize("target", Standing)
def test_others(act: Act, actor: Standing, target: Standing) -> None:
    assert may(act, actor, target, own=False) == ((act, actor, target) in ALLOWED)
    assert refusal(act, actor, target, own=False).endswith(".")


@pytest.mark.parametrize("act", Act)
@pytest.mark.parametrize("actor", Standing)
def test_oneself(act: Act, actor: Standing) -> None:
    steers = act in (Act.STEER, Act.REVIEW) and actor is not V  # acts that concern nobody in particular
    assert may(act, actor, actor, own=True) == (act is Act.DELETE or steers)


def test_roles() -> None:
    assert [standing(role) for role in ("host", "moderator", "seller", None)] == [H, M, V, V]
