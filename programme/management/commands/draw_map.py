"""Draw the map of Africa anew from Natural Earth (docs/content.md says where the file comes from)."""

import json
from collections import Counter
from math import cos, hypot, radians, sin, sqrt
from pathlib import Path

from babel.core import get_global
from django.core.management.base import BaseCommand, CommandError

from programme.maps import FILE, SIDE

AFRICA = {
    "AO", "BF", "BI", "BJ", "BW", "CD", "CF", "CG", "CI", "CM", "CV", "DJ", "DZ", "EG", "EH", "ER", "ET", "GA", "GH", "GM",
    "GN", "GQ", "GW", "KE", "KM", "LR", "LS", "LY", "MA", "MG", "ML", "MR", "MU", "MW", "MZ", "NA", "NE", "NG", "RW", "SC",
    "SD", "SL", "SN", "SO", "SS", "ST", "SZ", "TD", "TG", "TN", "TZ", "UG", "ZA", "ZM", "ZW",
}  # fmt: skip
PART_OF = {"Somaliland": "SO"}  # without an ISO 3166-1 code, hence within the country of the same list
CENTRE = (17, 2)  # degrees east and north: the projection is true there
TOLERANCE = 1.2  # how far a simplified line may leave the true one, in units of the drawing
MARGIN = 8

Point = tuple[float, float]


class Command(BaseCommand):
    help = "Draw programme/africa.json from a TopoJSON file of countries."

    def add_arguments(self, parser):
        parser.add_argument("source", type=Path, help="countries-110m.json of the npm package world-atlas")

    def handle(self, *args, source, **options):
        try:
            topology = json.loads(source.read_text())
            drawing = draw(topology)
        except (OSError, ValueError, LookupError, TypeError) as error:
            raise CommandError(f"{source}: {error!r}") from error
        FILE.write_text(json.dumps(drawing, separators=(",", ":"), sort_keys=True) + "\n")
        self.stdout.write(f"{len(drawing['countries'])} countries in {FILE.stat().st_size} bytes")


def draw(topology: dict) -> dict:
    """Return the drawing: its height, the land, the borders within it, and each country by its code. Pure."""
    arcs, height = _fitted([_unpacked(arc, topology["transform"]) for arc in topology["arcs"]], _lines_by_country(topology))
    countries = {code: _rings(_outline(lines), arcs) for code, lines in _lines_by_country(topology).items()}
    used = [line for code in countries for line in _outline(_lines_by_country(topology)[code])]
    times = Counter(max(line, ~line) for line in used)
    land = _rings(_outline(used), arcs)
    return {
        "height": height,
        "land": "".join(map(_closed, land)),
        "borders": "".join(_path(arcs[line]) for line in sorted(times) if times[line] > 1),
        "countries": {code: _country(rings) for code, rings in countries.items()},
    }


# Topology -----------------------------------------------------------------------------------------
def _lines_by_country(topology: dict) -> dict[str, list[int]]:
    """Return {code: numbers of the lines round a country's parts}, those of Africa alone."""
    found: dict[str, list[int]] = {}
    for shape in topology["objects"]["countries"]["geometries"]:
        code = _code(shape)
        if code in AFRICA:
            parts = shape["arcs"] if shape["type"] == "MultiPolygon" else [shape["arcs"]]
            found.setdefault(code, []).extend(line for part in parts for ring in part for line in ring)
    return dict(sorted(found.items()))


def _code(shape: dict) -> str:
    """Return the ISO 3166-1 code of a shape that is named by number."""
    aliases = get_global("territory_aliases").get(str(shape.get("id", "")).zfill(3), [""])
    return PART_OF.get(shape["properties"]["name"], aliases[0])


def _outline(lines: list[int]) -> list[int]:
    """Return the lines that stand once: those between two joined parts go both ways and fall out."""
    return [line for line in lines if ~line not in lines]


def _rings(lines: list[int], arcs: list[list[Point]]) -> list[list[Point]]:
    """Return lines joined end to end as closed rings, those that simplifying has flattened left out."""
    ways = [arcs[line] if line >= 0 else arcs[~line][::-1] for line in lines]
    rings = []
    while ways:
        ring = list(ways.pop(0))
        while ring[0] != ring[-1]:
            following = next(n for n, way in enumerate(ways) if way[0] == ring[-1])
            ring += ways.pop(following)[1:]
        if len(ring) > 3:
            rings.append(ring)
    return rings


# Points -------------------------------------------------------------------------------------------
def _unpacked(arc: list, transform: dict) -> list[Point]:
    (east, north), (left, low), x, y, points = transform["scale"], transform["translate"], 0, 0, []
    for dx, dy in arc:
        x, y = x + dx, y + dy
        points.append(_projected(x * east + left, y * north + low))
    return points


