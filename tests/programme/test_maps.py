"""The map: drawn once from a public source, its names placed for each list."""

import json
import re

import pytest
from django.core.management import CommandError, call_command

from programme import maps
from programme.management.commands import draw_map

LINE = re.compile(r"M\d+ \d+(?:l-?\d+[ -]\d+(?:[ -]\d+[ -]\d+)*)?z?")


def square(name: str, number: str | None, lines: list[int]) -> dict:
    return {"type": "Polygon", "arcs": [lines], "id": number, "properties": {"name": name}}


def topology(*shapes: dict) -> dict:
    """Return three squares side by side, from 20 to 50 degrees east, that share their borders."""
    arcs = [
        [[30, 0], [-10, 0], [0, 10], [10, 0]],  # round the first, but for its right side
        [[30, 10], [0, -10]],
        [[30, 10], [10, 0]],
        [[40, 10], [0, -10]],
        [[40, 0], [-10, 0]],
        [[40, 10], [10, 0], [0, -10], [-10, 0]],  # round the third, but for its left side
    ]
    found = [square("Zambia", "894", [0, 1]), square("Somalia", "706", [2, 3, 4, ~1]), square("Somaliland", None, [5, ~3])]
    return {
        "transform": {"scale": [1, 1], "translate": [0, 0]},
        "arcs": arcs,
        "objects": {"countries": {"geometries": [*found, *shapes]}},
    }


def test_shared_border_is_drawn_once_and_falls_out_between_joined_parts():
    drawn = draw_map.draw(topology())
    assert list(drawn["countries"]) == ["SO", "ZM"]
    assert drawn["borders"].count("M") == 1
    assert drawn["land"].count("z") == drawn["countries"]["SO"]["path"].count("z") == 1
    left, right = drawn["countries"]["ZM"]["box"], drawn["countries"]["SO"]["box"]
    assert right[2] - right[0] > 1.5 * (left[2] - left[0])
    assert left[0] >= draw_map.MARGIN > 0
    assert right[2] <= maps.SIDE - draw_map.MARGIN


def test_countries_elsewhere_are_left_out():
    drawn = draw_map.draw(topology(square("Nepal", "524", [0, 1])))
    assert list(drawn["countries"]) == ["SO", "ZM"]


def test_names_stand_within_their_countries():
    for code, country in draw_map.draw(topology())["countries"].items():
        (x, y), (left, top, right, low) = country["at"], country["box"]
        assert left < x < right, code
        assert top < y < low, code


def test_line_is_simplified_within_its_tolerance():
    bent = [(0, 0), (10, 0.5), (20, 0), (30, 9), (40, 0)]
    assert draw_map._simplified(bent) == [(0, 0), (20, 0), (30, 9), (40, 0)]


def test_command_writes_the_drawing(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(draw_map, "FILE", tmp_path / "africa.json")
    source = tmp_path / "countries.json"
    source.write_text(json.dumps(topology()))
    call_command("draw_map", source)
    assert set(json.loads((tmp_path / "africa.json").read_text())) == {"height", "land", "borders", "countries"}
    assert "2 countries" in capsys.readouterr().out


@pytest.mark.parametrize("text", ["", "{}", "[1]"])
def test_command_refuses_what_is_no_topology(tmp_path, monkeypatch, text):
    monkeypatch.setattr(draw_map, "FILE", tmp_path / "africa.json")
    (tmp_path / "x.json").write_text(text)
    with pytest.raises(CommandError):
        call_command("draw_map", tmp_path / "x.json")
    assert not (tmp_path / "africa.json").exists()


# The drawing that is kept ---------------------------------------------------------------------------
def test_kept_drawing_holds_africa_and_nothing_but_lines():
    drawn = maps.drawing()
    assert len(drawn["countries"]) == 50
    assert set(drawn["countries"]) <= draw_map.AFRICA
    for path in (drawn["land"], drawn["borders"], *(country["path"] for country in drawn["countries"].values())):
        assert not LINE.sub("", path), path[:80]
    assert maps.FILE.stat().st_size < 20_000


def rows() -> list[tuple[str, str, str]]:
    return [(code, f"Name of {code}", f"/{code}/") for code in maps.drawing()["countries"]]


def test_names_stand_clear_of_one_another_and_within_the_drawing():
    found = maps.spots(rows())
    named = [maps.box_of(spot.label, spot.x, spot.y, spot.anchor) for spot in found if len(spot.label) > 2]
    assert {spot.url for spot in found} == {url for _code, _name, url in rows()}
    assert len(named) > 10
    assert not [(a, b) for n, a in enumerate(named) for b in named[:n] if maps.meet(a, b)]
    assert all(box[0] >= 0 and box[2] <= maps.SIDE for box in named)


def test_name_without_room_becomes_the_code():
    assert any(spot.label == spot.url.strip("/") for spot in maps.spots(rows()))


def test_country_off_the_map_is_left_out():
    assert [spot.name for spot in maps.spots([("NP", "Nepal", "/np/"), ("MW", "Malawi", "/mw/")])] == ["Malawi"]


def test_name_beside_a_small_country_has_a_dot_within_it():
    (spot,) = maps.spots([("RW", "Rwanda", "/rw/")])
    left, top, right, low = maps.drawing()["countries"]["RW"]["box"]
    assert left < spot.dot[0] < right
    assert top < spot.dot[1] < low
    (wide,) = maps.spots([("DZ", "Algeria", "/dz/")])
    assert wide.dot is None
