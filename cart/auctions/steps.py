"""By how much a bid must top the standing price. Pure."""

from __future__ import annotations

# Standing price below which the step holds, in minor units -> step. About a tenth at the bottom and a twentieth above:
# a tap is worth something, and thirty taps are enough to reach any price.
TABLE: tuple[tuple[int, int], ...] = (
    (1_000, 100),
    (5_000, 200),
    (10_000, 500),
    (50_000, 1_000),
    (100_000, 2_500),
    (500_000, 10_000),
)
HIGHEST_STEP = 50_000


def step_above(price: int, fixed: int) -> int:
    """The step at a standing price; ``fixed`` 0 asks the table."""
    if fixed:
        return fixed
    return next((step for below, step in TABLE if price < below), HIGHEST_STEP)