def _projected(longitude: float, latitude: float) -> Point:
    """Return a place in Lambert's azimuthal equal-area projection: no country looks larger than it is."""
    turn, north, centre = radians(longitude - CENTRE[0]), radians(latitude), radians(CENTRE[1])
    reach = 1 + sin(centre) * sin(north) + cos(centre) * cos(north) * cos(turn)
    scale = sqrt(2 / max(reach, 1e-9))
    return scale * cos(north) * sin(turn), -scale * (cos(centre) * sin(north) - sin(centre) * cos(north) * cos(turn))


def _fitted(arcs: list[list[Point]], lines: dict[str, list[int]]) -> tuple[list[list[Point]], int]:
    """Return all lines in whole units of the drawing, simplified, and its height."""
    shown = [point for group in lines.values() for line in group for point in arcs[max(line, ~line)]]
    xs, ys = zip(*shown, strict=True)
    scale = (SIDE - 2 * MARGIN) / (max(xs) - min(xs))
    left, top = min(xs), min(ys)

    def placed(point: Point) -> Point:
        return (point[0] - left) * scale + MARGIN, (point[1] - top) * scale + MARGIN

    drawn = [[(round(x), round(y)) for x, y in _simplified([placed(point) for point in arc])] for arc in arcs]
    return drawn, round((max(ys) - top) * scale) + 2 * MARGIN


def _simplified(points: list[Point]) -> list[Point]:
    """Return a line without the points that lie within TOLERANCE of it (Douglas and Peucker); its ends stay."""
    if len(points) < 3:
        return points
    ends = (points[0], points[-1])
    distances = [_distance(point, *ends) for point in points[1:-1]]
    farthest = max(range(len(distances)), key=distances.__getitem__) + 1
    if distances[farthest - 1] <= TOLERANCE and ends[0] != ends[1]:
        return [*ends]
    if distances[farthest - 1] <= TOLERANCE:
        return [ends[0], points[farthest], ends[1]]
    return _simplified(points[: farthest + 1])[:-1] + _simplified(points[farthest:])


def _distance(point: Point, a: Point, b: Point) -> float:
    """Return how far a point is from a stretch of line."""
    (x, y), (ax, ay), (dx, dy) = point, a, (b[0] - a[0], b[1] - a[1])
    along = ((x - ax) * dx + (y - ay) * dy) / (dx * dx + dy * dy) if dx or dy else 0
    along = min(1, max(0, along))
    return hypot(x - ax - along * dx, y - ay - along * dy)


# A country ----------------------------------------------------------------------------------------
def _country(rings: list[list[Point]]) -> dict:
    largest = max(rings, key=lambda ring: abs(_area(ring)))
    xs, ys = zip(*largest, strict=True)
    box = [min(xs), min(ys), max(xs), max(ys)]
    return {"path": "".join(map(_closed, rings)), "box": box, "at": _inmost(largest, box)}


def _area(ring: list[Point]) -> float:
    return sum(ax * by - bx * ay for (ax, ay), (bx, by) in zip(ring, ring[1:], strict=False)) / 2


def _inmost(ring: list[Point], box: list[int]) -> list[int]:
    """Return the point of a grid that lies farthest within a ring: where a name has most room."""
    left, top, right, low = box
    grid = [(left + (right - left) * i / 24, top + (low - top) * j / 24) for i in range(1, 24) for j in range(1, 24)]
    sides = list(zip(ring, ring[1:], strict=False))
    inside = [point for point in grid if _is_inside(point, sides)] or [((left + right) / 2, (top + low) / 2)]
    best = max(inside, key=lambda point: min(_distance(point, a, b) for a, b in sides))
    return [round(best[0]), round(best[1])]


def _is_inside(point: Point, sides) -> bool:
    x, y = point
    crossed = [a[0] + (y - a[1]) * (b[0] - a[0]) / (b[1] - a[1]) > x for a, b in sides if (a[1] > y) != (b[1] > y)]
    return sum(crossed) % 2 == 1


# SVG ----------------------------------------------------------------------------------------------
def _closed(ring: list[Point]) -> str:
    return _path(ring[:-1]) + "z"


def _path(points: list[Point]) -> str:
    """Return points as path data: the first absolute, then steps, without those that go nowhere."""
    (x, y), steps = points[0], []
    for px, py in points[1:]:
        if (px, py) != (x, y):
            steps.append(f"{px - x} {py - y}")
            x, y = px, py
    return f"M{points[0][0]} {points[0][1]}" + ("l" + " ".join(steps).replace(" -", "-") if steps else "")
