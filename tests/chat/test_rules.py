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
    assert may(act, actor, actor, own=True) == (act is Act.DELETE)


def test_roles() -> None:
    assert [standing(role) for role in ("host", "moderator", None)] == [H, M, V]
