"""One door for changed content: followers look at once, or once at the end of a loading."""

import pytest

from core import registry
from core.changes import content_changed, content_removed, together
from tests.factories import ThemeFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def seen(monkeypatch):
    """What a follower was told, call by call."""
    calls = []
    monkeypatch.setattr(registry, "followers", [lambda objects, removed=False: calls.append((list(objects), removed))])
    return calls


def test_followers_are_told_at_once(seen):
    theme = ThemeFactory()
    content_changed(theme)
    content_removed(theme)
    assert seen == [([theme], False), ([theme], True)]


def test_followers_are_told_once_for_all_that_changes_together(seen):
    one, two = ThemeFactory(), ThemeFactory()
    with together():
        content_changed(one)
        content_changed(two)
        assert seen == []
    assert seen == [([one, two], False)]


def test_what_is_deleted_meanwhile_is_not_told(seen):
    theme = ThemeFactory()
    with together():
        content_changed(theme)
        theme.delete()
    assert seen == []


def fail_after(theme):
    content_changed(theme)
    raise ValueError("a fault in a file")


def test_failed_loading_tells_nothing_and_leaves_the_door_open(seen):
    theme = ThemeFactory()
    with pytest.raises(ValueError, match="a fault"), together():
        fail_after(theme)
    assert seen == []
    content_changed(theme)
    assert seen == [([theme], False)]
