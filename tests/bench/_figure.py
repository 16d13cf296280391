"""The figure of the ``engines`` benchmark as SVG: packets per second and core, by viewers, one line per server."""

from __future__ import annotations

from typing import Any

# Dark enough on white, apart also in grey and for colour-blind eyes; each line is named at its end too.
COLOURS = {"loop": "#6b7280", "compiled": "#1d4ed8", "python": "#b45309", "janus": "#be185d"}
NAMES = {"loop": "bare C loop", "compiled": "compiled engine", "python": "Python engine", "janus": "Janus"}
DASHES = {"loop": "2 4", "compiled": "", "python": "8 4", "janus": "8 3 2 3"}
WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 720, 420, 80, 130, 40, 50


def draw(rows: list[dict[str, Any]]) -> str:
    top = 1.08 * float(max(row["per_core"] for row in rows))
    most = int(max(row["viewers"] for row in rows))

    def x(viewers: float) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * viewers / most

    def y(value: float) -> float:
        return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * value / top

    step = next(size for size in (10_000, 20_000, 50_000, 100_000, 200_000, 500_000) if top / size < 8)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" font-size="13" '
        'role="img" aria-label="Packets per second and core by number of viewers">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>',
        f'<text x="{LEFT}" y="22" font-size="15">Packets per second of one core’s time, 300 × 1,200 B per viewer</text>',
    ]
    for value in range(0, int(top) + 1, step):
        parts.append(f'<path d="M{LEFT} {y(value):.1f}H{WIDTH - RIGHT}" stroke="#e5e7eb"/>')
        parts.append(f'<text x="{LEFT - 8}" y="{y(value) + 4:.1f}" text-anchor="end">{value:,}</text>')
    parts.append(f'<path d="M{LEFT} {y(150_000):.1f}H{WIDTH - RIGHT}" stroke="#111827" stroke-dasharray="1 3"/>')
    parts += [
        f'<text x="{x(viewers):.1f}" y="{HEIGHT - BOTTOM + 20}" text-anchor="middle">{viewers}</text>'
        for viewers in sorted({row["viewers"] for row in rows})
    ]
    parts.append(f'<text x="{(LEFT + WIDTH - RIGHT) / 2}" y="{HEIGHT - 10}" text-anchor="middle">viewers</text>')
    for name, colour in COLOURS.items():
        points = sorted((row["viewers"], row["per_core"]) for row in rows if row["server"] == name)
        if not points:
            continue
        path = " ".join(f"{x(viewers):.1f},{y(value):.1f}" for viewers, value in points)
        dash = f' stroke-dasharray="{DASHES[name]}"' if DASHES[name] else ""
        parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2.5"{dash}/>')
        parts += [f'<circle cx="{x(v):.1f}" cy="{y(p):.1f}" r="3.5" fill="{colour}"/>' for v, p in points]
        parts.append(
            f'<text x="{x(points[-1][0]) + 8:.1f}" y="{y(points[-1][1]) + 4:.1f}" fill="{colour}">{NAMES[name]}</text>'
        )
    return "\n".join([*parts, "</svg>", ""])
