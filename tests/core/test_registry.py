import pytest

from core import registry


def test_registry_keeps_order_and_finds():
    things = registry.Registry()
    things.register("b", 1)
    assert things("a")(len) is len
    assert (things.names(), list(things), things["b"], things.get("c"), "a" in things) == (["b", "a"], [1, len], 1, None, True)


def test_registry_refuses_a_name_twice():
    things = registry.Registry()
    things.register("a", 1)
    with pytest.raises(ValueError, match="a is registered"):
        things.register("a", 2)
    assert things["a"] == 1


def test_apps_registered_their_offers():
    names = registry.starters.names()
    assert names.index("themes") < names.index("library") < names.index("modules")  # what is named comes first
    assert names.index("partners") < names.index("team")
    assert names.index("pages") < names.index("menus")
    assert {"accounts.welcome", "courses.unfinished"} <= set(registry.letter_kinds.names())
