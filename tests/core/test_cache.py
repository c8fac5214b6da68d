import socket

import pytest

from core.cache import ForgivingRedisCache


@pytest.fixture
def cache():
    """A cache whose Redis is away: nothing listens on its port."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound and never listening: connections are refused at once
        yield ForgivingRedisCache(f"redis://127.0.0.1:{taken.getsockname()[1]}/0", {})


def test_redis_away_reads_miss_and_writes_are_dropped(cache, caplog):
    cache.set("a", 1)
    assert cache.get("a") is None
    assert cache.get("a", 7) == 7
    assert cache.get("a", default=7) == 7
    assert cache.add("a", 1) is True
    assert cache.touch("a") is False
    assert cache.delete("a") is False
    assert cache.get_many(["a"]) == {}
    assert cache.set_many({"a": 1}) == []
    assert cache.delete_many(["a"]) is None
    assert cache.has_key("a") is False
    assert "a" not in cache
    assert cache.incr("a") == 1
    assert cache.decr("a") == 1
    assert cache.get_or_set("a", lambda: 5) == 5
    assert not cache.clear()
    assert "cache get" in caplog.text


@pytest.mark.django_db
def test_pages_are_served_without_redis(settings, cache, visitor):
    settings.CACHES = settings.CACHES | {
        "default": {"BACKEND": "core.cache.ForgivingRedisCache", "LOCATION": cache._servers[0]}
    }
    for page in ("/en/", "/fr/courses/", "/en/accounts/login/"):
        assert visitor.get(page).status_code == 200
