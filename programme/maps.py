"""The map of Africa, drawn from Natural Earth by `manage.py draw_map`, and where the names stand on it."""

import functools
import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

FILE = Path(__file__).parent / "africa.json"
SIDE = 720  # width of the drawing in its own units
LETTERS = 30  # height of a name
WIDE = 0.56  # width of a letter by its height, on the whole
GAP = 18  # between the mark of a country and a name beside it
EAST = 515  # from here on names stand rather on the right, over the sea

Box = tuple[float, float, float, float]  # left, top, right, bottom


@dataclass(frozen=True)
class Spot:
    """A country on the map: its outline, its name and where that stands; `dot` is the mark that the name belongs to."""

    name: str
    url: str
    path: str
    label: str
    x: int
    y: int
    anchor: str  # start, middle or end
    dot: tuple[int, int] | None


@functools.cache
def drawing() -> dict:
    """Return the drawing: height, land, borders, and {code: path, box, at} of the countries."""
    return json.loads(FILE.read_text())


def is_on_map(code: str) -> bool:
    """Say whether the map shows a country, by its ISO 3166-1 code."""
    return code in drawing()["countries"]


def spots(shown: Iterable[tuple[str, str, str]]) -> list[Spot]:
    """Return the countries of a list that the map shows, from north to south, their names clear of one another.

    Args: shown: (code, name, path of its page). A name without room becomes the code. Pure but for the drawing.
    """
    countries = drawing()["countries"]
    found = sorted((row for row in shown if row[0] in countries), key=lambda row: countries[row[0]]["at"][1])
    taken: list[Box] = []
    boxes = {code: tuple(countries[code]["box"]) for code, _name, _url in found}
    placed = []
    for code, name, url in found:
        others = [box for other, box in boxes.items() if other != code]
        label, place = _placed(code, name, countries[code], taken, others)
        taken.append(place.box)
        placed.append(Spot(name, url, countries[code]["path"], label, place.x, place.y, place.anchor, place.dot))
    return placed


class Place(NamedTuple):
    """Where a name may stand: its point, the room that it takes, and the mark of its country if it stands beside it."""

    x: int
    y: int
    anchor: str
    box: Box
    dot: tuple[int, int] | None


def box_of(label: str, x: float, y: float, anchor: str) -> Box:
    """Return the room that a name takes. Args: x, y: its point; anchor: which part of it stands there. Pure."""
    wide = len(label) * LETTERS * WIDE
    left = x - {"start": 0, "middle": wide / 2, "end": wide}[anchor]
    return left, y - LETTERS / 2, left + wide, y + LETTERS / 2


def meet(a: Box, b: Box) -> bool:
    """Say whether two boxes share any room. Pure."""
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def _placed(code: str, name: str, country: dict, taken: list[Box], others: list[Box]) -> tuple[str, Place]:
    """Return the label and the first place for it that is free of names and other countries, else of names alone."""
    places = _places(name, country)
    for avoided in (taken + others, taken):
        for place in places:
            if not any(meet(place.box, box) for box in avoided):
                return name, place
    return code, _centred(code, country)


def _places(name: str, country: dict) -> list[Place]:
    """Return the places for a name within the drawing, the best first: inside if it fits, else beside its dot."""
    (x, y), (left, _top, right, _low) = country["at"], country["box"]
    sides = [(x - GAP, y, "end"), (x + GAP, y, "start")]
    sides = sides[::-1] if x > EAST else sides
    points = [*sides, (x, y - LETTERS, "middle"), (x, y + LETTERS, "middle")]
    beside = [Place(*point, box_of(name, *point), (x, y)) for point in points]
    inside = _centred(name, country)
    fits = inside.box[2] - inside.box[0] <= right - left
    return [*([inside] if fits else []), *(place for place in beside if place.box[0] >= 0 and place.box[2] <= SIDE)]


def _centred(label: str, country: dict) -> Place:
    x, y = country["at"]
    return Place(x, y, "middle", box_of(label, x, y, "middle"), None)
